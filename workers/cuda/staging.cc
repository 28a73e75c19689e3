#include "workers/cuda/staging.h"

#include <algorithm>

namespace ringside::workers::cuda {
namespace {
constexpr int64_t kBlockBytes = int64_t{1} << 20;
}

Staging::~Staging() {
  for (const Block& block : blocks_) cudaFreeHost(block.begin);
}

std::byte* Staging::Take(int64_t bytes) {
  bytes = (bytes + 255) / 256 * 256;
  for (Block& block : blocks_) {
    if (block.bytes - block.used < bytes) continue;
    std::byte* at = block.begin + block.used;
    block.used += bytes;
    return at;
  }
  Block block{nullptr, std::max(bytes, kBlockBytes), bytes};
  const cudaError_t error =
      cudaHostAlloc(reinterpret_cast<void**>(&block.begin), block.bytes, cudaHostAllocDefault);
  context_.Check(error, "cudaHostAlloc of staging memory");
  if (error != cudaSuccess) return nullptr;
  blocks_.push_back(block);
  return block.begin;
}

void Staging::Reset() {
  for (Block& block : blocks_) block.used = 0;
}

}  // namespace ringside::workers::cuda
