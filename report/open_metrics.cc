#include <functional>

#include "fmt/format.h"
#include "report/document.h"
#include "report/text.h"

namespace ringside::report {
namespace {

// One family: its metadata, then its samples, as OpenMetrics wants them together.
class Family {
 public:
  Family(const ScalingReport& report, std::string name, const char* unit, const char* help)
      : report_(report), name_(std::move(name)) {
    text_ = fmt::format("# TYPE {0} gauge\n", name_);
    if (*unit != 0) text_ += fmt::format("# UNIT {} {}\n", name_, unit);
    text_ += fmt::format("# HELP {} {}\n", name_, help);
  }
  void Sample(const ScalingPoint& point, const std::string& labels, double value) {
    text_ += fmt::format("{}{{scenario=\"{}\",scaling=\"{}\",ranks=\"{}\"{}}} {}\n", name_,
                         EscapeLabel(report_.name), Name(report_.kind), point.ranks,
                         labels.empty() ? "" : "," + labels, value);
    ++samples_;
  }
  std::string Text() const { return samples_ == 0 ? "" : text_; }

 private:
  const ScalingReport& report_;
  std::string name_, text_;
  int samples_ = 0;
};

std::string Origin(bool measured) {
  return fmt::format("origin=\"{}\"", measured ? "measured" : "simulated");
}

}  // namespace

std::string OpenMetrics(const ScalingReport& report) {
  Family step(report, "ringside_step_time_seconds", "seconds", "Median step time over repeats.");
  Family bound(report, "ringside_step_time_bound_seconds", "seconds", "Interval of the median step time.");
  Family speed(report, "ringside_tokens_per_second", "", "Tokens per second of all devices.");
  Family efficiency(report, "ringside_scaling_efficiency_ratio", "ratio",
                    "Tokens per second and device relative to the fewest ranks.");
  Family factors(report, "ringside_pop_factor_ratio", "ratio", "POP efficiency factors.");
  Family memory(report, "ringside_rank_peak_memory_bytes", "bytes", "High-water mark of a rank.");
  Family verdicts(report, "ringside_regression_verdict", "",
                  "1 for the verdict of the gate, 0 for the others.");
  Family ratios(report, "ringside_regression_ratio", "ratio", "Step time relative to the baseline.");
  for (const ScalingPoint& p : report.points) {
    step.Sample(p, Origin(p.measured), p.figures.step_s);
    if (p.measured && p.predicted.has_value()) step.Sample(p, Origin(false), p.predicted->step_s);
    bound.Sample(p, "bound=\"lower\"", p.interval.low);
    bound.Sample(p, "bound=\"upper\"", p.interval.high);
    speed.Sample(p, Origin(p.measured), p.figures.tokens_per_s);
    efficiency.Sample(p, Origin(p.measured), p.figures.efficiency);
    factors.Sample(p, "factor=\"load_balance\"", p.factors.load_balance);
    factors.Sample(p, "factor=\"serialisation\"", p.factors.serialisation);
    factors.Sample(p, "factor=\"transfer\"", p.factors.transfer);
    factors.Sample(p, "factor=\"computation_scalability\"", p.computation_scalability);
    for (size_t rank = 0; rank < p.rank_peak_bytes.size(); ++rank) {
      memory.Sample(p, fmt::format("rank=\"{}\"", rank), static_cast<double>(p.rank_peak_bytes[rank]));
    }
    if (!p.change.has_value()) continue;
    ratios.Sample(p, "", p.change->ratio);
    for (const Verdict v :
         {Verdict::kNoChange, Verdict::kImprovement, Verdict::kRegression, Verdict::kInconclusive}) {
      verdicts.Sample(p, fmt::format("verdict=\"{}\"", Name(v)), p.change->verdict == v ? 1 : 0);
    }
  }
  return step.Text() + bound.Text() + speed.Text() + efficiency.Text() + factors.Text() + memory.Text() +
         ratios.Text() + verdicts.Text() + "# EOF\n";
}

}  // namespace ringside::report
