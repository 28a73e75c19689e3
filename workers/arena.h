// The tracked allocator of one rank: every byte a program holds is asked for here, by category, so that the
// high-water marks are exact and can be laid beside plan::PredictPeakMemory.
//
// Blocks are 64-byte aligned and rounded up as plan::AllocatedBytes does. They are cut best-fit from large
// mapped slabs and merged again when freed; slabs are never returned, so a step that repeats the last one
// maps nothing and faults no page. Contents are undefined. Under AddressSanitizer freed blocks are poisoned.
// With a MemorySource the slabs are its own, e.g. in the memory of a device.
// Not thread-safe: the walk of a program allocates and frees, nobody else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/memory_source.h"

namespace ringside::workers {

class Arena {
 public:
  // `limit_bytes` bounds the sum of live bytes; 0: no limit.
  // `source` outlives the arena; nullptr: the memory of this process.
  explicit Arena(int64_t limit_bytes, MemorySource* source = nullptr)
      : limit_bytes_(limit_bytes), source_(source) {}
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // RESOURCE_EXHAUSTED names rank, buffer, bytes and limit (or what the system said); nothing has changed
  // then.
  absl::StatusOr<std::byte*> Allocate(std::string_view name, plan::Category category, int64_t bytes);
  void Free(std::byte* block);

  int64_t live_bytes() const { return live_total_; }
  int64_t live_bytes(plan::Category category) const { return live_[static_cast<size_t>(category)]; }
  int64_t peak_bytes() const { return peak_total_; }  // high-water mark of the sum
  int64_t peak_bytes(plan::Category category) const { return peak_[static_cast<size_t>(category)]; }
  int64_t mapped_bytes() const { return mapped_bytes_; }  // what the slabs reserve

 private:
  struct Block {
    int64_t bytes;
    plan::Category category;
  };

  absl::Status Map(std::string_view name, int64_t bytes);
  void AddFree(std::byte* begin, int64_t bytes);
  void RemoveFree(std::map<std::byte*, int64_t>::iterator at);

  const int64_t limit_bytes_;
  MemorySource* const source_;
  std::vector<std::pair<std::byte*, int64_t>> slabs_;
  std::map<std::byte*, int64_t> free_by_address_;          // merged with its neighbours
  std::set<std::pair<int64_t, std::byte*>> free_by_size_;  // the same ranges
  absl::flat_hash_map<std::byte*, Block> blocks_;
  std::array<int64_t, plan::kNumCategories> live_{}, peak_{};
  int64_t live_total_ = 0, peak_total_ = 0, mapped_bytes_ = 0;
};

}  // namespace ringside::workers
