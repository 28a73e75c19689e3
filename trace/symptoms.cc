#include "trace/symptoms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"

namespace ringside::trace {
namespace {

using Curve = std::vector<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::string_view kLayerSquares = "grad_square_sum.layer.";
constexpr std::string_view kDeadShares = "dead_share.layer.";

Curve CurveOf(const std::vector<std::optional<double>>& values) {
  Curve curve;
  for (const auto& value : values) curve.push_back(value && std::isfinite(*value) ? *value : kInfinity);
  return curve;
}

// Simulated runs have none.
absl::StatusOr<Curve> LossOf(const RunSummary& run) {
  const auto known = [](const std::optional<double>& loss) { return loss.has_value(); };
  if (std::none_of(run.loss.begin(), run.loss.end(), known)) {
    return absl::FailedPreconditionError("the trace has no loss");
  }
  return CurveOf(run.loss);
}

absl::StatusOr<Curve> MetricOf(const RunSummary& run, std::string_view name) {
  const auto found = run.metrics.find(std::string(name));
  if (found == run.metrics.end() || found->second.empty()) {
    return absl::FailedPreconditionError(fmt::format("the trace has no metric {}", name));
  }
  return CurveOf(found->second);
}

// By layer.
absl::StatusOr<std::map<int, Curve>> LayersOf(const RunSummary& run, std::string_view prefix) {
  std::map<int, Curve> layers;
  for (const auto& [name, values] : run.metrics) {
    int layer = 0;
    if (name.rfind(prefix, 0) != 0 || !absl::SimpleAtoi(name.substr(prefix.size()), &layer)) continue;
    layers[layer] = CurveOf(values);
  }
  if (layers.empty())
    return absl::FailedPreconditionError(fmt::format("the trace has no metric {}N", prefix));
  return layers;
}

size_t LastTenth(size_t steps) {
  return steps - std::max<size_t>(1, steps / 10);
}

double Final(const Curve& curve) {
  if (curve.empty()) return kInfinity;
  double sum = 0;
  const size_t first = LastTenth(curve.size());
  for (size_t i = first; i < curve.size(); ++i) sum += curve[i];
  return sum / static_cast<double>(curve.size() - first);
}

double Median(Curve curve) {
  std::nth_element(curve.begin(), curve.begin() + static_cast<std::ptrdiff_t>(curve.size() / 2), curve.end());
  return curve[curve.size() / 2];
}

// Of every step, without the loss scale.
absl::StatusOr<Curve> GradientNorms(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(Curve norms, MetricOf(run, "grad_square_sum"));
  const auto scale = run.metrics.find("loss_scale");
  for (size_t i = 0; i < norms.size(); ++i) {
    norms[i] = std::sqrt(norms[i]);
    if (scale != run.metrics.end()) norms[i] /= scale->second[i].value_or(1);
  }
  return norms;
}

// How many the targets are chosen from: ln of it is the loss of who knows nothing.
absl::StatusOr<double> LossOfIgnorance(const v1::Trace& trace) {
  for (const v1::Program& program : trace.programs()) {
    for (const v1::OpDef& op : program.ops()) {
      if (op.dims_size() < 7) continue;
      if (op.kind() == "load_batch") return std::log(static_cast<double>(op.dims(4)));
      if (op.kind() == "load_images") return std::log(static_cast<double>(op.dims(6)));
    }
  }
  return absl::FailedPreconditionError("no program of the trace loads a batch");
}

absl::StatusOr<double> FirstLoss(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve loss, LossOf(run));
  return loss.front();
}

}  // namespace

absl::StatusOr<double> NonFiniteLossShare(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve loss, LossOf(run));
  return static_cast<double>(std::count(loss.begin(), loss.end(), kInfinity)) /
         static_cast<double>(loss.size());
}

absl::StatusOr<double> LossSpike(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve loss, LossOf(run));
  return *std::max_element(loss.begin(), loss.end()) / loss.front();
}

absl::StatusOr<double> LossRiseShare(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve loss, LossOf(run));
  if (loss.size() < 2) return 0.0;
  int rises = 0;
  for (size_t i = 1; i < loss.size(); ++i) rises += loss[i] > loss[i - 1] || loss[i] == kInfinity ? 1 : 0;
  return rises / static_cast<double>(loss.size() - 1);
}

absl::StatusOr<double> FinalLoss(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve loss, LossOf(run));
  return Final(loss);
}

