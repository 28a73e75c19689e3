// What nccl-tests printed (all_reduce_perf, all_gather_perf, reduce_scatter_perf, alltoall_perf), as it ends
// up in log files: with or without mpirun's or srun's prefixes, between messages of the library, of any
// version so far.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/gpu/collective_law.h"

namespace ringside::sim {

struct NcclRow {
  double bytes = 0;    // nccl-tests' "size": of the whole buffer, as in CollectiveSeconds
  double seconds = 0;  // out of place; in place where that was not measured
  int line = 0;        // of the file, from 1
};

// One table.
struct NcclTable {
  gpu::Collective operation = gpu::Collective::kAllReduce;
  int ranks = 0;
  int nodes = 0;
  std::string file;
  std::vector<NcclRow> rows;
};

struct NcclLog {
  std::vector<NcclTable> tables;
  int skipped_lines = 0;      // neither part of a table nor a comment of nccl-tests
  std::string first_skipped;  // "FILE:LINE: text" of the first of them
  int empty_rows = 0;         // of size 0, which nccl-tests prints where a buffer is too small to be split
};

// What a log does not say. Empty and 0: it must say so itself.
struct NcclHints {
  std::string operation;  // all_reduce, all_gather, reduce_scatter or alltoall
  int ranks = 0;
  int ranks_per_node = 0;
};

// The operation is the one that the log names, or follows from the ratio of bus to algorithm bandwidth, which
// is 2 (n - 1) / n for an all-reduce and (n - 1) / n otherwise, and from whether anything is summed.
// INVALID_ARGUMENT, "FILE:LINE: ..." wherever a line is to blame: rows that are torn or do not agree with
// themselves (algbw is size / time), wrong results, ranks that do not know of each other, an operation or
// number of ranks that cannot be told and is not hinted at, one rank only, no table. Files up to 64 MiB.
absl::StatusOr<NcclLog> ParseNcclLog(std::string_view text, const std::string& file, const NcclHints& hints);

const char* NameOf(gpu::Collective operation);  // "all_reduce", as the catalogue calls it

}  // namespace ringside::sim
