#include "evaluator/design/feedback.h"

#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

std::string Strength(const v1::AreaScore& area) {
  const std::string& name = area.area();
  if (name == "feasibility") return "The plan is possible: " + area.reason() + ".";
  if (name == "efficiency")
    return "The plan is about as good as the best that was found: " + area.reason() + ".";
  if (name == "bottleneck") return "You know what the step waits for: " + area.reason() + ".";
  if (name == "claims") return "What you say holds: " + area.reason() + ".";
  if (name == "coverage") return "The reasons are there: " + area.reason() + ".";
  if (name == "checkpoint_interval") return "The interval is well chosen: " + area.reason() + ".";
  return fmt::format("You predict well ({}): {}.", name, area.reason());
}

// The best single change, in words; empty: none is worth it.
std::string BestChange(const v1::Scorecard& card) {
  for (const v1::Counterfactual& row : card.counterfactuals()) {
    if (row.is_best()) continue;
    if (row.factor() > 0)
      return fmt::format("{} would make it {:.2f} times as good ({})", row.change(), row.factor(),
                         row.reason());
    return fmt::format("{} {}", row.change(), row.reason());
  }
  for (const v1::Counterfactual& row : card.counterfactuals())
    return fmt::format("compare with {}", row.change());
  return "";
}

std::string FirstContradiction(const v1::Scorecard& card) {
  for (const v1::Claim& claim : card.claims().claims()) {
    if (claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED)
      return fmt::format("\"{}\": {}", claim.text(), claim.reason());
  }
  return "put figures into the rationale that can be checked: bytes, bandwidths, shares of the step";
}

std::string FirstMissing(const v1::DesignQuestion& question, const v1::Scorecard& card) {
  for (const v1::PointGrade& point : card.coverage().points()) {
    if (point.earned() >= 0.5) continue;
    for (const v1::ReferencePoint& wanted : question.must_hold()) {
      if (wanted.id() == point.point()) return wanted.text();
    }
  }
  return "say why, not only what";
}

std::string Improvement(const v1::DesignQuestion& question, const v1::AreaScore& area,
                        const v1::Scorecard& card) {
  const std::string& name = area.area();
  if (name == "feasibility") {
    const std::string change = BestChange(card);
    return "Make the plan possible first: " + (change.empty() ? area.reason() : change) + ".";
  }
  if (name == "efficiency") {
    const std::string change = BestChange(card);
    return "Look for the costliest part of the step: " + (change.empty() ? area.reason() : change) + ".";
  }
  if (name == "memory_prediction") {
    return fmt::format(
        "Add the memory up term by term (weights, gradients, optimizer states, activations in flight): {}.",
        area.reason());
  }
  if (name == "throughput_prediction" || name == "step_time_prediction" || name == "mfu_prediction") {
    return fmt::format(
        "Work the step out from model FLOPs, the device's peak and what it waits for before you predict: {}.",
        area.reason());
  }
  if (name == "bottleneck")
    return fmt::format("Compare the parts of the step with each other: {}.", area.reason());
  if (name == "bubble_prediction")
    return fmt::format(
        "The bubble is (pp - 1) / (micro-batches + pp - 1) of a plain pipeline's step, and less with "
        "interleaving: {}.",
        area.reason());
  if (name == "checkpoint_interval")
    return fmt::format("Weigh the checkpoint's cost against the work that a failure loses: {}.",
                       area.reason());
  if (name == "claims") return "Check this: " + FirstContradiction(card) + ".";
  if (name == "coverage") return "Say also: " + FirstMissing(question, card);
  return fmt::format("Look at {} again: {}.", name, area.reason());
}

}  // namespace

void AddFeedback(const v1::DesignQuestion& question, v1::Scorecard& card) {
  std::vector<const v1::AreaScore*> areas;
  for (const v1::AreaScore& area : card.areas()) {
    if (area.weight() > 0) areas.push_back(&area);
  }
  std::stable_sort(areas.begin(), areas.end(), [](const v1::AreaScore* a, const v1::AreaScore* b) {
    return a->weight() * (1 - a->score()) > b->weight() * (1 - b->score());
  });
  const bool impossible = card.areas_size() > 0 && card.areas(0).score() == 0;
  for (const v1::AreaScore* area : areas) {
    if (area->score() >= kWeakArea || card.improvements_size() >= kMostImprovements) continue;
    // A plan that cannot be run has lost these for that one reason.
    const bool lost_with_it = area->area() != "feasibility" && area->area() != "bottleneck" &&
                              area->area() != "claims" && area->area() != "coverage" &&
                              area->area() != "checkpoint_interval" && area->area() != "memory_prediction";
    if (impossible && lost_with_it) continue;
    card.add_improvements(Improvement(question, *area, card));
  }
  std::stable_sort(areas.begin(), areas.end(),
                   [](const v1::AreaScore* a, const v1::AreaScore* b) { return a->weight() > b->weight(); });
  for (const v1::AreaScore* area : areas) {
    if (area->score() >= kStrongArea && card.strengths_size() < kMostStrengths)
      card.add_strengths(Strength(*area));
  }
  const char* kind = card.total() >= kStrongTotal ? "strong" : card.total() < kWeakTotal ? "weak" : "";
  for (const v1::FollowUp& next : question.follow_ups()) {
    if (next.when() != "always" && next.when() != kind) continue;
    card.add_follow_ups(next.prompt().empty() ? "question " + next.question() : next.prompt());
  }
  if (card.improvements_size() > 0) *card.mutable_resources() = question.resources();
}

}  // namespace ringside::evaluator
