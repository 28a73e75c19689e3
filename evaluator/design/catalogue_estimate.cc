#include "evaluator/design/catalogue_estimate.h"

#include <utility>

#include "base/status_macros.h"
#include "plan/compile.h"
#include "sim/catalogue/catalogue.h"
#include "sim/search/fast_form.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMostBases = 16;

// What a fast form is made of: all of the scenario but the point in the search's space.
std::string KeyOf(const v1::Scenario& scenario) {
  v1::Scenario base = scenario;
  base.clear_name();
  v1::ParallelPlan plan;
  *plan.mutable_overlap() = scenario.plan().overlap();
  plan.set_bucket_mib(scenario.plan().bucket_mib());
  *base.mutable_plan() = plan;
  base.mutable_cluster()->clear_nodes();
  return base.SerializeAsString();
}

}  // namespace

struct CatalogueEstimator::Base {
  sim::GpuCluster cluster;
  std::unique_ptr<sim::FastForm> form;
};

CatalogueEstimator::CatalogueEstimator() = default;
CatalogueEstimator::~CatalogueEstimator() = default;

absl::StatusOr<Estimated> CatalogueEstimator::Estimate(const v1::Scenario& scenario) {
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  const sim::PlanPoint point = sim::PointOf(resolved);
  const std::lock_guard lock(mutex_);
  const std::string key = KeyOf(scenario);
  auto found = bases_.find(key);
  if (found == bases_.end()) {
    if (bases_.size() >= kMostBases) bases_.clear();
    auto base = std::make_unique<Base>();
    RINGSIDE_ASSIGN_OR_RETURN(base->cluster, sim::GpuClusterOf(sim::BuiltInCatalogue(), scenario.cluster()));
    RINGSIDE_ASSIGN_OR_RETURN(base->form, sim::FastForm::Create(scenario, base->cluster, point));
    found = bases_.emplace(key, std::move(base)).first;
  }
  Base& base = *found->second;
  if (!sim::IsValid(base.form->model(), point))
    return absl::InvalidArgumentError("the fast form does not know " + sim::ToString(point));
  Estimated estimated;
  estimated.step_s = base.form->EstimateNs(point) / 1e9;
  estimated.bytes = base.form->Memory(point).total();
  estimated.limit_bytes = static_cast<double>(base.cluster.memory_bytes);
  estimated.ranks = resolved.world_size();
  estimated.tokens_per_s = static_cast<double>(resolved.tokens_per_step()) / estimated.step_s;
  return estimated;
}

}  // namespace ringside::evaluator
