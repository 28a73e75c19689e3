// A page of SVG to draw on: escaping, number format and the looks that all pictures of Ringside share. Light
// background, dark text, colours that stay apart for colour-blind readers (after Okabe & Ito 2008), hatching
// where nothing useful happens, a title for screen readers and a tooltip on every shape. Pixels, y downwards.
#pragma once

#include <string>
#include <string_view>

namespace ringside::trace {

namespace svg {

inline constexpr char kInk[] = "#1b1f24";
inline constexpr char kFaint[] = "#57606a";
inline constexpr char kGrid[] = "#dfe3e8";
inline constexpr char kOther[] = "#eef0f3";

// Fill of what time is spent on: "forward", "backward", "grad_reduce", "optimizer", "compute", an axis ("dp",
// "tp", "pp", "embedding") or "other". For "bubble" and "skew" see SvgCanvas::Hatch.
std::string_view ColourOf(std::string_view what);
// Fill of a memory category.
std::string_view ColourOfCategory(std::string_view category);

std::string Escape(std::string_view text);

// The next of 1, 2, 5, 10, 20, ... that cuts `range` into at most `parts`.
double NiceStep(double range, int parts);

}  // namespace svg

enum class Anchor { kStart, kMiddle, kEnd };

struct TextStyle {
  double size = 12;
  std::string_view fill = svg::kInk;
  Anchor anchor = Anchor::kStart;
  bool bold = false;
  bool halo = false;  // white edge, for text that may lie on lines
};

class SvgCanvas {
 public:
  // `id` must be unique among the pictures of one HTML page. `description` is read aloud, not shown.
  SvgCanvas(std::string id, double width, std::string_view title, std::string_view description);

  // A rectangle; what is narrower than a hair is drawn as a hair. `fill` is a colour or Hatch().
  void Rect(double x, double y, double width, double height, std::string_view fill, std::string_view tooltip,
            double opacity = 1);
  void Line(double x1, double y1, double x2, double y2, std::string_view stroke, double width = 1);
  void Text(double x, double y, std::string_view text, const TextStyle& style = {});
  // Fill for waiting: "bubble" (steep hatch) or "skew" (flat hatch); other names give ColourOf.
  std::string Hatch(std::string_view what) const;
  // A swatch with its name; returns the x behind it.
  double Legend(double x, double y, std::string_view fill, std::string_view name, double opacity = 1);

  double width() const { return width_; }
  // The whole document, `height` pixels high.
  std::string Finish(double height) &&;

 private:
  std::string id_;
  double width_;
  std::string title_;
  std::string description_;
  std::string body_;
};

// Pixels that `text` takes, roughly (a sans-serif font of that size).
double TextWidth(std::string_view text, double size = 12);

}  // namespace ringside::trace
