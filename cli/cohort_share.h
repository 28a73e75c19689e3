// Which share of a cohort this process grades.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace ringside::cli {

struct Share {
  int shard = 0, shards = 1;
  bool whole() const { return shards == 1; }
};

// `text` is "I/N" with 0 <= I < N <= 10,000; empty: the rank that mpirun or srun gave this process, by
// `environment` (a name's value, or null), else the whole.
absl::StatusOr<Share> ShareOf(const std::string& text,
                              const std::function<const char*(const char*)>& environment);

}  // namespace ringside::cli
