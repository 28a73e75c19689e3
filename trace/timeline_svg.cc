#include "trace/timeline_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "trace/attribution.h"
#include "trace/format.h"
#include "trace/svg_canvas.h"
#include "trace/trace_index.h"

namespace ringside::trace {
namespace {

constexpr double kLeft = 150;  // of the time axis; row labels stand before it
constexpr double kRight = 20;
constexpr double kComputeHeight = 22;
constexpr double kStreamHeight = 9;
constexpr double kStreamGap = 2;
constexpr double kRankGap = 14;
constexpr double kMergePx = 0.5;

// At most `bytes` of the text, cut between characters.
std::string Cut(const std::string& text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes) + "…";
}

struct Window {
  int64_t begin_ns = 0;
  int64_t end_ns = 0;
};

Window WindowOf(const TraceIndex& index, int step) {
  Window window{index.mark(0, step)->start_ns(), index.mark(0, step)->end_ns()};
  for (int rank = 1; rank < index.num_ranks(); ++rank) {
    window.begin_ns = std::min(window.begin_ns, index.mark(rank, step)->start_ns());
    window.end_ns = std::max(window.end_ns, index.mark(rank, step)->end_ns());
  }
  return window;
}

absl::StatusOr<int> ChooseStep(const TraceIndex& index, int wanted) {
  std::vector<std::pair<int64_t, int>> by_length;
  for (const int step : index.steps()) {
    if (!index.HasSpans(step)) continue;
    if (step == wanted) return step;
    const Window window = WindowOf(index, step);
    if (step >= index.warmup()) by_length.emplace_back(window.end_ns - window.begin_ns, step);
  }
  if (wanted >= 0 || by_length.empty()) {
    return absl::NotFoundError(
        wanted >= 0 ? fmt::format("step {} did not end on every rank with all of its ops recorded", wanted)
                    : std::string("no step after the warm-up has all of its ops recorded"));
  }
  std::sort(by_length.begin(), by_length.end());
  return by_length[(by_length.size() - 1) / 2].second;
}

// A run of neighbouring segments that are drawn as one shape.
struct Shape {
  int64_t begin_ns, end_ns;
  Cause cause;
  std::string what;   // phase or axis; picks the colour
  std::string label;  // written into it if there is room
  int ops;
  int32_t op;  // the first
};

class TimelinePainter {
 public:
  TimelinePainter(const TraceIndex& index, int step, Window window, const TimelineOptions& options,
                  SvgCanvas* canvas)
      : index_(index), step_(step), window_(window), canvas_(canvas) {
    const int64_t span_ns = options.scale_ns > 0 ? options.scale_ns : window.end_ns - window.begin_ns;
    px_per_ns_ = (options.width_px - kLeft - kRight) / static_cast<double>(std::max<int64_t>(span_ns, 1));
    span_ns_ = span_ns;
  }

  // Draws one rank and returns the y below it.
  absl::StatusOr<double> PaintRank(int rank, double y) {
    RINGSIDE_ASSIGN_OR_RETURN(const std::vector<Segment> segments, SegmentStep(index_, rank, step_));
    const std::string& host = index_.trace().ranks(rank).host();
    canvas_->Text(10, y + 15, fmt::format("rank {}", rank), {.bold = true});
    if (!host.empty()) {
      canvas_->Text(10, y + 29, Cut(host, 16), {.size = 10, .fill = svg::kFaint});
    }
    canvas_->Text(kLeft - 8, y + 15, "compute", {.size = 11, .fill = svg::kFaint, .anchor = Anchor::kEnd});
    for (const Shape& shape : Merge(rank, segments)) PaintShape(rank, shape, y);
    y += kComputeHeight + kStreamGap + 1;
    for (int stream = 1; stream < plan::kNumStreams; ++stream) {
      y = PaintStream(rank, static_cast<plan::Stream>(stream), y);
    }
    return y + kRankGap;
  }

