#include "plan/memory.h"

#include <algorithm>
#include <vector>

namespace ringside::plan {

PeakMemory PredictPeakMemory(const Program& program) {
  std::vector<std::vector<int32_t>> starts(program.ops.size()), ends(program.ops.size());
  std::array<int64_t, kNumCategories> live{};
  PeakMemory peak;
  int64_t live_total = 0;
  const auto allocate = [&](const Buffer& buffer, int32_t op) {
    const auto category = static_cast<size_t>(buffer.category);
    live[category] += buffer.bytes();
    live_total += buffer.bytes();
    peak.by_category[category] = std::max(peak.by_category[category], live[category]);
    if (live_total > peak.total) peak.total = live_total, peak.total_op = op;
  };
  for (size_t id = 0; id < program.buffers.size(); ++id) {
    const Buffer& buffer = program.buffers[id];
    if (buffer.first_op < 0) {
      allocate(buffer, -1);
    } else {
      starts[buffer.first_op].push_back(static_cast<int32_t>(id));
      ends[buffer.last_op].push_back(static_cast<int32_t>(id));
    }
  }
  for (size_t op = 0; op < program.ops.size(); ++op) {
    for (int32_t id : starts[op]) allocate(program.buffers[id], static_cast<int32_t>(op));
    for (int32_t id : ends[op]) {
      const Buffer& buffer = program.buffers[id];
      live[static_cast<size_t>(buffer.category)] -= buffer.bytes();
      live_total -= buffer.bytes();
    }
  }
  return peak;
}

}  // namespace ringside::plan
