#include "sim/calibration/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "base/status_macros.h"
#include "plan/collective.h"
#include "sim/calibration/fit.h"
#include "sim/calibration/suite.h"
#include "sim/cost/gemm_law.h"
#include "sim/cost/profile_cost_model.h"

namespace ringside::sim {
namespace {

absl::Status CheckBelongs(const std::vector<plan::Program>& programs, const v1::Trace& trace) {
  if (trace.ranks_size() != static_cast<int>(programs.size())) {
    return absl::InvalidArgumentError(fmt::format("a calibration trace has {} ranks, its programs {}",
                                                  trace.ranks_size(), programs.size()));
  }
  for (const v1::RankTrace& rank : trace.ranks()) {
    const auto num_ops = static_cast<int64_t>(programs[rank.rank()].ops.size());
    if (rank.spans_size() == 0) return absl::InvalidArgumentError("a calibration trace has no spans");
    for (const v1::OpSpan& span : rank.spans()) {
      if (span.op() < 0 || span.op() >= num_ops || span.end_ns() < span.start_ns()) {
        return absl::InvalidArgumentError(fmt::format(
            "rank {} of a calibration trace: bad span of op {} of {}", rank.rank(), span.op(), num_ops));
      }
    }
  }
  return absl::OkStatus();
}

// "gemm", "gemm_gelu", "gemm_accumulate" or the kind.
std::string LawName(const plan::Op& op) {
  std::string name(plan::Name(op.kind));
  if (op.kind == plan::OpKind::kGemm && op.Has(plan::kGelu)) return name + "_gelu";
  if (op.kind == plan::OpKind::kGemm && op.Has(plan::kAccumulate)) return name + "_accumulate";
  return name;
}

void AddLaw(const std::string& kind, const LinearFit& fit, v1::DeviceProfile* profile) {
  v1::KernelLaw& law = *profile->add_kernels();
  law.set_kind(kind);
  law.set_overhead_ns(fit.c[0]);
  law.set_ns_per_byte(fit.c[1]);
  law.set_ns_per_flop(fit.c[2]);
  law.set_residual(fit.residual);
}

}  // namespace

absl::StatusOr<std::vector<double>> ComputeNs(const std::vector<plan::Program>& programs,
                                              const std::vector<v1::Trace>& traces) {
  const plan::Program& program = programs.front();
  for (const plan::Program& other : programs) {
    if (other.ops.size() != program.ops.size()) {
      return absl::InvalidArgumentError("the ranks of a calibration of kernels do not run the same ops");
    }
  }
  std::vector<std::vector<double>> durations(program.ops.size());
  for (const v1::Trace& trace : traces) {
    RINGSIDE_RETURN_IF_ERROR(CheckBelongs(programs, trace));
    for (const v1::RankTrace& rank : trace.ranks()) {
      for (const v1::OpSpan& span : rank.spans()) {
        if (span.step() < program.run.warmup()) continue;
        // A clock that did not move in an op's time still says that it took less than its tick.
        durations[span.op()].push_back(
            std::max<double>(1, static_cast<double>(span.end_ns() - span.start_ns())));
      }
    }
  }
  std::vector<double> ns(program.ops.size(), 0);
  for (size_t i = 0; i < ns.size(); ++i) {
    if (!plan::IsCommunication(program.ops[i].kind)) ns[i] = Median(std::move(durations[i]));
  }
  return ns;
}

double OverheadNs(const plan::Program& program, const std::vector<v1::Trace>& traces) {
  std::vector<std::vector<double>> gaps(program.ops.size());
  for (const v1::Trace& trace : traces) {
    const v1::RankTrace& rank = trace.ranks(0);
    int64_t before = -1;
    int step = -1;
    for (const v1::OpSpan& span : rank.spans()) {
      if (plan::IsCommunication(program.ops[span.op()].kind)) continue;
      if (span.step() != step) before = rank.steps(span.step()).start_ns();
      step = span.step();
      if (step >= program.run.warmup())
        gaps[span.op()].push_back(static_cast<double>(span.start_ns() - before));
      before = span.end_ns();
    }
  }
  double sum = 0, count = 0;
  for (auto& gap : gaps) {
    if (gap.empty()) continue;
    sum += Median(std::move(gap));
    ++count;
  }
  return count > 0 ? std::max(0.0, sum / count) : 0;
}

double StepNs(const std::vector<v1::Trace>& traces, int warmup) {
  std::vector<double> durations;
  for (const v1::Trace& trace : traces) {
    const auto end_of = [&](int step) {
      int64_t end = INT64_MIN;
      for (const v1::RankTrace& rank : trace.ranks()) end = std::max(end, rank.steps(step).end_ns());
      return end;
    };
    for (int step = std::max(1, warmup); step < trace.ranks(0).steps_size(); ++step)
      durations.push_back(static_cast<double>(end_of(step) - end_of(step - 1)));
  }
  return Median(std::move(durations));
}

void FitKernels(const plan::Program& program, const std::vector<double>& ns, v1::DeviceProfile* profile) {
  std::map<std::string, std::vector<Observation>> by_law;
  std::vector<Observation> memory_bound;
  double best_flops_per_ns = 0, best_bytes_per_ns = 0;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    if (ns[i] <= 0 || op.kind == plan::OpKind::kJoin) continue;
    const LawInput input = LawInputOf(op, program.real);
    const std::string name = LawName(op);
    const bool has_flops_term = op.kind == plan::OpKind::kGemm || op.kind == plan::OpKind::kAttention ||
                                op.kind == plan::OpKind::kAttentionBackward;
    by_law[name].push_back({{input.calls, input.bytes, has_flops_term ? input.flops : 0}, ns[i]});
    if (name == "gemm") {
      v1::GemmPoint& point = *profile->add_gemm();
      point.set_trans_a(op.Has(plan::kTransA));
      point.set_trans_b(op.Has(plan::kTransB));
      point.set_m(op.dims[0]);
      point.set_n(op.dims[1]);
      point.set_k(op.dims[2]);
      point.set_ns(ns[i]);
      best_flops_per_ns = std::max(best_flops_per_ns, input.flops / ns[i]);
    } else if (!has_flops_term) {
      memory_bound.push_back(by_law[name].back());
      best_bytes_per_ns = std::max(best_bytes_per_ns, input.bytes / ns[i]);
    }
  }
  for (const auto& [name, observations] : by_law) {
    if (name != "gemm_gelu" && name != "gemm_accumulate") AddLaw(name, FitNonNegative(observations), profile);
  }
  AddLaw("memory_bound", FitNonNegative(memory_bound), profile);
  profile->set_gemm_gflops(best_flops_per_ns);
  profile->set_memory_gbps(best_bytes_per_ns);

