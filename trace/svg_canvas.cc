#include "trace/svg_canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "trace/table.h"

namespace ringside::trace {
namespace svg {

std::string_view ColourOf(std::string_view what) {
  if (what == "forward") return "#2f6fb1";
  if (what == "backward") return "#17896f";
  if (what == "optimizer") return "#7d5bb5";
  if (what == "grad_reduce") return "#4b5563";
  if (what == "compute") return "#2f6fb1";
  if (what == "dp") return "#e07a1f";
  if (what == "tp") return "#c9355f";
  if (what == "pp") return "#d4a60f";
  if (what == "embedding") return "#8a6134";
  if (what == "cp") return "#0e7490";
  if (what == "ep") return "#6b8e23";
  if (what == "eval") return "#6d7f99";
  if (what == "world" || what.substr(0, 3) == "dp_") return "#b85c0f";
  return kOther;
}

std::string_view ColourOfCategory(std::string_view category) {
  if (category == "weights") return "#2f6fb1";
  if (category == "gradients") return "#e07a1f";
  if (category == "optimizer") return "#7d5bb5";
  if (category == "activations") return "#17896f";
  if (category == "communication") return "#c9355f";
  if (category == "workspace") return "#8f99a5";
  return kOther;
}

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;  // no control character is XML
    }
  }
  return out;
}

double NiceStep(double range, int parts) {
  const double least = range / std::max(parts, 1);
  if (!(least > 0)) return 1;
  const double decade = std::pow(10, std::floor(std::log10(least)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * decade >= least * (1 - 1e-9)) return step * decade;
  }
  return 10 * decade;
}

}  // namespace svg

double TextWidth(std::string_view text, double size) {
  return 0.6 * size * static_cast<double>(DisplayWidth(text));
}

SvgCanvas::SvgCanvas(std::string id, double width, std::string_view title, std::string_view description)
    : id_(std::move(id)), width_(width), title_(title), description_(description) {}

void SvgCanvas::Rect(double x, double y, double width, double height, std::string_view fill,
                     std::string_view tooltip, double opacity) {
  body_ += fmt::format(R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" fill="{}")", x, y,
                       std::max(width, 0.3), height, fill);
  if (opacity < 1) body_ += fmt::format(R"( fill-opacity="{:.2f}")", opacity);
  body_ += tooltip.empty() ? "/>\n" : fmt::format("><title>{}</title></rect>\n", svg::Escape(tooltip));
}

void SvgCanvas::Line(double x1, double y1, double x2, double y2, std::string_view stroke, double width) {
  body_ +=
      fmt::format(R"(<line x1="{:.2f}" y1="{:.2f}" x2="{:.2f}" y2="{:.2f}" stroke="{}" stroke-width="{:g}"/>)"
                  "\n",
                  x1, y1, x2, y2, stroke, width);
}

void SvgCanvas::Text(double x, double y, std::string_view text, const TextStyle& style) {
  constexpr const char* kAnchors[] = {"start", "middle", "end"};
  body_ +=
      fmt::format(R"(<text x="{:.2f}" y="{:.2f}" font-size="{:g}" fill="{}" text-anchor="{}"{}>{}</text>)"
                  "\n",
                  x, y, style.size, style.fill, kAnchors[static_cast<int>(style.anchor)],
                  style.bold ? R"( font-weight="600")" : "", svg::Escape(text));
}

std::string SvgCanvas::Hatch(std::string_view what) const {
  if (what == "bubble" || what == "skew") return fmt::format("url(#{}-{})", id_, what);
  return std::string(svg::ColourOf(what));
}

double SvgCanvas::Legend(double x, double y, std::string_view fill, std::string_view name, double opacity) {
  Rect(x, y - 10, 14, 12, fill, "", opacity);
  body_.insert(body_.size() - 3, R"( stroke="#9aa4af" stroke-width="0.5")");
  Text(x + 19, y, name);
  return x + 19 + TextWidth(name) + 16;
}

std::string SvgCanvas::Finish(double height) && {
  return fmt::format(
             R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" height="{1:.0f}" role="img" aria-labelledby="{2}-title {2}-desc" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif">
<title id="{2}-title">{3}</title><desc id="{2}-desc">{4}</desc>
<defs>
<pattern id="{2}-bubble" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#f7f8fa"/><rect width="1.6" height="6" fill="#9aa4af"/></pattern>
<pattern id="{2}-skew" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" fill="#f7f8fa"/><rect width="1.5" height="1.5" fill="#6b7580"/></pattern>
</defs>
<rect width="{0:.0f}" height="{1:.0f}" fill="#ffffff"/>
)svg",
             width_, height, id_, svg::Escape(title_), svg::Escape(description_)) +
         body_ + "</svg>\n";
}

}  // namespace ringside::trace
