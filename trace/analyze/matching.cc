#include "trace/analyze/matching.h"

#include <map>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "trace/analyze/names.h"

namespace ringside::trace {
namespace {

// Empty: not matched.
std::string KeyOf(const GpuTimeline& timeline, const GpuOp& op) {
  if (op.collective < 0) return timeline.names.text(op.name);
  const Collective& c = timeline.collectives[op.collective];
  if (c.operation == "send" || c.operation == "recv") return {};
  return fmt::format("{}\n{}\n{}", c.group, c.operation, c.dtype);
}

}  // namespace

Matches MatchCollectives(const std::vector<const GpuTimeline*>& timelines) {
  Matches matches;
  Names keys;
  std::map<std::pair<int32_t, int64_t>, std::vector<Member>> by_key;  // key, ordinal on the rank
  for (size_t t = 0; t < timelines.size(); ++t) {
    std::vector<int64_t> ordinals;  // by key
    for (const GpuOp& op : timelines[t]->ops) {
      if (op.kernel_class != KernelClass::kCommunication) continue;
      const std::string text = KeyOf(*timelines[t], op);
      if (text.empty()) continue;
      const int32_t key = keys.Add(text);
      if (key < 0) continue;
      if (ordinals.size() < static_cast<size_t>(keys.size())) ordinals.resize(keys.size());
      const int64_t base_ns = timelines[t]->file.metadata.base_time_ns;
      by_key[{key, ordinals[key]++}].push_back({t, &op, base_ns + op.begin_ns, base_ns + op.end_ns});
    }
  }
  for (auto& [key, members] : by_key) {
    if (members.size() < 2) {
      ++matches.unmatched;
    } else {
      matches.collectives.push_back(std::move(members));
    }
  }
  return matches;
}

}  // namespace ringside::trace