  // What gelu and accumulation add to a plain GEMM of the same shape, per byte of c.
  const GemmLaw plain({profile->gemm().begin(), profile->gemm().end()},
                      *std::find_if(profile->kernels().begin(), profile->kernels().end(),
                                    [](const v1::KernelLaw& law) { return law.kind() == "gemm"; }),
                      static_cast<int>(plan::SizeOf(program.real)));
  std::map<std::string, std::vector<double>> extra_ns_per_byte;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    const std::string name = LawName(op);
    if (op.kind != plan::OpKind::kGemm || name == "gemm") continue;
    const double base =
        plain.Nanoseconds(op.Has(plan::kTransA), op.Has(plan::kTransB), op.dims[0], op.dims[1], op.dims[2]);
    const double bytes = static_cast<double>(op.dims[0] * op.dims[1] * plan::SizeOf(program.real));
    extra_ns_per_byte[name].push_back((ns[i] - base) / bytes);
  }
  for (auto& [name, values] : extra_ns_per_byte) {
    LinearFit fit;
    fit.c[1] = std::max(0.0, Median(values));
    std::vector<double> errors;
    for (double value : values) errors.push_back(fit.c[1] > 0 ? std::abs(value / fit.c[1] - 1) : 0);
    fit.residual = Median(std::move(errors));
    AddLaw(name, fit, profile);
  }
}

