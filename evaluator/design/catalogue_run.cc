#include "evaluator/design/catalogue_run.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "evaluator/design/band.h"
#include "fmt/format.h"
#include "plan/compile.h"
#include "sim/catalogue/catalogue.h"
#include "sim/cost/gpu_fold_costs.h"
#include "sim/fold/folded.h"
#include "sim/search/peak_memory.h"
#include "sim/search/plan_point.h"

namespace ringside::evaluator {
namespace {

constexpr double kGib = 1 << 30;

v1::Bottleneck BottleneckOf(plan::Stream stream) {
  switch (stream) {
    case plan::Stream::kCompute:
      return v1::BOTTLENECK_COMPUTE;
    case plan::Stream::kTp:
      return v1::BOTTLENECK_TP_COMMUNICATION;
    case plan::Stream::kDp:
    case plan::Stream::kGather:
      return v1::BOTTLENECK_DP_COMMUNICATION;
    case plan::Stream::kCp:
      return v1::BOTTLENECK_CP_COMMUNICATION;
    case plan::Stream::kEp:
      return v1::BOTTLENECK_EP_COMMUNICATION;
    default:
      return v1::BOTTLENECK_PP_COMMUNICATION;
  }
}

// Dense peak of the device in the plan's precision, FLOP/s; 0: it has none.
double PeakFlops(const v1::Rates& tflops, v1::Precision precision) {
  switch (precision) {
    case v1::PRECISION_BF16:
      return 1e12 * tflops.bf16();
    case v1::PRECISION_FP16:
      return 1e12 * tflops.fp16();
    case v1::PRECISION_FP32:
      return 1e12 * std::max(tflops.fp32(), tflops.tf32());
    default:
      return 0;
  }
}

void AddTimes(const plan::Resolved& resolved, const sim::FoldedStep& step, Measurement* out) {
  constexpr v1::Bottleneck kTimed[] = {v1::BOTTLENECK_COMPUTE,          v1::BOTTLENECK_DP_COMMUNICATION,
                                       v1::BOTTLENECK_TP_COMMUNICATION, v1::BOTTLENECK_PP_COMMUNICATION,
                                       v1::BOTTLENECK_CP_COMMUNICATION, v1::BOTTLENECK_EP_COMMUNICATION,
                                       v1::BOTTLENECK_PIPELINE_BUBBLE};
  for (const v1::Bottleneck bottleneck : kTimed) {
    TimeShare part{bottleneck, 0, ""};
    double most = -1;
    size_t worst = 0;
    for (size_t s = 0; s < step.stages.size(); ++s) {
      double ns = 0;
      if (bottleneck == v1::BOTTLENECK_COMPUTE) ns = step.stages[s].times.compute_ns;
      if (bottleneck == v1::BOTTLENECK_PIPELINE_BUBBLE && resolved.pp > 1) ns = step.stages[s].idle_ns;
      for (int stream = 1; stream < plan::kNumStreams; ++stream) {
        if (BottleneckOf(static_cast<plan::Stream>(stream)) == bottleneck)
          ns += step.stages[s].times.exposed_ns[stream];
      }
      part.share += ns / step.step_ns / static_cast<double>(step.stages.size());
      if (ns > most) most = ns, worst = s;
    }
    part.where = fmt::format("mean of the stages; most on stage {}, {:.1f} ms", worst, most / 1e6);
    out->time.push_back(std::move(part));
  }
  double named = 0;
  for (const TimeShare& part : out->time) named += part.share;
  out->unnamed_share = std::max(0.0, 1 - named);
  std::stable_sort(out->time.begin(), out->time.end(),
                   [](const TimeShare& a, const TimeShare& b) { return a.share > b.share; });
}

void AddMemory(const sim::PlanPeak& peak, const std::string& where, int64_t limit_bytes, Measurement* out) {
  out->peak_bytes = peak.memory.total;
  out->limit_bytes = limit_bytes;
  out->peak_where = fmt::format("{}, a rank of stage {}", where, peak.stage);
  for (int c = 0; c < plan::kNumCategories; ++c) {
    const int64_t bytes = peak.memory.by_category[c];
    if (bytes > 0) out->memory.push_back({std::string(plan::Name(static_cast<plan::Category>(c))), bytes});
  }
  std::stable_sort(out->memory.begin(), out->memory.end(),
                   [](const MemoryPart& a, const MemoryPart& b) { return a.bytes > b.bytes; });
}

v1::Evidence Bytes(const std::string& quantity, int64_t bytes, v1::Origin origin, const std::string& where) {
  v1::Evidence evidence;
  evidence.set_quantity(quantity);
  evidence.set_value(static_cast<double>(bytes));
  evidence.set_unit("bytes");
  evidence.set_origin(origin);
  evidence.set_where(where);
  return evidence;
}

Infeasible DoesNotFit(const Measurement& m, const sim::PlanPeak& peak, const std::string& device) {
  Infeasible infeasible;
  infeasible.needed_bytes = m.peak_bytes;
  infeasible.needed_where = m.peak_where;
  infeasible.reason = fmt::format(
      "does not fit: a rank of stage {} needs {:.1f} GiB, and {} grants {:.1f} GiB (peaks:", peak.stage,
      static_cast<double>(m.peak_bytes) / kGib, device, static_cast<double>(m.limit_bytes) / kGib);
  infeasible.evidence.push_back(Bytes("needed_bytes", m.peak_bytes, v1::ORIGIN_EXACT, m.peak_where));
  infeasible.evidence.push_back(
      Bytes("granted_bytes", m.limit_bytes, v1::ORIGIN_EXACT, "the device's memory, less its context"));
  for (const MemoryPart& part : m.memory) {
    infeasible.reason += fmt::format(" {} {:.1f},", part.name, static_cast<double>(part.bytes) / kGib);
    infeasible.evidence.push_back(
        Bytes("peak_bytes/" + part.name, part.bytes, v1::ORIGIN_EXACT, m.peak_where));
  }
  infeasible.reason.back() = ' ';
  infeasible.reason += "GiB)";
  return infeasible;
}

}  // namespace

absl::StatusOr<Outcome> RunOnCatalogue(const v1::Scenario& scenario) {
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(const sim::GpuCluster cluster,
                            sim::GpuClusterOf(sim::BuiltInCatalogue(), resolved.scenario.cluster()));
  RINGSIDE_ASSIGN_OR_RETURN(const sim::FoldedStep step,
                            sim::SimulateFolded(resolved, sim::GpuFoldCosts(cluster, resolved)));
  const sim::PlanPeak peak = sim::PeakOfPlan(resolved);
  Outcome outcome;
  outcome.basis = v1::ORIGIN_SIMULATED;
  outcome.basis_reason = fmt::format("{} devices of the {}", resolved.world_size(), cluster.Evidence());
  outcome.trace_location = "simulation of " + scenario.name();
  outcome.band = CatalogueBand(cluster, resolved);
  Measurement& m = outcome.measurement;
  m.basis = v1::ORIGIN_SIMULATED;
  m.ranks = resolved.world_size();
  m.step_s = step.step_ns / 1e9;
  m.tokens_per_s = static_cast<double>(resolved.tokens_per_step()) / m.step_s;
  m.tokens_where = fmt::format("{}: {} tokens in a step of {:.4g} s", outcome.trace_location,
                               resolved.tokens_per_step(), m.step_s);
  const double peak_flops =
      PeakFlops(cluster.device.peak_tflops(), resolved.scenario.plan().precision()) * m.ranks;
  if (peak_flops > 0) m.mfu = plan::ModelFlopsPerStep(resolved) / (m.step_s * peak_flops);
  AddTimes(resolved, step, &m);
  AddMemory(peak, outcome.trace_location, cluster.memory_bytes, &m);
  if (m.peak_bytes > m.limit_bytes) outcome.infeasible = DoesNotFit(m, peak, cluster.device.name());
  return outcome;
}

}  // namespace ringside::evaluator