  void PaintAxis(double top, double bottom) {
    const double span_ms = static_cast<double>(span_ns_) * 1e-6;
    const double step_ms = svg::NiceStep(span_ms, 10);
    const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step_ms) - 1e-9)), 0, 6);
    for (int i = 0; i * step_ms <= span_ms * (1 + 1e-9); ++i) {
      const double x = kLeft + i * step_ms * 1e6 * px_per_ns_;
      canvas_->Line(x, top, x, bottom, svg::kGrid);
      canvas_->Text(x, bottom + 14, fmt::format("{:.{}f}{}", i * step_ms, decimals, i == 0 ? " ms" : ""),
                    {.size = 11, .fill = svg::kFaint, .anchor = Anchor::kMiddle});
    }
  }

  // What was drawn, for the legend.
  const std::set<std::string>& used() const { return used_; }
  const std::set<std::string>& exposed_axes() const { return exposed_axes_; }

 private:
  double X(int64_t ns) const { return kLeft + static_cast<double>(ns - window_.begin_ns) * px_per_ns_; }

  Shape ShapeOf(int rank, const Segment& segment) const {
    Shape shape{segment.begin_ns, segment.end_ns, segment.cause, std::string(Name(segment.cause)), "", 1,
                segment.op};
    if (segment.op < 0) return shape;
    const OpInfo& info = index_.ops(rank)[segment.op];
    if (segment.cause == Cause::kExposed) shape.what = info.axis;
    if (segment.cause != Cause::kCompute) return shape;
    shape.what = plan::Name(info.phase);
    const int micro_batch = index_.def(rank, segment.op).micro_batch();
    const char* letter = info.phase == plan::Phase::kForward    ? "F"
                         : info.phase == plan::Phase::kBackward ? "B"
                                                                : "";
    if (*letter != '\0' && micro_batch >= 0) shape.label = fmt::format("{}{}", letter, micro_batch);
    if (info.phase == plan::Phase::kOptimizer) shape.label = "opt";
    return shape;
  }

  std::vector<Shape> Merge(int rank, const std::vector<Segment>& segments) {
    std::vector<Shape> shapes;
    for (const Segment& segment : segments) {
      if (segment.cause == Cause::kOther) {  // the paper's white
        const double width_px = static_cast<double>(segment.end_ns - segment.begin_ns) * px_per_ns_;
        if (width_px > kMergePx) used_.insert("other");
        continue;
      }
      Shape shape = ShapeOf(rank, segment);
      if (!shapes.empty()) {
        Shape& last = shapes.back();
        const double gap_px = static_cast<double>(shape.begin_ns - last.end_ns) * px_per_ns_;
        if (last.what == shape.what && last.cause == shape.cause && last.label == shape.label &&
            gap_px < kMergePx) {
          last.end_ns = shape.end_ns;
          last.ops += shape.ops;
          continue;
        }
      }
      shapes.push_back(std::move(shape));
    }
    return shapes;
  }

  std::string Tooltip(int rank, const Shape& shape) const {
    const std::string when =
        fmt::format("{} from {}", FormatSeconds(static_cast<double>(shape.end_ns - shape.begin_ns) * 1e-9),
                    FormatSeconds(static_cast<double>(shape.begin_ns - window_.begin_ns) * 1e-9));
    std::string op;
    if (shape.op >= 0) {
      const v1::OpDef& def = index_.def(rank, shape.op);
      op = fmt::format("{}{}", def.kind(), def.layer() >= 0 ? fmt::format(" layer {}", def.layer()) : "");
    }
    switch (shape.cause) {
      case Cause::kCompute:
        return fmt::format("rank {}: {} {}, {} op{} from op {} ({}), {}", rank, shape.what, shape.label,
                           shape.ops, shape.ops == 1 ? "" : "s", shape.op, op, when);
      case Cause::kExposed:
        return fmt::format("rank {}: waits for {} on the wire ({}), {}", rank, shape.what, op, when);
      case Cause::kBubble:
        return fmt::format("rank {}: pipeline bubble ({}), {}", rank, op, when);
      case Cause::kSkew:
        return fmt::format("rank {}: waits for a late member ({}), {}", rank, op, when);
      case Cause::kOther:
        return "";
    }
    return "";
  }

  void PaintShape(int rank, const Shape& shape, double y) {
    const double x = X(shape.begin_ns);
    const double width = X(shape.end_ns) - x;
    const bool exposed = shape.cause == Cause::kExposed;
    canvas_->Rect(x, y, width, kComputeHeight, canvas_->Hatch(shape.what), Tooltip(rank, shape),
                  exposed ? 0.4 : 1);
    (exposed ? exposed_axes_ : used_).insert(shape.what);
    if (!shape.label.empty() && width > TextWidth(shape.label, 11) + 4) {
      canvas_->Text(x + width / 2, y + 15, shape.label,
                    {.size = 11, .fill = "#ffffff", .anchor = Anchor::kMiddle});
    }
  }

  // Returns the y below; draws nothing if the rank does not use the stream.
  double PaintStream(int rank, plan::Stream stream, double y) {
    bool any = false;
    const auto& ops = index_.ops(rank);
    double last_x = -1;
    for (int32_t op = 0; op < static_cast<int32_t>(ops.size()); ++op) {
      if (ops[op].stream != stream) continue;
      if (!std::exchange(any, true)) {
        std::string name(plan::Name(stream));
        std::replace(name.begin(), name.end(), '_', ' ');
        canvas_->Text(kLeft - 8, y + kStreamHeight - 0.5, name,
                      {.size = 10, .fill = svg::kFaint, .anchor = Anchor::kEnd});
        canvas_->Rect(kLeft, y, static_cast<double>(window_.end_ns - window_.begin_ns) * px_per_ns_,
                      kStreamHeight, "#f5f6f8", "");
      }
      const v1::OpSpan& span = *index_.span(rank, step_, op);
      const int64_t wire_ns = index_.TransferBegin(rank, step_, op);
      const double x = X(span.start_ns()), wire_x = X(wire_ns), end_x = X(span.end_ns());
      if (end_x - last_x < kMergePx) continue;  // would lie on the last one
      last_x = end_x;
      const std::string tooltip =
          fmt::format("rank {}: {} {} op {}, {} sent; waits {}, on the wire {}", rank,
                      plan::Name(ops[op].kind), ops[op].axis, op, FormatBytes(span.sent_bytes()),
                      FormatSeconds(static_cast<double>(wire_ns - span.start_ns()) * 1e-9),
                      FormatSeconds(static_cast<double>(span.end_ns() - wire_ns) * 1e-9));
      const std::string_view colour = svg::ColourOf(ops[op].axis);
      if (wire_x - x > kMergePx)
        canvas_->Rect(x, y + kStreamHeight / 2 - 1, wire_x - x, 2, colour, tooltip, 0.6);
      if (span.end_ns() > wire_ns)
        canvas_->Rect(wire_x, y + 0.5, end_x - wire_x, kStreamHeight - 1, colour, tooltip);
      used_.insert(ops[op].axis);
    }
    return any ? y + kStreamHeight + kStreamGap : y;
  }

  const TraceIndex& index_;
  const int step_;
  const Window window_;
  SvgCanvas* canvas_;
  double px_per_ns_ = 0;
  int64_t span_ns_ = 0;
  std::set<std::string> used_, exposed_axes_;
};