void FitContention(const plan::Program& program, const std::vector<double>& alone_ns,
                   const std::vector<double>& together_ns, v1::DeviceProfile* profile) {
  std::map<std::string, std::vector<double>> ratios;
  std::vector<double> memory_ratios;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    if (alone_ns[i] <= 0 || together_ns[i] <= 0 || op.kind == plan::OpKind::kJoin) continue;
    // Below some microseconds the ratio is that of two clock readings.
    if (alone_ns[i] < 3000) continue;
    const double ratio = std::max(1.0, together_ns[i] / alone_ns[i]);
    ratios[std::string(plan::Name(op.kind))].push_back(ratio);
    if (op.kind != plan::OpKind::kGemm) memory_ratios.push_back(ratio);
  }
  for (v1::KernelLaw& law : *profile->mutable_kernels()) {
    const auto at = ratios.find(law.kind());
    if (at != ratios.end()) law.set_contention(Median(at->second));
  }
  profile->set_compute_contention(ratios.count("gemm") > 0 ? Median(ratios["gemm"]) : 1);
  profile->set_memory_contention(memory_ratios.empty() ? 1 : Median(memory_ratios));
}

absl::Status FitMessages(const std::vector<plan::Program>& programs, const std::vector<v1::Trace>& traces,
                         const std::string& link, int group_size, v1::DeviceProfile* profile) {
  for (const v1::Trace& trace : traces) RINGSIDE_RETURN_IF_ERROR(CheckBelongs(programs, trace));
  const int warmup = programs.front().run.warmup();
  // Chains of equal messages on rank 0: [first op, last op].
  struct Chain {
    plan::OpKind kind;
    int32_t first, last;
    double rounds, bytes;  // of the whole chain
  };
  std::vector<Chain> chains;
  const plan::Program& program = programs.front();
  for (int32_t i = 0; i < static_cast<int32_t>(program.ops.size()); ++i) {
    const plan::Op& op = program.ops[i];
    if (!plan::IsCommunication(op.kind) || op.dims[0] == 16) continue;  // a barrier
    const auto rounds = plan::RoundsOf(op, program.groups, program.rank);
    const bool goes_on = !chains.empty() && chains.back().last == i - 1 && chains.back().kind == op.kind;
    if (!goes_on) chains.push_back({op.kind, i, i, 0, 0});
    chains.back().last = i;
    chains.back().rounds += static_cast<double>(rounds.size());
    chains.back().bytes += static_cast<double>(plan::SentElems(rounds) * plan::SizeOf(program.real));
  }
  // A chain takes from the moment both ends are at it to the last end on any rank that takes part.
  std::map<plan::OpKind, std::vector<Observation>> by_kind;
  for (const Chain& chain : chains) {
    std::vector<double> durations;
    for (const v1::Trace& trace : traces) {
      const int steps = trace.ranks(0).steps_size();
      std::vector<int64_t> start(steps, INT64_MIN), end(steps, INT64_MIN);
      for (const v1::RankTrace& rank : trace.ranks()) {
        if (rank.rank() >= group_size) continue;
        for (const v1::OpSpan& span : rank.spans()) {
          if (span.op() == chain.first) start[span.step()] = std::max(start[span.step()], span.start_ns());
          if (span.op() == chain.last) end[span.step()] = std::max(end[span.step()], span.end_ns());
        }
      }
      for (int step = warmup; step < steps; ++step)
        durations.push_back(static_cast<double>(end[step] - start[step]));
    }
    const double ns = Median(std::move(durations));
    if (ns > 0) by_kind[chain.kind].push_back({{chain.rounds, chain.bytes, 0}, ns});
  }
  if (by_kind.empty()) return absl::InvalidArgumentError("the calibration trace has no messages");
  for (const auto& [kind, observations] : by_kind) {
    v1::LinkLaw law;
    law.set_link(link);
    law.set_kind(std::string(plan::Name(kind)));
    law.set_ranks(plan::IsCollective(kind) ? group_size : 2);
    law.set_ranks_per_node(static_cast<int>(programs.size()));
    const bool known =
        std::any_of(profile->links().begin(), profile->links().end(), [&](const v1::LinkLaw& other) {
          return other.link() == law.link() && other.kind() == law.kind() && other.ranks() == law.ranks() &&
                 other.ranks_per_node() == law.ranks_per_node();
        });
    if (known) continue;
    const LinearFit fit = FitNonNegative(observations);
    law.set_alpha_ns(fit.c[0]);
    law.set_beta_ns_per_byte(fit.c[1]);
    law.set_residual(fit.residual);
    *profile->add_links() = law;
  }
  return absl::OkStatus();
}

}  // namespace ringside::sim
