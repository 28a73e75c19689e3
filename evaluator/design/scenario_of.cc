#include "evaluator/design/scenario_of.h"

#include "base/status_macros.h"
#include "fmt/format.h"
#include "plan/compile.h"

namespace ringside::evaluator {
namespace {

// A plan's sizes, 1 where not given (the schema's default).
struct Sizes {
  int64_t dp, tp, pp, micro_batch, micro_batches;
};

Sizes SizesOf(const v1::ParallelPlan& plan) {
  const auto or_one = [](bool given, int64_t value) { return given ? value : 1; };
  return {or_one(plan.has_dp(), plan.dp()), or_one(plan.has_tp(), plan.tp()),
          or_one(plan.has_pp(), plan.pp()), or_one(plan.has_micro_batch(), plan.micro_batch()),
          or_one(plan.has_micro_batches(), plan.micro_batches())};
}

// a * b * c, or -1 where one is not positive or the product is over `limit` (no overflow on the way).
int64_t BoundedProduct(int64_t a, int64_t b, int64_t c, int64_t limit) {
  if (a < 1 || b < 1 || c < 1 || a > limit || b > limit / a || c > limit / (a * b)) return -1;
  return a * b * c;
}

// Before anything else, so that a plan of absurd sizes is turned away by arithmetic alone.
absl::Status CheckConstraints(const v1::DesignConstraints& constraints, const Sizes& plan) {
  if (BoundedProduct(plan.dp, plan.tp, plan.pp, constraints.ranks()) != constraints.ranks()) {
    return absl::InvalidArgumentError(
        fmt::format("plan: dp {} x tp {} x pp {} must give the question's {} ranks", plan.dp, plan.tp,
                    plan.pp, constraints.ranks()));
  }
  const int batch = constraints.global_batch();
  if (BoundedProduct(plan.dp, plan.micro_batch, plan.micro_batches, batch) != batch) {
    return absl::InvalidArgumentError(
        fmt::format("plan: dp {} x micro_batch {} x micro_batches {} must give the question's global batch "
                    "of {} sequences",
                    plan.dp, plan.micro_batch, plan.micro_batches, batch));
  }
  if (constraints.has_max_micro_batch() && plan.micro_batch > constraints.max_micro_batch()) {
    return absl::InvalidArgumentError(fmt::format("plan.micro_batch: {} is over the question's limit of {}",
                                                  plan.micro_batch, constraints.max_micro_batch()));
  }
  return absl::OkStatus();
}

}  // namespace

std::string PlanName(const v1::ParallelPlan& plan) {
  const Sizes sizes = SizesOf(plan);
  std::string name = fmt::format("dp{}-tp{}-pp{} mb{}x{}", sizes.dp, sizes.tp, sizes.pp, sizes.micro_batch,
                                 sizes.micro_batches);
  if (plan.schedule() == v1::SCHEDULE_GPIPE) name += " gpipe";
  if (plan.overlap_size() > 0) name += " overlap";
  if (plan.has_bucket_mib() && plan.bucket_mib() != 4)
    name += fmt::format(" bucket {:.6g}", plan.bucket_mib());
  if (plan.precision() == v1::PRECISION_FP64) name += " fp64";
  return name;
}

absl::StatusOr<v1::Scenario> ScenarioOf(const v1::DesignQuestion& question, const v1::ParallelPlan& plan) {
  RINGSIDE_RETURN_IF_ERROR(CheckConstraints(question.constraints(), SizesOf(plan)));
  v1::Scenario scenario;
  scenario.set_name(fmt::format("{}/{}", question.id(), PlanName(plan)));
  *scenario.mutable_model() = question.model();
  *scenario.mutable_plan() = plan;
  *scenario.mutable_cluster() = question.cluster();
  *scenario.mutable_run() = question.run();
  *scenario.mutable_faults() = question.faults();
  RINGSIDE_ASSIGN_OR_RETURN(plan::Resolved resolved, plan::Resolve(scenario));
  return std::move(resolved.scenario);
}

}  // namespace ringside::evaluator
