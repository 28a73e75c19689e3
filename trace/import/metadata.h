// What a trace says of itself beside its events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::trace {

struct ProcessGroup {
  std::string name;
  std::string description;
  int size = 0;
};

struct TraceMetadata {
  bool has_distributed_info = false;
  std::optional<int> rank;
  std::optional<int> world_size;
  std::string backend;  // "nccl", "gloo"; empty: not said
  std::string nccl_version;
  std::vector<ProcessGroup> groups;
  std::vector<std::string> devices;  // names, by id
  int64_t base_time_ns = 0;          // of the events' times, since 1970; 0 where they are absolute themselves
};

// Is this member of the top-level object one that ReadMember knows?
bool IsMetadata(std::string_view key);
// False: `value` is no JSON, or not of the kind that `key` has; what can be read of it is.
bool ReadMember(std::string_view key, std::string_view value, TraceMetadata* metadata);

// From names as profilers give them: "worker3_step_12...", "rank-3.json", "trace_8_rank_1.json.gz". The last
// such number of the file's name.
std::optional<int> RankInFileName(std::string_view path);

}  // namespace ringside::trace
