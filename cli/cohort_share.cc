#include "cli/cohort_share.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "fmt/format.h"

namespace ringside::cli {
namespace {

constexpr int kMaxShards = 10'000;

bool Read(const std::string& shard, const std::string& shards, Share* share) {
  return absl::SimpleAtoi(shard, &share->shard) && absl::SimpleAtoi(shards, &share->shards) &&
         share->shard >= 0 && share->shard < share->shards && share->shards <= kMaxShards;
}

}  // namespace

absl::StatusOr<Share> ShareOf(const std::string& text,
                              const std::function<const char*(const char*)>& environment) {
  Share share;
  if (!text.empty()) {
    const size_t slash = text.find('/');
    if (slash != std::string::npos && Read(text.substr(0, slash), text.substr(slash + 1), &share))
      return share;
    return absl::InvalidArgumentError(
        fmt::format("--shard: expected I/N with 0 <= I < N <= {}, got \"{}\"", kMaxShards, text));
  }
  // Open MPI, PMIx launchers in general, Slurm.
  for (const auto& [rank, size] :
       {std::pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), std::pair("PMI_RANK", "PMI_SIZE"),
        std::pair("SLURM_PROCID", "SLURM_NTASKS")}) {
    const char *shard = environment(rank), *shards = environment(size);
    if (shard != nullptr && shards != nullptr && Read(shard, shards, &share)) return share;
  }
  return Share();
}

}  // namespace ringside::cli
