#include "evaluator/design/scenario_of.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/status_macros.h"
#include "evaluator/design/plan_defaults.h"
#include "fmt/format.h"
#include "plan/compile.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMaxNameBytes = 100;  // of a scenario; plan::Resolve's

// A plan's sizes, 1 where not given (the schema's default).
struct Sizes {
  int64_t dp, tp, pp, cp, ep, micro_batch, micro_batches;
};

Sizes SizesOf(const v1::ParallelPlan& plan) {
  const auto or_one = [](bool given, int64_t value) { return given ? value : 1; };
  return {or_one(plan.has_dp(), plan.dp()),
          or_one(plan.has_tp(), plan.tp()),
          or_one(plan.has_pp(), plan.pp()),
          or_one(plan.has_cp(), plan.cp()),
          or_one(plan.has_ep(), plan.ep()),
          or_one(plan.has_micro_batch(), plan.micro_batch()),
          or_one(plan.has_micro_batches(), plan.micro_batches())};
}

// The product, or -1 where a factor is not positive or it is over `limit` (no overflow on the way).
int64_t BoundedProduct(std::initializer_list<int64_t> factors, int64_t limit) {
  int64_t product = 1;
  for (const int64_t factor : factors) {
    if (factor < 1 || factor > limit / product) return -1;
    product *= factor;
  }
  return product;
}

// "dp 4 x tp 2 x pp 1", and cp where there is one.
std::string Layout(const Sizes& plan) {
  return fmt::format("dp {} x tp {} x pp {}{}", plan.dp, plan.tp, plan.pp,
                     plan.cp != 1 ? fmt::format(" x cp {}", plan.cp) : "");
}

// Before anything else, so that a plan of absurd sizes is turned away by arithmetic alone.
absl::Status CheckConstraints(const v1::DesignConstraints& constraints, const Sizes& plan) {
  const int64_t ranks = BoundedProduct({plan.dp, plan.tp, plan.pp, plan.cp}, constraints.ranks());
  if (constraints.at_most() ? ranks < 1 || constraints.ranks() % ranks != 0 : ranks != constraints.ranks()) {
    return absl::InvalidArgumentError(
        constraints.at_most()
            ? fmt::format("plan: {} must give a number of ranks that divides the question's {}", Layout(plan),
                          constraints.ranks())
            : fmt::format("plan: {} must give the question's {} ranks", Layout(plan), constraints.ranks()));
  }
  const int batch = constraints.global_batch();
  if (BoundedProduct({plan.dp, plan.micro_batch, plan.micro_batches}, batch) != batch) {
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

// The scenario's cluster for a plan of `ranks`, which may be fewer than the cluster has.
v1::ClusterSpec ClusterFor(const v1::DesignQuestion& question, int64_t ranks) {
  v1::ClusterSpec cluster = question.cluster();
  if (ranks == question.constraints().ranks() || !cluster.has_devices_per_node()) return cluster;
  const int64_t in_node = std::min<int64_t>(cluster.devices_per_node(), ranks);
  if (ranks % in_node != 0) return cluster;  // plan::Resolve says why that does not go
  cluster.set_devices_per_node(static_cast<int>(in_node));
  cluster.set_nodes(static_cast<int>(ranks / in_node));
  return cluster;
}

}  // namespace

int RanksOf(const v1::ParallelPlan& plan) {
  const Sizes sizes = SizesOf(plan);
  return static_cast<int>(BoundedProduct({sizes.dp, sizes.tp, sizes.pp, sizes.cp}, 1 << 20));
}

std::string PlanName(const v1::ParallelPlan& plan) {
  const Sizes sizes = SizesOf(plan);
  std::string name = fmt::format("dp{}-tp{}-pp{}", sizes.dp, sizes.tp, sizes.pp);
  if (sizes.cp != 1) name += fmt::format("-cp{}", sizes.cp);
  if (sizes.ep != 1) name += fmt::format("-ep{}", sizes.ep);
  name += fmt::format(" mb{}x{}", sizes.micro_batch, sizes.micro_batches);
  if (plan.zero() > 0) {
    name += fmt::format(" zero{}", plan.zero());
    if (plan.has_zero_group() && plan.zero_group() != sizes.dp * sizes.cp)
      name += fmt::format("/{}", plan.zero_group());
  }
  if (plan.schedule() == v1::SCHEDULE_GPIPE) name += " gpipe";
  if (plan.schedule() == v1::SCHEDULE_ZERO_BUBBLE) name += " zero_bubble";
  if (plan.schedule() == v1::SCHEDULE_INTERLEAVED)
    name +=
        fmt::format(" interleaved{}", plan.has_interleave() ? fmt::format(" x{}", plan.interleave()) : "");
  if (plan.recompute() == v1::RECOMPUTE_SELECTIVE) name += " selective";
  if (plan.recompute() == v1::RECOMPUTE_FULL) name += " recompute";
  if (plan.sequence_parallel()) name += " sp";
  if (plan.overlap_size() > 0) name += " overlap";
  if (plan.has_bucket_mib() && plan.bucket_mib() != 4)
    name += fmt::format(" bucket {:.6g}", plan.bucket_mib());
  if (plan.precision() == v1::PRECISION_FP64) name += " fp64";
  if (plan.precision() == v1::PRECISION_BF16) name += " bf16";
  if (plan.precision() == v1::PRECISION_FP16) name += " fp16";
  return name;
}

absl::StatusOr<v1::Scenario> ScenarioOf(const v1::DesignQuestion& question, const v1::ParallelPlan& plan) {
  RINGSIDE_ASSIGN_OR_RETURN(const v1::ParallelPlan whole, Completed(question, plan));
  RINGSIDE_RETURN_IF_ERROR(CheckConstraints(question.constraints(), SizesOf(whole)));
  v1::Scenario scenario;
  scenario.set_name(fmt::format("{}/{}", question.id(), PlanName(whole)).substr(0, kMaxNameBytes));
  *scenario.mutable_model() = question.model();
  *scenario.mutable_plan() = whole;
  *scenario.mutable_cluster() = ClusterFor(question, RanksOf(whole));
  *scenario.mutable_run() = question.run();
  *scenario.mutable_faults() = question.faults();
  RINGSIDE_ASSIGN_OR_RETURN(plan::Resolved resolved, plan::Resolve(scenario));
  return std::move(resolved.scenario);
}

}  // namespace ringside::evaluator
