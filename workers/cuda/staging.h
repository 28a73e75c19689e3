// Pinned memory that copies to the device are made from, so that their source may be reused at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "workers/kernels/cuda/context.h"

namespace ringside::workers::cuda {

class Staging {
 public:
  explicit Staging(kernels::cuda::Context& context) : context_(context) {}
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // `bytes` that stay until Reset; nullptr after an error, which goes to the context.
  std::byte* Take(int64_t bytes);
  // REQUIRES: what was copied from has ended. Memory is kept for the next step.
  void Reset();

 private:
  struct Block {
    std::byte* begin;
    int64_t bytes, used;
  };

  kernels::cuda::Context& context_;
  std::vector<Block> blocks_;
};

}  // namespace ringside::workers::cuda
