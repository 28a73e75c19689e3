#include "cli/search_space.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "fmt/format.h"
#include "sim/catalogue/catalogue.h"

namespace ringside::cli {
namespace {

// Buckets of a size that suits GPUs, where the scenario does not say.
constexpr double kBucketMib = 128;

std::optional<int> Given(int n) {
  return n >= 0 ? std::optional(n) : std::nullopt;
}

// The value of an enum by its name without prefix, in lower case; `parse` is the proto's.
template <typename E>
absl::Status ParseName(const char* flag, const std::string& name, const char* prefix,
                       bool (*parse)(const std::string&, E*), std::optional<E>* out) {
  if (name.empty()) return absl::OkStatus();
  std::string full = prefix + name;
  std::transform(full.begin(), full.end(), full.begin(), [](unsigned char c) { return std::toupper(c); });
  E value;
  if (!parse(full, &value) || value == 0)
    return absl::InvalidArgumentError(fmt::format("{} {}: there is no such choice", flag, name));
  *out = value;
  return absl::OkStatus();
}

bool ParseSchedule(const std::string& name, v1::PipelineSchedule* out) {
  return v1::PipelineSchedule_Parse(name, out);
}
bool ParseRecompute(const std::string& name, v1::Recompute* out) {
  return v1::Recompute_Parse(name, out);
}
bool ParsePlacement(const std::string& name, v1::Placement* out) {
  return v1::Placement_Parse(name, out);
}
bool ParsePrecision(const std::string& name, v1::Precision* out) {
  return v1::Precision_Parse(name, out);
}

}  // namespace

int GlobalBatchOf(const v1::Scenario& scenario) {
  const v1::ParallelPlan& plan = scenario.plan();
  if (!plan.has_micro_batches() && !plan.has_micro_batch()) return 0;
  const auto or_one = [](bool given, int n) { return given ? n : 1; };
  return or_one(plan.has_dp(), plan.dp()) * or_one(plan.has_micro_batch(), plan.micro_batch()) *
         or_one(plan.has_micro_batches(), plan.micro_batches());
}

absl::Status FillRequest(const GpuScenario& in, const SearchOptions& o, sim::SearchRequest* request) {
  request->base = in.scenario;
  sim::SearchSpace& space = request->space;
  space.ranks = in.ranks > 0 ? in.ranks : RanksOf(in.scenario);
  if (space.ranks < 1) {
    return absl::InvalidArgumentError(
        "how many devices? give --cluster DEVICE:N, --ranks N, or nodes and devices_per_node in the "
        "scenario");
  }
  space.at_most = o.at_most;
  space.global_batch = o.global_batch > 0 ? o.global_batch : GlobalBatchOf(in.scenario);
  if (space.global_batch < 1) {
    return absl::InvalidArgumentError(
        "--global-batch: how many sequences a step? the scenario's plan does not say");
  }
  space.max_micro_batch = o.max_micro_batch;
  space.tp = Given(o.tp), space.pp = Given(o.pp), space.dp = Given(o.dp), space.cp = Given(o.cp);
  space.ep = Given(o.ep), space.zero = Given(o.zero), space.zero_group = Given(o.zero_group);
  space.micro_batch = Given(o.micro_batch), space.interleave = Given(o.interleave);
  if (o.sequence_parallel >= 0) space.sequence_parallel = o.sequence_parallel > 0;
  absl::Status status = ParseName("--schedule", o.schedule, "SCHEDULE_", ParseSchedule, &space.schedule);
  status.Update(ParseName("--recompute", o.recompute, "RECOMPUTE_", ParseRecompute, &space.recompute));
  status.Update(ParseName("--placement", o.placement, "PLACEMENT_", ParsePlacement, &space.placement));
  std::optional<v1::Precision> precision;
  if (o.precision != "any")
    status.Update(ParseName("--precision", o.precision, "PRECISION_", ParsePrecision, &precision));
  if (!status.ok()) return status;
  const v1::GpuDevice* device = sim::FindDevice(sim::BuiltInCatalogue(), in.scenario.cluster().device());
  const v1::Precision narrow = device->peak_tflops().bf16() > 0 ? v1::PRECISION_BF16 : v1::PRECISION_FP16;
  v1::ParallelPlan* plan = request->base.mutable_plan();
  if (precision.has_value()) {
    space.precisions = {*precision};
  } else if (o.precision == "any") {
    space.precisions = {narrow, v1::PRECISION_FP32};
  } else {
    space.precisions = {plan->has_precision() ? plan->precision() : narrow};
  }
  if (plan->overlap_size() == 0) {
    plan->add_overlap(v1::OVERLAP_GRAD_REDUCE);
    plan->add_overlap(v1::OVERLAP_PARAM_GATHER);
  }
  if (!plan->has_bucket_mib()) plan->set_bucket_mib(kBucketMib);
  if (o.memory_gib > 0) request->base.mutable_cluster()->set_memory_mib(o.memory_gib * 1024);
  sim::FillNodes(sim::BuiltInCatalogue(), space.ranks, request->base.mutable_cluster());
  if (o.objective == "cost") request->objective = sim::SearchObjective::kCost;
  if (o.objective == "memory") request->objective = sim::SearchObjective::kMemory;
  request->top = o.top;
  request->price_per_device_hour = o.price;
  return absl::OkStatus();
}

}  // namespace ringside::cli
