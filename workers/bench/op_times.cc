#include "workers/bench/op_times.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::bench {

std::map<std::string, OpTime> OpTimesOf(const plan::Program& program, const v1::RankTrace& trace) {
  std::map<std::string, OpTime> times;
  // Long runs record the ops of some steps only.
  std::map<int32_t, double> in_ops_ms;
  for (const v1::OpSpan& span : trace.spans()) {
    if (span.step() >= program.run.warmup()) in_ops_ms[span.step()] = 0;
  }
  const auto steps = static_cast<double>(std::max<size_t>(1, in_ops_ms.size()));
  for (const v1::OpSpan& span : trace.spans()) {
    const plan::Op& op = program.ops[span.op()];
    if (span.step() < program.run.warmup() || plan::IsCommunication(op.kind)) continue;
    const double ms = static_cast<double>(span.end_ns() - span.start_ns()) / 1e6;
    OpTime& of = times[fmt::format("{} {}", plan::Name(op.phase), plan::Name(op.kind))];
    of.ms += ms / steps, of.gflop += static_cast<double>(op.flops) / 1e9 / steps;
    in_ops_ms[span.step()] += ms;
  }
  for (const v1::StepMark& mark : trace.steps()) {
    const auto found = in_ops_ms.find(mark.step());
    if (found == in_ops_ms.end()) continue;
    times[kOutside].ms +=
        (static_cast<double>(mark.end_ns() - mark.start_ns()) / 1e6 - found->second) / steps;
  }
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