double PaintLegend(const TimelinePainter& painter, double y, SvgCanvas* canvas) {
  double x = 10;
  const auto item = [&](const std::string& fill, const std::string& name, double opacity) {
    if (x + 19 + TextWidth(name) > canvas->width() - 10) {
      x = 10;
      y += 20;
    }
    x = canvas->Legend(x, y, fill, name, opacity);
  };
  for (const char* phase : {"forward", "backward", "grad_reduce", "optimizer"}) {
    if (painter.used().contains(phase)) item(std::string(svg::ColourOf(phase)), phase, 1);
  }
  for (const char* axis :
       {"dp", "dp_tp", "dp_ep", "dp_outer", "tp", "pp", "cp", "ep", "embedding", "world"}) {
    if (painter.used().contains(axis))
      item(std::string(svg::ColourOf(axis)), fmt::format("{} transfer", axis), 1);
    if (painter.exposed_axes().contains(axis)) {
      item(std::string(svg::ColourOf(axis)), fmt::format("compute waits for {}", axis), 0.4);
    }
  }
  if (painter.used().contains("bubble")) item(canvas->Hatch("bubble"), "pipeline bubble", 1);
  if (painter.used().contains("skew")) item(canvas->Hatch("skew"), "late member (skew)", 1);
  if (painter.used().contains("other")) item("#ffffff", "overhead", 1);
  return y;
}

std::string TitleOf(const v1::Trace& trace, int step) {
  const char* origin = trace.origin() == v1::ORIGIN_SIMULATED ? "simulated" : "measured";
  const std::string& name = trace.scenario().name();
  return fmt::format("{}{}, step {}", name.empty() ? "" : name + ", ", origin, step);
}

}  // namespace

absl::StatusOr<int64_t> TimelineSpanNs(const v1::Trace& trace, int step) {
  RINGSIDE_ASSIGN_OR_RETURN(const TraceIndex index, TraceIndex::Create(trace));
  RINGSIDE_ASSIGN_OR_RETURN(step, ChooseStep(index, step));
  const Window window = WindowOf(index, step);
  return window.end_ns - window.begin_ns;
}

absl::StatusOr<std::string> TimelineSvg(const v1::Trace& trace, const TimelineOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(const TraceIndex index, TraceIndex::Create(trace));
  RINGSIDE_ASSIGN_OR_RETURN(const int step, ChooseStep(index, options.step));
  const Window window = WindowOf(index, step);
  const std::string title = options.title.empty() ? TitleOf(trace, step) : options.title;
  const int ranks = std::min(index.num_ranks(), options.max_ranks);
  SvgCanvas canvas(options.id, options.width_px, title,
                   fmt::format("Timeline of step {} on {} ranks, {}", step, index.num_ranks(),
                               FormatSeconds(static_cast<double>(window.end_ns - window.begin_ns) * 1e-9)));
  canvas.Text(10, 20, title, {.size = 14, .bold = true});
  constexpr double kTop = 36;
  // The grid lies below the bars, so the height must be known first: paint the ranks twice.
  SvgCanvas measure(options.id, options.width_px, "", "");
  TimelinePainter dry(index, step, window, options, &measure);
  double bottom = kTop;
  for (int rank = 0; rank < ranks; ++rank) {
    RINGSIDE_ASSIGN_OR_RETURN(bottom, dry.PaintRank(rank, bottom));
  }
  bottom -= kRankGap / 2;
  TimelinePainter painter(index, step, window, options, &canvas);
  painter.PaintAxis(kTop - 6, bottom);
  double y = kTop;
  for (int rank = 0; rank < ranks; ++rank) {
    RINGSIDE_ASSIGN_OR_RETURN(y, painter.PaintRank(rank, y));
  }
  y = bottom + 38;
  if (ranks < index.num_ranks()) {
    canvas.Text(10, y, fmt::format("{} more ranks are not shown", index.num_ranks() - ranks),
                {.fill = svg::kFaint});
    y += 20;
  }
  y = PaintLegend(painter, y, &canvas);
  return std::move(canvas).Finish(y + 14);
}

}  // namespace ringside::trace
