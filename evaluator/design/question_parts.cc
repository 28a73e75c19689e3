#include "evaluator/design/question_parts.h"

#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

absl::Status Invalid(std::string_view field, std::string_view reason) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, reason));
}

// Positive and finite where it is given.
absl::Status CheckPositive(bool given, double value, double most, std::string_view field) {
  if (!given || (value > 0 && value <= most)) return absl::OkStatus();
  return Invalid(field, fmt::format("{} is not in 0 (excluded) to {:g}", value, most));
}

absl::Status CheckFailures(const v1::FailureSpec& failures) {
  if (!failures.has_device_hours_per_failure())
    return Invalid("failures.device_hours_per_failure", "is missing; how often does a device fail?");
  if (!failures.has_checkpoint_s())
    return Invalid("failures.checkpoint_s", "is missing; how long does training stand for a checkpoint?");
  absl::Status status =
      CheckPositive(true, failures.device_hours_per_failure(), 1e9, "failures.device_hours_per_failure");
  status.Update(CheckPositive(true, failures.checkpoint_s(), 1e5, "failures.checkpoint_s"));
  if (failures.restart_s() < 0 || failures.restart_s() > 1e5)
    status.Update(Invalid("failures.restart_s", "is not in 0 to 100000"));
  if (failures.write_s() < 0 || failures.write_s() > 1e5)
    status.Update(Invalid("failures.write_s", "is not in 0 to 100000"));
  if (failures.write_slowdown() < 0 || failures.write_slowdown() > 1)
    status.Update(Invalid("failures.write_slowdown", "is not in 0 to 1"));
  return status;
}

}  // namespace

absl::Status ResolveWeeks(v1::DesignQuestion& question) {
  const v1::DesignConstraints& constraints = question.constraints();
  const v1::Rubric& rubric = question.rubric();
  absl::Status status =
      CheckPositive(question.has_tokens_to_train(), question.tokens_to_train(), 1e18, "tokens_to_train");
  status.Update(CheckPositive(question.has_price_per_device_hour(), question.price_per_device_hour(), 1e6,
                              "price_per_device_hour"));
  status.Update(CheckPositive(constraints.has_deadline_days(), constraints.deadline_days(), 1e5,
                              "constraints.deadline_days"));
  status.Update(CheckPositive(constraints.has_budget(), constraints.budget(), 1e15, "constraints.budget"));
  if (!status.ok()) return status;
  const bool weeks = question.objective() == v1::OBJECTIVE_TIME_TO_TRAIN || constraints.has_deadline_days() ||
                     constraints.has_budget() || rubric.time_to_train_prediction() > 0 ||
                     rubric.cost_prediction() > 0;
  if (weeks && !question.has_tokens_to_train())
    return Invalid("tokens_to_train", "is missing; objective, constraints or rubric ask for it");
  const bool money = constraints.has_budget() || rubric.cost_prediction() > 0;
  if (money && !question.has_price_per_device_hour())
    return Invalid("price_per_device_hour", "is missing; constraints or rubric ask for it");
  if (rubric.checkpoint_interval() > 0 && !question.has_failures())
    return Invalid("failures", "is missing; the rubric asks for a checkpoint interval");
  if (!question.has_failures()) return absl::OkStatus();
  if (!question.failures().has_restart_s()) question.mutable_failures()->set_restart_s(kDefaultRestartS);
  return CheckFailures(question.failures());
}

absl::Status CheckTeaching(const v1::DesignQuestion& question) {
  if (question.hints_size() != 0 && question.hints_size() != kHints)
    return Invalid("hints", fmt::format("are {}; give none or {}", question.hints_size(), kHints));
  if (question.rubric().coverage() > 0 && question.must_hold_size() == 0)
    return Invalid("must_hold", "is missing; the rubric weighs what the rationale covers");
  std::set<std::string> ids;
  for (int i = 0; i < question.must_hold_size(); ++i) {
    const v1::ReferencePoint& point = question.must_hold(i);
    const std::string field = fmt::format("must_hold[{}]", i);
    if (point.id().empty() || !ids.insert(point.id()).second)
      return Invalid(field + ".id", "is missing, or not the first of its name");
    if (point.text().empty()) return Invalid(field + ".text", "is missing");
  }
  for (int i = 0; i < question.follow_ups_size(); ++i) {
    const v1::FollowUp& next = question.follow_ups(i);
    const std::string field = fmt::format("follow_ups[{}]", i);
    if (next.when() != "weak" && next.when() != "strong" && next.when() != "always")
      return Invalid(field + ".when", "use weak, strong or always");
    if (next.prompt().empty() == next.question().empty())
      return Invalid(field, "give a prompt or a question, and not both");
  }
  return absl::OkStatus();
}

}  // namespace ringside::evaluator
