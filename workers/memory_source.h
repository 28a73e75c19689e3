// Where an Arena's slabs come from, where that is not the process's own memory: a device's memory, say.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"

namespace ringside::workers {

class MemorySource {
 public:
  virtual ~MemorySource() = default;
  // `bytes`, aligned to 256; their addresses need not mean anything to the host. RESOURCE_EXHAUSTED: there
  // are none.
  virtual absl::StatusOr<std::byte*> Map(int64_t bytes) = 0;
  virtual void Unmap(std::byte* begin, int64_t bytes) = 0;
};

}  // namespace ringside::workers
