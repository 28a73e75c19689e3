#include "evaluator/design/claim_facts.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "evaluator/design/plan_defaults.h"
#include "plan/compile.h"
#include "sim/catalogue/catalogue.h"
#include "sim/cost/gpu_cluster.h"

namespace ringside::evaluator {
namespace {

constexpr double kGib = 1 << 30, kMib = 1 << 20, kGiga = 1e9;

claims::Hardware HardwareOf(const v1::DesignQuestion& question, const v1::Scenario& scenario) {
  claims::Hardware hardware;
  hardware.price_per_hour = question.price_per_device_hour();
  const v1::ClusterSpec& spec = scenario.cluster();
  if (spec.has_memory_mib()) hardware.memory_bytes = hardware.nominal_memory_bytes = spec.memory_mib() * kMib;
  if (!IsOnCatalogue(spec)) return hardware;
  const auto cluster = sim::GpuClusterOf(sim::BuiltInCatalogue(), spec);
  if (!cluster.ok()) return hardware;
  const v1::Rates& tflops = cluster->device.peak_tflops();
  const v1::Precision precision = scenario.plan().precision();
  hardware.peak_flops = 1e12 * (precision == v1::PRECISION_BF16   ? tflops.bf16()
                                : precision == v1::PRECISION_FP16 ? tflops.fp16()
                                                                  : std::max(tflops.fp32(), tflops.tf32()));
  hardware.intra_rate = cluster->scale_up.peak_gbps() * kGiga;
  hardware.inter_rate = cluster->scale_out.peak_gbps() * kGiga;
  hardware.memory_rate = cluster->device.memory_gbps() * kGiga;
  hardware.memory_bytes = static_cast<double>(cluster->memory_bytes);
  // "80 GB" is what people call a device that an allocator sees 79.2 GiB of.
  hardware.nominal_memory_bytes = std::ceil(cluster->device.memory_gib() / 8) * 8 * kGib;
  hardware.where = "catalogue: " + cluster->device.name();
  return hardware;
}

claims::Axis AxisOf(v1::Bottleneck bottleneck) {
  switch (bottleneck) {
    case v1::BOTTLENECK_COMPUTE:
      return claims::Axis::kCompute;
    case v1::BOTTLENECK_DP_COMMUNICATION:
      return claims::Axis::kDp;
    case v1::BOTTLENECK_TP_COMMUNICATION:
      return claims::Axis::kTp;
    case v1::BOTTLENECK_PP_COMMUNICATION:
      return claims::Axis::kPp;
    case v1::BOTTLENECK_CP_COMMUNICATION:
      return claims::Axis::kCp;
    case v1::BOTTLENECK_EP_COMMUNICATION:
      return claims::Axis::kEp;
    case v1::BOTTLENECK_PIPELINE_BUBBLE:
      return claims::Axis::kBubble;
    default:
      return claims::Axis::kNone;
  }
}

void AddMeasured(const Outcome& outcome, claims::Facts* facts) {
  const Measurement& m = outcome.measurement;
  const double error = outcome.band.high() > 1 ? std::log(outcome.band.high()) : std::max(m.slower, m.faster);
  claims::Fact rate;
  rate.quantity = claims::Quantity::kTokenRate;
  rate.scope = claims::Scope::kTotal;
  rate.unit = claims::Unit::kTokensPerSecond;
  rate.value = m.tokens_per_s;
  rate.error = error;
  rate.origin = m.basis;
  rate.where = m.tokens_where;
  facts->Add(std::move(rate));
  for (const TimeShare& part : m.time) {
    claims::Fact share;
    share.quantity = claims::Quantity::kShare;
    share.axis = AxisOf(part.bottleneck);
    share.unit = claims::Unit::kRatio;
    share.value = part.share;
    share.error = error;
    share.origin = m.basis;
    share.where = part.where;
    facts->Add(std::move(share));
  }
}

void AddPeak(const Outcome& outcome, claims::Facts* facts) {
  claims::Fact peak;
  peak.quantity = claims::Quantity::kPeakMemory;
  peak.scope = claims::Scope::kRank;
  peak.unit = claims::Unit::kBytes;
  peak.origin = v1::ORIGIN_EXACT;
  if (outcome.infeasible.has_value()) {
    peak.value = static_cast<double>(outcome.infeasible->needed_bytes);
    peak.where = outcome.infeasible->needed_where;
  } else {
    peak.value = static_cast<double>(outcome.measurement.peak_bytes);
    peak.where = outcome.measurement.peak_where;
  }
  if (peak.value > 0) facts->Add(std::move(peak));
}

}  // namespace

claims::Facts FactsOf(const v1::DesignQuestion& question, const v1::Scenario& scenario,
                      const Outcome& outcome) {
  const absl::StatusOr<plan::Resolved> resolved = plan::Resolve(scenario);
  claims::Facts facts(resolved.ok() ? claims::ShapeOf(*resolved) : std::nullopt,
                      HardwareOf(question, scenario));
  AddPeak(outcome, &facts);
  if (!outcome.infeasible.has_value()) AddMeasured(outcome, &facts);
  return facts;
}

}  // namespace ringside::evaluator
