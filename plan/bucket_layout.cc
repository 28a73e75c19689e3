#include "plan/bucket_layout.h"

namespace ringside::plan {

bool ShardsOptimizer(const Resolved& resolved) {
  return resolved.scenario.plan().zero() >= 1 && resolved.dp > 1;
}

std::vector<Bucket> BucketsOf(const Resolved& resolved, int dp_rank, const std::vector<int64_t>& elems,
                              int apart) {
  const auto bucket_bytes = static_cast<int64_t>(resolved.scenario.plan().bucket_mib() * 1024 * 1024);
  std::vector<Bucket> buckets;
  int64_t offset = 0;
  for (int i = 0; i < static_cast<int>(elems.size()); ++i) {
    const bool full = !buckets.empty() && buckets.back().elems * SizeOf(resolved.real) >= bucket_bytes;
    const bool alone = apart >= 0 && (i == apart || i == apart + 1);
    if (buckets.empty() || full || alone) buckets.push_back({offset, 0, i, 0, {}});
    buckets.back().elems += elems[i];
    ++buckets.back().num_params;
    offset += elems[i];
  }
  for (Bucket& bucket : buckets) {
    bucket.owned =
        ShardsOptimizer(resolved) ? ChunkOf(bucket.elems, resolved.dp, dp_rank) : Chunk{0, bucket.elems};
    bucket.owned.offset += bucket.offset;
  }
  return buckets;
}

}  // namespace ringside::plan
