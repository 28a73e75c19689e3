#include "workers/arena.h"

#include <fmt/format.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/check.h"
#include "base/status_macros.h"

namespace ringside::workers {
namespace {

// Mapped at once, touched only where used.
constexpr int64_t kSlabBytes = int64_t{256} << 20;

int64_t RoundUp(int64_t bytes, int64_t to) {
  return (bytes + to - 1) / to * to;
}

// Only this process's memory is the sanitizer's business.
void Poison(const MemorySource* source, const std::byte* begin, int64_t bytes) {
  if (source == nullptr) ASAN_POISON_MEMORY_REGION(begin, bytes);
}

void Unpoison(const MemorySource* source, const std::byte* begin, int64_t bytes) {
  if (source == nullptr) ASAN_UNPOISON_MEMORY_REGION(begin, bytes);
}

absl::StatusOr<std::byte*> MapOwn(int64_t bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return absl::ResourceExhaustedError(std::strerror(errno));
  madvise(at, bytes, MADV_HUGEPAGE);  // fewer page faults and TLB misses; not everywhere, and not needed
  return static_cast<std::byte*>(at);
}

}  // namespace

Arena::~Arena() {
  for (const auto& [begin, bytes] : slabs_) {
    if (source_ != nullptr) {
      source_->Unmap(begin, bytes);
      continue;
    }
    ASAN_UNPOISON_MEMORY_REGION(begin, bytes);
    munmap(begin, bytes);
  }
}

absl::Status Arena::Map(std::string_view name, int64_t bytes) {
  constexpr int64_t kHugePage = int64_t{2} << 20;
  const int64_t slab = std::max(kSlabBytes, RoundUp(bytes, kHugePage));
  const absl::StatusOr<std::byte*> mapped = source_ != nullptr ? source_->Map(slab) : MapOwn(slab);
  if (!mapped.ok()) {
    return absl::ResourceExhaustedError(fmt::format("the {} gives no memory for buffer \"{}\" ({} bytes): {}",
                                                    source_ != nullptr ? "device" : "system", name, bytes,
                                                    std::string(mapped.status().message())));
  }
  std::byte* begin = *mapped;
  slabs_.emplace_back(begin, slab);
  mapped_bytes_ += slab;
  Poison(source_, begin, slab);
  // Not merged with an adjacent slab: each is unmapped by itself.
  free_by_address_.emplace(begin, slab);
  free_by_size_.emplace(slab, begin);
  return absl::OkStatus();
}

void Arena::RemoveFree(std::map<std::byte*, int64_t>::iterator at) {
  free_by_size_.erase({at->second, at->first});
  free_by_address_.erase(at);
}

void Arena::AddFree(std::byte* begin, int64_t bytes) {
  const auto slab_of = [this](std::byte* at) {
    return std::find_if(slabs_.begin(), slabs_.end(),
                        [at](const auto& slab) { return at >= slab.first && at < slab.first + slab.second; });
  };
  const auto slab = slab_of(begin);
  auto next = free_by_address_.lower_bound(begin);
  if (next != free_by_address_.end() && next->first == begin + bytes && slab_of(next->first) == slab) {
    bytes += next->second;
    RemoveFree(next);
  }
  auto previous = free_by_address_.lower_bound(begin);
  if (previous != free_by_address_.begin()) {
    --previous;
    if (previous->first + previous->second == begin && slab_of(previous->first) == slab) {
      begin = previous->first;
      bytes += previous->second;
      RemoveFree(previous);
    }
  }
  free_by_address_.emplace(begin, bytes);
  free_by_size_.emplace(bytes, begin);
}

absl::StatusOr<std::byte*> Arena::Allocate(std::string_view name, plan::Category category, int64_t bytes) {
  RINGSIDE_CHECK(bytes > 0);
  const int64_t rounded = RoundUp(bytes, plan::kAllocationAlignment);
  if (limit_bytes_ > 0 && live_total_ + rounded > limit_bytes_) {
    return absl::ResourceExhaustedError(
        fmt::format("buffer \"{}\" ({}, {} bytes) does not fit: {} bytes are in use and the memory "
                    "limit is {} bytes; "
                    "use a smaller micro-batch or split the model further",
                    name, plan::Name(category), rounded, live_total_, limit_bytes_));
  }
  auto fit = free_by_size_.lower_bound({rounded, nullptr});
  if (fit == free_by_size_.end()) {
    RINGSIDE_RETURN_IF_ERROR(Map(name, rounded));
    fit = free_by_size_.lower_bound({rounded, nullptr});
  }
  std::byte* block = fit->second;
  const int64_t left = fit->first - rounded;
  RemoveFree(free_by_address_.find(block));
  if (left > 0) {
    free_by_address_.emplace(block + rounded, left);
    free_by_size_.emplace(left, block + rounded);
  }
  Unpoison(source_, block, bytes);
  blocks_.emplace(block, Block{rounded, category});
  const auto index = static_cast<size_t>(category);
  live_[index] += rounded;
  live_total_ += rounded;
  peak_[index] = std::max(peak_[index], live_[index]);
  peak_total_ = std::max(peak_total_, live_total_);
  return block;
}

void Arena::Free(std::byte* block) {
  const auto at = blocks_.find(block);
  RINGSIDE_CHECK(at != blocks_.end());
  const auto [bytes, category] = at->second;
  blocks_.erase(at);
  live_[static_cast<size_t>(category)] -= bytes;
  live_total_ -= bytes;
  Poison(source_, block, bytes);
  AddFree(block, bytes);
}

}  // namespace ringside::workers
