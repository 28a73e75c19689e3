#include "sim/calibration/trace_refit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/status_macros.h"
#include "plan/program.h"
#include "plan/program_proto.h"
#include "sim/calibration/fit.h"
#include "sim/simulate.h"

namespace ringside::sim {
namespace {

// Which law an op goes by (sim/cost/profile_cost_model.h).
std::string LawOf(plan::OpKind kind) {
  switch (kind) {
    case plan::OpKind::kRingAttention:
      return "attention";
    case plan::OpKind::kRingAttentionBackward:
      return "attention_backward";
    case plan::OpKind::kRmsNorm:
      return "layer_norm";
    case plan::OpKind::kRmsNormBackward:
      return "layer_norm_backward";
    case plan::OpKind::kFillStat:
      return "fill";
    default:
      return std::string(plan::Name(kind));
  }
}

bool Computes(plan::OpKind kind) {
  return !plan::IsCommunication(kind) && kind != plan::OpKind::kJoin;
}

// By rank and op: the median over the steps after the warm-up; 0 where the op does not compute.
using Durations = std::vector<std::vector<double>>;

absl::StatusOr<Durations> DurationsOf(const v1::Trace& trace, const std::vector<plan::Program>& programs) {
  if (trace.ranks_size() != static_cast<int>(programs.size()))
    return absl::InvalidArgumentError(
        fmt::format("the trace has {} ranks and {} programs", trace.ranks_size(), programs.size()));
  Durations durations(programs.size());
  for (size_t r = 0; r < programs.size(); ++r) {
    const plan::Program& program = programs[r];
    std::vector<std::vector<double>> seen(program.ops.size());
    for (const v1::OpSpan& span : trace.ranks(static_cast<int>(r)).spans()) {
      if (span.op() < 0 || span.op() >= static_cast<int>(seen.size()) || span.end_ns() < span.start_ns())
        return absl::InvalidArgumentError(fmt::format(
            "rank {} of the trace has a span of op {}, which is not in its program or ends before it "
            "begins",
            r, span.op()));
      if (span.step() < program.run.warmup() || !Computes(program.ops[span.op()].kind)) continue;
      seen[span.op()].push_back(static_cast<double>(span.end_ns() - span.start_ns()));
    }
    for (auto& each : seen) durations[r].push_back(Median(std::move(each)));
  }
  return durations;
}

struct Sums {
  int ops = 0;
  double measured_ns = 0, predicted_ns = 0, off_ns = 0;
};

absl::StatusOr<std::map<std::string, Sums>> Compare(const v1::Trace& measured, const Durations& durations,
                                                    const std::vector<plan::Program>& programs,
                                                    const v1::DeviceProfile& profile) {
  SimulateRequest request;
  request.programs = programs;
  request.profile = profile;
  request.cluster = measured.scenario().cluster();
  request.faults = {measured.scenario().faults().begin(), measured.scenario().faults().end()};
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace simulated, Simulate(request));
  RINGSIDE_ASSIGN_OR_RETURN(const Durations predicted, DurationsOf(simulated, programs));
  std::map<std::string, Sums> sums;
  for (size_t r = 0; r < programs.size(); ++r) {
    for (size_t op = 0; op < programs[r].ops.size(); ++op) {
      if (durations[r][op] <= 0 || predicted[r][op] <= 0) continue;
      Sums& sum = sums[LawOf(programs[r].ops[op].kind)];
      ++sum.ops;
      sum.measured_ns += durations[r][op];
      sum.predicted_ns += predicted[r][op];
      sum.off_ns += std::abs(predicted[r][op] - durations[r][op]);
    }
  }
  return sums;
}

void Multiply(double factor, v1::KernelLaw* law) {
  law->set_overhead_ns(factor * law->overhead_ns());
  law->set_ns_per_byte(factor * law->ns_per_byte());
  law->set_ns_per_flop(factor * law->ns_per_flop());
}

v1::KernelLaw* FindLaw(const std::string& kind, v1::DeviceProfile* profile) {
  for (v1::KernelLaw& law : *profile->mutable_kernels())
    if (law.kind() == kind) return &law;
  return nullptr;
}

void MultiplyLaw(const std::string& kind, double factor, v1::DeviceProfile* profile) {
  v1::KernelLaw* law = FindLaw(kind, profile);
  if (law == nullptr) {
    const v1::KernelLaw* fallback = FindLaw("memory_bound", profile);
    if (fallback == nullptr) return;
    v1::KernelLaw own = *fallback;  // before the list grows under it
    own.set_kind(kind);
    law = profile->add_kernels();
    *law = std::move(own);
  }
  Multiply(factor, law);
  if (kind != "gemm") return;
  for (const char* addition : {"gemm_gelu", "gemm_accumulate"})
    if (v1::KernelLaw* added = FindLaw(addition, profile); added != nullptr) Multiply(factor, added);
  for (v1::GemmPoint& point : *profile->mutable_gemm()) point.set_ns(factor * point.ns());
  profile->set_gemm_gflops(profile->gemm_gflops() / factor);
}

}  // namespace

absl::StatusOr<TraceRefit> RefitToTrace(const v1::Trace& measured, const v1::DeviceProfile& base) {
  if (measured.programs().empty())
    return absl::InvalidArgumentError("the trace has no programs, so that nothing says what its ops are");
  std::vector<plan::Program> programs;
  for (const v1::Program& program : measured.programs()) {
    RINGSIDE_ASSIGN_OR_RETURN(plan::Program read, plan::FromProto(program));
    programs.push_back(std::move(read));
  }
  RINGSIDE_ASSIGN_OR_RETURN(const Durations durations, DurationsOf(measured, programs));
  RINGSIDE_ASSIGN_OR_RETURN(const auto before, Compare(measured, durations, programs, base));
  if (before.empty())
    return absl::InvalidArgumentError("the trace has no computing op in a step after the warm-up");
  TraceRefit refit;
  refit.profile = base;
  for (const auto& [law, sums] : before)
    MultiplyLaw(law, sums.measured_ns / sums.predicted_ns, &refit.profile);
  RINGSIDE_ASSIGN_OR_RETURN(const auto after, Compare(measured, durations, programs, refit.profile));
  for (const auto& [law, sums] : before) {
    const Sums& now = after.at(law);
    refit.kinds.push_back({law, sums.ops, sums.measured_ns * 1e-9, sums.measured_ns / sums.predicted_ns,
                           sums.off_ns / sums.measured_ns, now.off_ns / sums.measured_ns});
    if (v1::KernelLaw* fitted = FindLaw(law, &refit.profile); fitted != nullptr)
      fitted->set_residual(refit.kinds.back().after);
  }
  std::stable_sort(refit.kinds.begin(), refit.kinds.end(),
                   [](const KindRefit& a, const KindRefit& b) { return a.measured_s > b.measured_s; });
  return refit;
}

}  // namespace ringside::sim