absl::StatusOr<double> InitialLossRatio(const RunSummary& run, const v1::Trace& trace) {
  RINGSIDE_ASSIGN_OR_RETURN(const double first, FirstLoss(run));
  RINGSIDE_ASSIGN_OR_RETURN(const double ignorance, LossOfIgnorance(trace));
  return first / ignorance;
}

absl::StatusOr<double> FinalLossRatio(const RunSummary& run, const v1::Trace& trace) {
  RINGSIDE_ASSIGN_OR_RETURN(const double ignorance, LossOfIgnorance(trace));
  RINGSIDE_ASSIGN_OR_RETURN(const double final_loss, FinalLoss(run));
  return final_loss / ignorance;
}

absl::StatusOr<double> EvalGap(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve eval, MetricOf(run, "eval_loss"));
  RINGSIDE_ASSIGN_OR_RETURN(const double final_loss, FinalLoss(run));
  return Final(eval) - final_loss;
}

absl::StatusOr<double> EvalRise(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve eval, MetricOf(run, "eval_loss"));
  return Final(eval) - *std::min_element(eval.begin(), eval.end());
}

absl::StatusOr<double> EvalJitter(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve eval, MetricOf(run, "eval_loss"));
  double largest = 0;
  for (size_t i = LastTenth(eval.size()) + 1; i < eval.size(); ++i) {
    largest = std::max(largest, std::abs(eval[i] - eval[i - 1]));
  }
  return largest;
}

absl::StatusOr<double> DeadShare(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const auto layers, LayersOf(run, kDeadShares));
  double largest = 0;
  for (const auto& [layer, share] : layers) largest = std::max(largest, Final(share));
  return largest;
}

absl::StatusOr<double> LayerGradientRatio(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const auto layers, LayersOf(run, kLayerSquares));
  const double first = Median(layers.begin()->second), last = Median(layers.rbegin()->second);
  return first > 0 && last < kInfinity ? std::sqrt(last / first) : kInfinity;
}

absl::StatusOr<double> GradientSpike(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve norms, GradientNorms(run));
  const double median = Median(norms), largest = *std::max_element(norms.begin(), norms.end());
  return median > 0 && median < kInfinity ? largest / median : kInfinity;
}

absl::StatusOr<double> SkippedShare(const RunSummary& run) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve skipped, MetricOf(run, "skipped_steps"));
  return skipped.back() / static_cast<double>(skipped.size());
}

absl::StatusOr<double> SamplesReadTwice(const v1::Trace& trace) {
  // The ranks of one replica (stages, tensor- and context-parallel peers) read the same samples, replicas
  // must not. Members of a "dp" group are replicas, or hold different context-parallel parts.
  std::map<std::tuple<std::vector<int32_t>, int64_t, int64_t>, int> times;  // (dp group, cp part, sample)
  for (const v1::Program& program : trace.programs()) {
    std::vector<int32_t> replicas;
    for (const v1::Group& group : program.groups()) {
      if (group.axis() == "dp") replicas.assign(group.ranks().begin(), group.ranks().end());
    }
    for (const v1::OpDef& op : program.ops()) {
      const bool images = op.kind() == "load_images";
      if ((!images && op.kind() != "load_batch") || op.phase() == "eval" || op.dims_size() < 7) continue;
      const int64_t part = images ? 0 : op.dims(6), first = images ? op.dims(4) : op.dims(2);
      for (int64_t b = 0; b < op.dims(0); ++b) ++times[{replicas, part, first + b}];
    }
  }
  if (times.empty()) return absl::FailedPreconditionError("no program of the trace loads a batch");
  int twice = 0;
  for (const auto& [sample, count] : times) {
    const bool alone = std::get<0>(sample).empty();  // one replica: no group
    twice += !alone && count > 1 ? 1 : 0;
  }
  return twice / static_cast<double>(times.size());
}

absl::StatusOr<double> GradientNormRatio(const RunSummary& run, const RunSummary& reference) {
  RINGSIDE_ASSIGN_OR_RETURN(const Curve mine, GradientNorms(run));
  RINGSIDE_ASSIGN_OR_RETURN(const Curve other, GradientNorms(reference));
  return mine.front() / other.front();
}

absl::StatusOr<double> FirstLossDistance(const RunSummary& run, const RunSummary& reference) {
  RINGSIDE_ASSIGN_OR_RETURN(const double mine, FirstLoss(run));
  RINGSIDE_ASSIGN_OR_RETURN(const double other, FirstLoss(reference));
  return std::abs(mine / other - 1);
}

