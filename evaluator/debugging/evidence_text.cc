#include "evaluator/debugging/evidence_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "evaluator/debugging/recorded.h"
#include "evaluator/debugging/sparkline.h"
#include "trace/format.h"

namespace ringside::evaluator {
namespace {

using Values = std::vector<double>;

std::string Indented(std::string_view text) {
  std::string out;
  for (const absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    if (!line.empty()) out += fmt::format("    {}\n", std::string_view(line.data(), line.size()));
  }
  return out;
}

std::string NotRecorded() {
  return "    That was not recorded for this run.\n";
}

std::string CurveText(std::string_view label, const Values& values, const SparklineOptions& options = {}) {
  std::string text = fmt::format("    {}  {}{}\n", label, Sparkline(values, options),
                                 DrawnByLogarithm(values) ? "  (logarithmic)" : "");
  return text + CurveTable(values);
}

std::string CurveOrNothing(const v1::RecordedRun& run, const std::string& name, std::string_view label) {
  const Values values = CurveOf(run, name);
  return values.empty() ? NotRecorded() : CurveText(label, values);
}

// Two runs under one range of heights.
std::string TwoCurves(std::string_view label_a, const Values& a, std::string_view label_b, const Values& b) {
  if (a.empty() || b.empty()) return NotRecorded();
  SparklineOptions options;
  bool any = false;
  for (const Values* values : {&a, &b}) {
    for (const double value : *values) {
      if (!std::isfinite(value)) continue;
      options.low = any ? std::min(options.low, value) : value;
      options.high = any ? std::max(options.high, value) : value;
      any = true;
    }
  }
  const size_t width = std::max(label_a.size(), label_b.size());
  return CurveText(fmt::format("{:<{}}", label_a, width), a, options) +
         CurveText(fmt::format("{:<{}}", label_b, width), b, options);
}

double Classes(const v1::RecordedRun& run) {
  return ValueOf(run, "classes").value_or(0);
}

// A defect that needs replicas cannot be run on one; the reference is that run then.
const v1::RecordedRun* OneRank(const RoundData& round) {
  const v1::RecordedRun* one = FindRun(round.recorded, "one-rank");
  return one != nullptr ? one : FindRun(round.recorded, "reference");
}

std::string FirstLoss(const RoundData& round, const v1::RecordedRun& run) {
  const Values loss = CurveOf(run, "loss");
  if (loss.empty()) return NotRecorded();
  std::string text = fmt::format("    first loss {}, ln(classes) = ln({:.0f}) = {}\n", Figure4(loss.front()),
                                 Classes(run), Figure4(std::log(std::max(1.0, Classes(run)))));
  if (const v1::RecordedRun* one = OneRank(round); one != nullptr) {
    const Values other = CurveOf(*one, "loss");
    if (!other.empty())
      text += fmt::format("    the same global batch on one rank: {}\n", Figure4(other.front()));
  }
  return text;
}

std::string Experiment(const RoundData& round, std::string_view id, const v1::RecordedRun& planted) {
  const v1::RecordedRun* run = id == "one-rank" ? OneRank(round) : FindRun(round.recorded, id);
  if (run == nullptr) {
    return "    That run was not made; what it would need does not apply here.\n";
  }
  std::string text = fmt::format("    {}\n", run->what());
  text += TwoCurves("loss, as given", CurveOf(planted, "loss"), "loss, this run", CurveOf(*run, "loss"));
  const Values norm_a = CurveOf(planted, "gradient_norm"), norm_b = CurveOf(*run, "gradient_norm");
  if (!norm_a.empty() && !norm_b.empty()) {
    text += fmt::format("    gradient norm of the first step: {} as given, {} in this run\n",
                        Figure4(norm_a.front()), Figure4(norm_b.front()));
  }
  return text;
}

std::string LayerGradients(const v1::RecordedRun& run) {
  const auto names = NamesBeginning(run, "gradient_norm.layer.");
  if (names.empty()) return NotRecorded();
  std::string text = "    median gradient norm by layer, from the input to the output\n";
  for (const std::string& name : names) {
    text += fmt::format("      layer {:<3} {}\n", name.substr(name.rfind('.') + 1),
                        Figure4(ValueOf(run, name).value_or(0)));
  }
  return text;
}

std::string DeadUnits(const v1::RecordedRun& run) {
  const auto names = NamesBeginning(run, "dead_share.layer.");
  if (names.empty())
    return "    The activation of this model has no units that can be exactly zero for every token.\n";
  std::string text = "    share of units that are zero for every token\n";
  for (const std::string& name : names) {
    const Values share = CurveOf(run, name);
    text += fmt::format("      layer {:<3} {}  first {}, last {}\n", name.substr(name.rfind('.') + 1),
                        Sparkline(share, {40, 0, 1}), Figure4(share.front()), Figure4(share.back()));
  }
  return text;
}

std::string BySamples(const RoundData& round, const v1::RecordedRun& run) {
  const v1::RecordedRun* other = FindRun(round.recorded, "reference");
  if (other == nullptr) other = FindRun(round.recorded, "one-rank");
  const Values mine = CurveOf(run, "loss");
  if (other == nullptr || mine.empty()) return NotRecorded();
  const double a = ValueOf(run, "tokens_per_step").value_or(1),
               b = ValueOf(*other, "tokens_per_step").value_or(1);
  const Values theirs = CurveOf(*other, "loss");
  std::string text = fmt::format("    {:>14}{:>14}{:>14}\n", "tokens seen", "this run", "small run");
  for (int row = 1; row <= 8; ++row) {
    const double tokens = a * static_cast<double>(mine.size()) * row / 8;
    const auto at = [&](const Values& loss, double per_step) {
      const auto step = static_cast<size_t>(tokens / per_step);
      return step < 1 || step > loss.size() ? std::string("-") : Figure4(loss[step - 1]);
    };
    text += fmt::format("    {:>14.0f}{:>14}{:>14}\n", tokens, at(mine, a), at(theirs, b));
  }
  return text;
}

std::string EvalTwice(const v1::RecordedRun& run) {
  const Values eval = CurveOf(run, "eval_loss");
  if (eval.size() < 2) return NotRecorded();
  // The last two evaluations: where the learning rate is zero there is no step between them.
  return fmt::format("    the last five evaluations of the same held-out samples: {}\n",
                     fmt::join(
                         [&] {
                           std::vector<std::string> last;
                           for (size_t i = eval.size() - std::min<size_t>(5, eval.size()); i < eval.size();
                                ++i) {
                             last.push_back(fmt::format("{:.4g}", eval[i]));
                           }
                           return last;
                         }(),
                         "  "));
}

std::string Throughput(const RoundData& round, const v1::RecordedRun& run) {
  std::string text =
      fmt::format("    this run   {:.3g} tokens/s\n", ValueOf(run, "tokens_per_s").value_or(0));
  if (const v1::RecordedRun* other = FindRun(round.recorded, "reference"); other != nullptr) {
    text += fmt::format("    reference  {:.3g} tokens/s ({})\n", ValueOf(*other, "tokens_per_s").value_or(0),
                        other->what());
  }
  return text;
}

std::string NamedShares(const v1::RecordedRun& run, std::string_view prefix, bool percent) {
  std::string text;
  for (const v1::NamedValue& named : run.values()) {
    if (!named.name().starts_with(prefix)) continue;
    const double value = ValueOf(run, named.name()).value_or(0);
    if (value < 0.0005) continue;
    text +=
        fmt::format("      {:<28} {}\n", named.name().substr(prefix.size()),
                    percent ? trace::FormatPercent(value) : trace::FormatBytes(static_cast<int64_t>(value)));
  }
  return text.empty() ? NotRecorded() : text;
}

// Text that was taken when the run was recorded.
std::string Recorded(const RoundData& round, std::string_view id) {
  for (const v1::RecordedText& text : round.recorded.texts()) {
    if (text.id() == id && text.run() == "planted") return Indented(text.text());
  }
  return NotRecorded();
}

std::string LossScale(const v1::RecordedRun& run) {
  const Values scale = CurveOf(run, "loss_scale"), skipped = CurveOf(run, "skipped_steps"),
               loss = CurveOf(run, "loss");
  std::string text;
  const auto first = std::find_if(loss.begin(), loss.end(), [](double l) { return !std::isfinite(l); });
  text += first == loss.end()
              ? "    every loss is finite\n"
              : fmt::format("    the first loss that is not finite is of step {}\n", first - loss.begin());
  if (scale.empty()) return text + "    no loss scale: the run is not in fp16\n";
  text += CurveText("loss scale   ", scale);
  if (!skipped.empty()) text += CurveText("skipped steps", skipped);
  return text;
}

}  // namespace

std::string EvidenceText(const RoundData& round, const EvidenceKind& kind) {
  const v1::RecordedRun* run = FindRun(round.recorded, "planted");
  if (run == nullptr) return NotRecorded();
  const std::string_view id = kind.id;
  if (id == "config") return Indented(SettingsText(round.planted));
  if (id == "loss-curve") return CurveOrNothing(*run, "loss", "loss");
  if (id == "first-loss") return FirstLoss(round, *run);
  if (id == "held-out-loss")
    return TwoCurves("training", CurveOf(*run, "loss"), "held out", CurveOf(*run, "eval_loss"));
  if (id == "gradient-norm") return CurveOrNothing(*run, "gradient_norm", "gradient norm");
  if (id == "lr-schedule") return CurveOrNothing(*run, "learning_rate", "learning rate");
  if (id == "loss-scale") return LossScale(*run);
  if (id == "layer-gradients") return LayerGradients(*run);
  if (id == "dead-units") return DeadUnits(*run);
  if (id == "loss-by-samples") return BySamples(round, *run);
  if (id == "eval-twice") return EvalTwice(*run);
  if (id == "throughput") return Throughput(round, *run);
  if (id == "trace-summary") return "    share of the ranks' time\n" + NamedShares(*run, "share.", true);
  if (id == "communication-bytes")
    return "    sent by all ranks in one step\n" + NamedShares(*run, "bytes.", false);
  if (id == "memory") {
    return fmt::format("    peak of the fullest rank: {}\n",
                       trace::FormatBytes(static_cast<int64_t>(ValueOf(*run, "peak_bytes").value_or(0))));
  }
  if (id == "overfit-one-batch") return Experiment(round, "one-batch", *run);
  if (id == "lower-lr" || id == "one-rank" || id == "precision") return Experiment(round, id, *run);
  return Recorded(round, id);  // data-samples, labels, rank-data, placement
}

std::string MendedText(const RoundData& round) {
  const v1::RecordedRun* planted = FindRun(round.recorded, "planted");
  const v1::RecordedRun* fixed = FindRun(round.recorded, "fixed");
  if (planted == nullptr || fixed == nullptr) return NotRecorded();
  std::string text;
  if (const Values loss = CurveOf(*planted, "loss"); !loss.empty()) {
    text += TwoCurves("loss as given", loss, "loss mended", CurveOf(*fixed, "loss"));
  }
  if (const Values eval = CurveOf(*planted, "eval_loss"); !eval.empty()) {
    text += TwoCurves("held out, as given", eval, "held out, mended", CurveOf(*fixed, "eval_loss"));
  }
  const auto& with = round.recorded.planted_proofs();
  const auto& without = round.recorded.fixed_proofs();
  for (int i = 0; i < std::min(with.size(), without.size()); ++i) {
    text += fmt::format("    {:<24} as given {:>9}   mended {:>9}\n", with[i].name(), with[i].value(),
                        without[i].value());
  }
  return text;
}

}  // namespace ringside::evaluator
