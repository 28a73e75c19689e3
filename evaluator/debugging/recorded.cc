#include "evaluator/debugging/recorded.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "evaluator/debugging/sparkline.h"
#include "trace/summary.h"

namespace ringside::evaluator {
namespace {

constexpr std::string_view kSquares = "grad_square_sum";
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Series = std::vector<std::optional<double>>;

std::vector<double> Known(const Series& series) {
  std::vector<double> values;
  for (const auto& value : series) values.push_back(value.value_or(kNaN));
  return values;
}

double Median(std::vector<double> values) {
  for (double& value : values) {
    if (std::isnan(value)) value = std::numeric_limits<double>::infinity();
  }
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Recorder {
 public:
  explicit Recorder(v1::RecordedRun* run) : run_(run) {}
  void Curve(std::string name, const std::vector<double>& values) {
    if (values.empty()) return;
    v1::Curve& curve = *run_->add_curves();
    curve.set_name(std::move(name));
    for (const double value : values) {
      curve.mutable_values()->append((curve.values().empty() ? "" : " ") + Figure4(value));
    }
  }
  void Value(std::string name, double value) {
    v1::NamedValue& named = *run_->add_values();
    named.set_name(std::move(name));
    named.set_value(fmt::format("{:.6g}", value));
  }

 private:
  v1::RecordedRun* run_;
};

// Gradient norms: square roots, over the loss scale of the step before where there is one.
std::vector<double> Norms(const trace::RunSummary& summary, const std::string& metric) {
  std::vector<double> norms = Known(summary.metrics.at(metric));
  const auto scale = summary.metrics.find("loss_scale");
  for (size_t i = 0; i < norms.size(); ++i) {
    norms[i] = std::sqrt(norms[i]);
    if (scale != summary.metrics.end() && i < scale->second.size()) norms[i] /= scale->second[i].value_or(1);
  }
  return norms;
}

void RecordMetrics(const trace::RunSummary& summary, Recorder* recorder) {
  for (const auto& [name, series] : summary.metrics) {
    if (series.empty()) continue;
    if (name == kSquares) {
      recorder->Curve("gradient_norm", Norms(summary, name));
    } else if (name.starts_with(kSquares)) {
      recorder->Value("gradient_norm" + name.substr(kSquares.size()), Median(Norms(summary, name)));
    } else if (name == "eval_loss" || name == "loss_scale" || name == "skipped_steps" ||
               name.starts_with("dead_share.")) {
      recorder->Curve(name, Known(series));
    }
  }
}

// How many the targets are chosen from; 0: nothing is loaded.
double Classes(const v1::Trace& trace) {
  for (const v1::Program& program : trace.programs()) {
    for (const v1::OpDef& op : program.ops()) {
      if (op.dims_size() >= 7 && op.kind() == "load_batch") return static_cast<double>(op.dims(4));
      if (op.dims_size() >= 7 && op.kind() == "load_images") return static_cast<double>(op.dims(6));
    }
  }
  return 0;
}

}  // namespace

absl::StatusOr<v1::RecordedRun> RecordRun(const v1::Trace& trace, std::string_view id,
                                          std::string_view what) {
  RINGSIDE_ASSIGN_OR_RETURN(const trace::RunSummary summary, trace::Summarize(trace));
  v1::RecordedRun run;
  run.set_id(std::string(id));
  run.set_scenario(trace.scenario().name());
  run.set_what(std::string(what));
  run.set_simulated(trace.origin() == v1::ORIGIN_SIMULATED);
  Recorder recorder(&run);
  const bool has_loss =
      std::any_of(summary.loss.begin(), summary.loss.end(), [](auto& l) { return l.has_value(); });
  if (has_loss) recorder.Curve("loss", Known(summary.loss));
  RecordMetrics(summary, &recorder);
  recorder.Value("classes", Classes(trace));
  recorder.Value("tokens_per_step", static_cast<double>(summary.tokens_per_step));
  recorder.Value("tokens_per_s", summary.tokens_per_s);
  recorder.Value("peak_bytes", static_cast<double>(summary.peak_total_bytes()));
  for (const auto& [name, share] : summary.shares) recorder.Value("share." + name, share);
  std::map<std::string, double> sent;
  for (const trace::RankSummary& rank : summary.ranks) {
    for (const auto& [name, bytes] : rank.sent_bytes) sent[name] += static_cast<double>(bytes);
  }
  for (const auto& [name, bytes] : sent) recorder.Value("bytes." + name, bytes);
  return run;
}

const v1::RecordedRun* FindRun(const v1::RecordedRound& round, std::string_view id) {
  for (const v1::RecordedRun& run : round.runs()) {
    if (run.id() == id && run.error().empty()) return &run;
  }
  return nullptr;
}

std::vector<double> CurveOf(const v1::RecordedRun& run, std::string_view name) {
  std::vector<double> values;
  for (const v1::Curve& curve : run.curves()) {
    if (curve.name() != name) continue;
    for (const absl::string_view word : absl::StrSplit(curve.values(), ' ', absl::SkipEmpty())) {
      double value = 0;
      values.push_back(absl::SimpleAtod(word, &value) ? value : kNaN);
    }
  }
  return values;
}

std::optional<double> ValueOf(const v1::RecordedRun& run, std::string_view name) {
  for (const v1::NamedValue& named : run.values()) {
    double value = 0;
    if (named.name() == name && absl::SimpleAtod(named.value(), &value)) return value;
  }
  return std::nullopt;
}

std::vector<std::string> NamesBeginning(const v1::RecordedRun& run, std::string_view prefix) {
  std::map<int, std::string> names;
  const auto add = [&](const std::string& name) {
    int number = 0;
    if (name.starts_with(prefix) && absl::SimpleAtoi(name.substr(prefix.size()), &number))
      names[number] = name;
  };
  for (const v1::Curve& curve : run.curves()) add(curve.name());
  for (const v1::NamedValue& named : run.values()) add(named.name());
  std::vector<std::string> in_order;
  for (auto& [number, name] : names) in_order.push_back(std::move(name));
  return in_order;
}

}  // namespace ringside::evaluator