absl::StatusOr<double> LossBehind(const RunSummary& run, const RunSummary& reference) {
  const double tokens = static_cast<double>(run.tokens_per_step) * static_cast<double>(run.loss.size());
  const double steps = tokens / static_cast<double>(reference.tokens_per_step);
  if (steps < 1 || steps > static_cast<double>(reference.loss.size())) {
    return absl::FailedPreconditionError("the reference did not see as many tokens");
  }
  RINGSIDE_ASSIGN_OR_RETURN(Curve until, LossOf(reference));
  RINGSIDE_ASSIGN_OR_RETURN(const double final_loss, FinalLoss(run));
  until.resize(static_cast<size_t>(steps));
  return final_loss - Final(until);
}

absl::StatusOr<double> Slowdown(const RunSummary& run, const RunSummary& reference) {
  if (run.tokens_per_s <= 0) return absl::FailedPreconditionError("the trace has no step time");
  return reference.tokens_per_s / run.tokens_per_s;
}

const std::vector<Figure>& Figures() {
  using E = Evidence;
  static const auto* const kFigures = new std::vector<Figure>{
      {"non_finite_loss_share", "share of the steps whose loss is infinite or no number", "", false,
       [](const E& e) { return NonFiniteLossShare(*e.run); }},
      {"loss_spike", "the largest loss over the first one", "", false,
       [](const E& e) { return LossSpike(*e.run); }},
      {"loss_rise_share", "share of the steps whose loss is above that of the step before", "", false,
       [](const E& e) { return LossRiseShare(*e.run); }},
      {"initial_loss_ratio", "the first loss over ln(classes), the loss of equal probabilities", "", false,
       [](const E& e) { return InitialLossRatio(*e.run, *e.trace); }},
      {"final_loss_ratio", "the final loss over ln(classes)", "", false,
       [](const E& e) { return FinalLossRatio(*e.run, *e.trace); }},
      {"eval_gap", "final eval_loss less final loss", "eval_loss", false,
       [](const E& e) { return EvalGap(*e.run); }},
      {"eval_rise", "final eval_loss less the lowest one", "eval_loss", false,
       [](const E& e) { return EvalRise(*e.run); }},
      {"eval_jitter", "the largest change of eval_loss from step to step over the last tenth of the steps",
       "eval_loss", false, [](const E& e) { return EvalJitter(*e.run); }},
      {"dead_share",
       "the largest final dead_share.layer.N: units that are zero for every token of a rank's first "
       "micro-batch",
       kDeadShares, false, [](const E& e) { return DeadShare(*e.run); }},
      {"layer_gradient_ratio",
       "gradient norm of the last layer over that of the first; medians over the steps", kLayerSquares, false,
       [](const E& e) { return LayerGradientRatio(*e.run); }},
      {"gradient_spike", "the largest gradient norm over the median one", "grad_square_sum", false,
       [](const E& e) { return GradientSpike(*e.run); }},
      {"skipped_share", "share of the steps that were skipped because a gradient was not finite",
       "skipped_steps", false, [](const E& e) { return SkippedShare(*e.run); }},
      {"tp_communication_share", "share of the ranks' time in which tensor-parallel peers wait for the wire",
       "", false, [](const E& e) -> absl::StatusOr<double> { return e.run->shares.at("tp_communication"); }},
      {"samples_read_twice", "share of a step's samples that more than one replica reads", "", false,
       [](const E& e) { return SamplesReadTwice(*e.trace); }},
      {"gradient_norm_ratio", "gradient norm of the first step over the reference's", "grad_square_sum", true,
       [](const E& e) { return GradientNormRatio(*e.run, *e.reference); }},
      {"first_loss_distance", "relative distance of the first step's loss from the reference's", "", true,
       [](const E& e) { return FirstLossDistance(*e.run, *e.reference); }},
      {"loss_behind", "final loss less the reference's after as many tokens", "", true,
       [](const E& e) { return LossBehind(*e.run, *e.reference); }},
      {"slowdown", "tokens/s of the reference over those of the run", "", true,
       [](const E& e) { return Slowdown(*e.run, *e.reference); }},
  };
  return *kFigures;
}

const Figure* FindFigure(std::string_view name) {
  for (const Figure& figure : Figures()) {
    if (figure.name == name) return &figure;
  }
  return nullptr;
}

}  // namespace ringside::trace
