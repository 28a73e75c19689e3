#include "evaluator/claims/sources.h"

#include <algorithm>

#include "sim/catalogue/catalogue.h"
#include "sim/cost/gpu_cluster.h"

namespace ringside::claims {
namespace {

constexpr double kTera = 1e12, kGiga = 1e9, kGib = 1 << 30, kMib = 1 << 20;

double PeakOf(const v1::Rates& rates, v1::Precision precision) {
  switch (precision) {
    case v1::PRECISION_BF16:
      return rates.bf16() * kTera;
    case v1::PRECISION_FP16:
      return rates.fp16() * kTera;
    case v1::PRECISION_FP32:
      return rates.fp32() * kTera;
    default:
      return 0;
  }
}

Axis AxisOf(v1::Bottleneck bottleneck) {
  switch (bottleneck) {
    case v1::BOTTLENECK_COMPUTE:
      return Axis::kCompute;
    case v1::BOTTLENECK_DP_COMMUNICATION:
      return Axis::kDp;
    case v1::BOTTLENECK_TP_COMMUNICATION:
      return Axis::kTp;
    case v1::BOTTLENECK_PP_COMMUNICATION:
      return Axis::kPp;
    case v1::BOTTLENECK_CP_COMMUNICATION:
      return Axis::kCp;
    case v1::BOTTLENECK_EP_COMMUNICATION:
      return Axis::kEp;
    case v1::BOTTLENECK_PIPELINE_BUBBLE:
      return Axis::kBubble;
    default:
      return Axis::kNone;
  }
}

Fact BytesOfRank(Quantity quantity, double bytes, std::string where) {
  Fact fact;
  fact.quantity = quantity, fact.scope = Scope::kRank, fact.unit = Unit::kBytes;
  fact.value = bytes, fact.where = std::move(where);
  return fact;
}

}  // namespace

Hardware HardwareOf(const plan::Resolved& resolved) {
  const v1::ClusterSpec& cluster = resolved.scenario.cluster();
  Hardware hardware;
  const v1::Catalogue& catalogue = sim::BuiltInCatalogue();
  if (sim::InCatalogue(catalogue, cluster)) {
    const v1::GpuDevice& device = *sim::FindDevice(catalogue, cluster.device());
    const v1::Interconnect* up = sim::FindLink(catalogue, device.scale_up());
    const v1::Interconnect* out = sim::FindLink(catalogue, device.scale_out());
    if (up != nullptr) hardware.intra_rate = up->peak_gbps() * kGiga;
    if (out != nullptr) hardware.inter_rate = out->peak_gbps() * kGiga;
    hardware.peak_flops = PeakOf(device.peak_tflops(), resolved.scenario.plan().precision());
    hardware.memory_rate = device.memory_gbps() * kGiga;
    hardware.memory_bytes = device.memory_gib() * kGib;
    hardware.nominal_memory_bytes = std::max(hardware.memory_bytes, (device.memory_gib() + 1) * kGib);
    hardware.price_per_hour = device.price_per_hour_usd();
    hardware.where = "catalogue: " + device.name() + " (" + device.source() + ")";
  }
  // 10^9 bit/s
  if (cluster.links().intra_node().has_gbps())
    hardware.intra_rate = cluster.links().intra_node().gbps() * kGiga / 8;
  if (cluster.links().inter_node().has_gbps())
    hardware.inter_rate = cluster.links().inter_node().gbps() * kGiga / 8;
  if (cluster.has_memory_mib())
    hardware.memory_bytes = hardware.nominal_memory_bytes = cluster.memory_mib() * kMib;
  return hardware;
}

Facts FactsOf(const plan::Resolved& resolved) {
  return Facts(claims::ShapeOf(resolved), HardwareOf(resolved));
}

void MeasurementFacts::AddFacts(Facts* facts) const {
  const evaluator::Measurement& m = measurement_;
  const bool simulated = m.basis == v1::ORIGIN_SIMULATED;
  Fact rate;
  rate.origin = m.basis;
  rate.error = simulated ? simulated_error_ : std::max(kLeastMeasuredError, m.step_spread);
  rate.quantity = Quantity::kTokenRate, rate.scope = Scope::kTotal, rate.unit = Unit::kTokensPerSecond;
  rate.value = m.tokens_per_s, rate.where = m.tokens_where;
  if (m.tokens_per_s > 0) facts->Add(rate);
  for (const evaluator::TimeShare& part : m.time) {
    const Axis axis = AxisOf(part.bottleneck);
    if (axis == Axis::kNone) continue;
    Fact share = rate;
    share.quantity = Quantity::kShare, share.axis = axis, share.scope = Scope::kStep,
    share.unit = Unit::kRatio;
    share.value = part.share, share.where = part.where;
    facts->Add(share);
  }
  // Bytes are exact on either basis.
  if (m.peak_bytes > 0) {
    facts->Add(BytesOfRank(Quantity::kPeakMemory, static_cast<double>(m.peak_bytes), m.peak_where));
  }
  for (const evaluator::MemoryPart& part : m.memory) {
    if (part.name == "activations" && part.bytes > 0) {
      facts->Add(BytesOfRank(Quantity::kActivations, static_cast<double>(part.bytes), m.peak_where));
    }
  }
}

void PeakFacts::AddFacts(Facts* facts) const {
  facts->Add(BytesOfRank(Quantity::kPeakMemory, static_cast<double>(peak_.total), where_));
  const int64_t activations = peak_.by_category[static_cast<size_t>(plan::Category::kActivations)];
  if (activations > 0)
    facts->Add(BytesOfRank(Quantity::kActivations, static_cast<double>(activations), where_));
}

}  // namespace ringside::claims
