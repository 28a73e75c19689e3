// Gradient buckets: runs of whole tensors of the flat buffers that are reduced together, each of at least
// plan.bucket_mib (the last may be shorter). With ZeRO (Rajbhandari et al. 2020) every replica owns the chunk
// of each bucket that a reduce-scatter leaves with it: of that alone it holds the optimizer states.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/collective.h"
#include "plan/compile.h"

namespace ringside::plan {

struct Bucket {
  int64_t offset = 0;  // elements, in the flat buffers
  int64_t elems = 0;
  int first_param = 0;  // index into Program::params
  int num_params = 0;
  Chunk owned;  // in the flat buffers; the whole bucket where nothing is sharded
};

// Are optimizer states split over the replicas?
bool ShardsOptimizer(const Resolved& resolved);

// `elems` of the rank's tensors in the order of the flat buffers. `apart`: the tensor that has a bucket of
// its own, -1: none. The tied embedding needs one where two stages sum its gradient after it was scattered:
// on both of them the chunks must be the same.
std::vector<Bucket> BucketsOf(const Resolved& resolved, int dp_rank, const std::vector<int64_t>& elems,
                              int apart);

}  // namespace ringside::plan
