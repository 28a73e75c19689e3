#include "workers/bench/op_times.h"

#include <fmt/format.h>

#include <algorithm>

#include "workers/bench/statistics.h"

namespace ringside::bench {

std::map<std::string, OpTime> OpTimesOf(const plan::Program& program, const v1::RankTrace& trace) {
  // By step and kind. Long runs record the ops of some steps only.
  std::map<int32_t, std::map<std::string, OpTime>> steps;
  std::map<int32_t, double> in_ops_ms;
  for (const v1::OpSpan& span : trace.spans()) {
    const plan::Op& op = program.ops[span.op()];
    if (span.step() < program.run.warmup() || plan::IsCommunication(op.kind)) continue;
    const double ms = static_cast<double>(span.end_ns() - span.start_ns()) / 1e6;
    OpTime& of = steps[span.step()][fmt::format("{} {}", plan::Name(op.phase), plan::Name(op.kind))];
    of.ms += ms, of.gflop += static_cast<double>(op.flops) / 1e9;
    in_ops_ms[span.step()] += ms;
  }
  for (const v1::StepMark& mark : trace.steps()) {
    const auto found = steps.find(mark.step());
    if (found == steps.end()) continue;
    const double step_ms = static_cast<double>(mark.end_ns() - mark.start_ns()) / 1e6;
    found->second[kOutside].ms = step_ms - in_ops_ms[mark.step()];
  }
  std::map<std::string, std::vector<double>> ms;
  std::map<std::string, OpTime> times;
  for (const auto& [step, of_step] : steps) {
    for (const auto& [kind, time] : of_step) ms[kind].push_back(time.ms), times[kind].gflop = time.gflop;
  }
  for (auto& [kind, time] : times) time.ms = Median(ms[kind]);
  return times;
}

std::map<std::string, OpTime> MeanOf(const std::vector<std::map<std::string, OpTime>>& ranks) {
  std::map<std::string, OpTime> mean;
  for (const auto& times : ranks) {
    for (const auto& [name, time] : times) {
      mean[name].ms += time.ms / static_cast<double>(ranks.size());
      mean[name].gflop += time.gflop / static_cast<double>(ranks.size());
    }
  }
  return mean;
}

std::vector<std::pair<std::string, OpTime>> Sorted(const std::map<std::string, OpTime>& times) {
  std::vector<std::pair<std::string, OpTime>> sorted(times.begin(), times.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.ms > b.second.ms; });
  return sorted;
}

}  // namespace ringside::bench
