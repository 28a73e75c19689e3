#include "report/findings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "fmt/format.h"
#include "report/scaling.h"
#include "trace/format.h"

namespace ringside::report {
namespace {

using trace::FormatPercent;

std::string Ranks(int n) {
  return n == 1 ? "1 rank" : fmt::format("{} ranks", n);
}

std::string Loss(const ScalingPoint& first, const ScalingPoint& last) {
  const Factors &a = first.factors, &b = last.factors;
  const std::array<std::pair<const char*, double>, 4> factors = {{
      {"load balance (ranks compute unequally long)", b.load_balance / a.load_balance},
      {"serialisation (ranks wait for each other)", b.serialisation / a.serialisation},
      {"transfer (bytes on the wire that nothing hides)", b.transfer / a.transfer},
      {"computation scalability (a token takes longer to compute)", last.computation_scalability},
  }};
  size_t worst = 0;
  for (size_t i = 1; i < factors.size(); ++i) {
    if (factors[i].second < factors[worst].second) worst = i;
  }
  std::string text = fmt::format("From {} to {} each device keeps {} of its speed.", Ranks(first.ranks),
                                 Ranks(last.ranks), FormatPercent(last.figures.efficiency));
  if (last.figures.efficiency < 0.98 && factors[worst].second < 0.99) {
    text +=
        fmt::format(" The largest loss is {}: factor {:.2f}.", factors[worst].first, factors[worst].second);
  }
  return text;
}

std::string LawText(const ScalingReport& report) {
  const FittedLaw& law = *report.law;
  double worst = 0;
  for (const double residual : law.residuals) worst = std::max(worst, std::abs(residual));
  std::string text =
      fmt::format("Law: {}, {} (largest residual {}", law.name, law.formula, FormatPercent(worst));
  if (law.left_out_error.has_value()) {
    text += fmt::format(", {} on points left out", FormatPercent(*law.left_out_error));
  }
  text += ").";
  constexpr double kDescribes = 0.1;
  if (std::max(worst, law.left_out_error.value_or(0)) > kDescribes) {
    text += " That is too far off to foretell other numbers of ranks by.";
  }
  if (law.breaks_at_ranks.has_value()) {
    text += fmt::format(" It breaks at {}: fitted to fewer ranks it is {:+.1f} % off there.",
                        Ranks(*law.breaks_at_ranks), 100 * law.break_error);
  }
  return text;
}

}  // namespace

std::vector<std::string> FindingsOf(const ScalingReport& report) {
  std::vector<std::string> findings;
  if (report.points.size() > 1) findings.push_back(Loss(report.points.front(), report.points.back()));
  if (report.law.has_value()) findings.push_back(LawText(report));
  const ScalingPoint* worst = nullptr;
  const auto error = [](const ScalingPoint& p) { return p.predicted->step_s / p.figures.step_s - 1; };
  for (const ScalingPoint& point : report.points) {
    if (!point.measured || !point.predicted.has_value()) continue;
    if (worst == nullptr || std::abs(error(point)) > std::abs(error(*worst))) worst = &point;
  }
  if (worst != nullptr) {
    findings.push_back(
        fmt::format("Predicted step times are within {} of the measured ones (worst: {}, {:+.1f} %).",
                    FormatPercent(std::abs(error(*worst))), Ranks(worst->ranks), 100 * error(*worst)));
  }
  for (const ScalingPoint& point : report.points) {
    if (!point.change.has_value()) continue;
    findings.push_back(fmt::format("{} against the baseline: {} ({}).", Ranks(point.ranks),
                                   Name(point.change->verdict), point.change->reason));
  }
  return findings;
}

std::vector<std::string> NotesOf(const ScalingReport& report) {
  std::vector<std::string> notes;
  size_t fewest = SIZE_MAX;
  std::string shared, predicted;
  for (const ScalingPoint& point : report.points) {
    if (point.measured) fewest = std::min(fewest, point.repeats_s.size());
    std::string& list = point.measured ? shared : predicted;
    if (point.oversubscribed || !point.measured)
      list += (list.empty() ? "" : ", ") + std::to_string(point.ranks);
  }
  if (fewest == 1) {
    notes.emplace_back(
        "One repeat at some point: its interval is of the steps of one run and does not know what differs "
        "from run to run.");
  } else if (fewest < 6) {
    notes.push_back(
        fmt::format("{} repeats at some point: its interval goes from the fastest to the slowest and covers "
                    "{:.0f} %, not 95 %.",
                    fewest, 100 * (1 - std::pow(2.0, 1.0 - static_cast<double>(fewest)))));
  }
  constexpr double kWide = 0.2;
  double widest = 0;
  for (const ScalingPoint& point : report.points) {
    if (point.measured)
      widest = std::max(widest, (point.interval.high - point.interval.low) / point.figures.step_s);
  }
  if (widest > kWide) {
    notes.push_back(
        fmt::format("An interval is as wide as {} of its step time: efficiency, law and errors of "
                    "predictions are known no better.",
                    FormatPercent(widest)));
  }
  if (!shared.empty()) {
    notes.push_back(
        fmt::format("Ranks share cores at {} ranks: what is lost there is the machine's, and no law of "
                    "communication knows of it.",
                    shared));
  }
  if (!predicted.empty()) notes.push_back(fmt::format("Not measured but predicted: {} ranks.", predicted));
  if (!report.law_note.empty()) notes.push_back(report.law_note + ".");
  return notes;
}

}  // namespace ringside::report
