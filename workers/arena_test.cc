#include "workers/arena.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace ringside::workers {
namespace {

using plan::Category;
using ::testing::HasSubstr;

std::byte* Get(Arena& arena, int64_t bytes, Category category = Category::kActivations) {
  auto block = arena.Allocate("x", category, bytes);
  EXPECT_TRUE(block.ok()) << block.status();
  return *block;
}

TEST(ArenaTest, CountsWhatThePlannerCounts) {
  Arena arena(0);
  std::byte* a = Get(arena, plan::SizeOf(plan::DType::kF32) * 3, Category::kWeights);
  EXPECT_EQ(arena.live_bytes(), plan::AllocatedBytes(plan::DType::kF32, 3));
  std::byte* b = Get(arena, 100);
  EXPECT_EQ(arena.live_bytes(Category::kWeights), 64);
  EXPECT_EQ(arena.live_bytes(Category::kActivations), 128);
  arena.Free(b);
  arena.Free(a);
  Get(arena, 64);
  EXPECT_EQ(arena.live_bytes(), 64);
  EXPECT_EQ(arena.peak_bytes(), 192);
  EXPECT_EQ(arena.peak_bytes(Category::kWeights), 64);
  EXPECT_EQ(arena.peak_bytes(Category::kActivations), 128);
}

TEST(ArenaTest, BlocksAreAlignedAndApart) {
  Arena arena(0);
  for (int64_t bytes : {1, 63, 64, 65, 1000}) {
    std::byte* block = Get(arena, bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u);
    std::memset(block, 1, bytes);
  }
}

TEST(ArenaTest, TheLimitIsExact) {
  Arena arena(256);
  Get(arena, 128);
  std::byte* rest = Get(arena, 128);
  const auto refused = arena.Allocate("logits mb 1", Category::kActivations, 1);
  ASSERT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  const std::string message(refused.status().message());
  for (const char* part : {"logits mb 1", "activations", "64 bytes", "256 bytes"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
  EXPECT_EQ(arena.peak_bytes(), 256);
  arena.Free(rest);
  Get(arena, 65);
}

TEST(ArenaTest, ARepeatedStepMapsNothingAndStaysInPlace) {
  Arena arena(0);
  std::vector<std::byte*> settled;  // in the first step slabs come one by one, from the second all are there
  int64_t mapped = 0;
  for (int step = 0; step < 4; ++step) {
    std::vector<std::byte*> blocks;
    for (int64_t mib : {100, 3, 200, 90, 300}) blocks.push_back(Get(arena, mib << 20));
    if (step == 0) mapped = arena.mapped_bytes();
    if (step == 1) settled = blocks;
    if (step > 1) {
      EXPECT_EQ(blocks, settled);
    }
    EXPECT_EQ(arena.mapped_bytes(), mapped);
    for (int i : {3, 0, 4, 2, 1}) arena.Free(blocks[i]);
    EXPECT_EQ(arena.live_bytes(), 0);
  }
}

TEST(ArenaTest, FreedNeighboursMerge) {
  Arena arena(0);
  std::byte* a = Get(arena, 100 << 20);
  std::byte* b = Get(arena, 100 << 20);
  std::byte* c = Get(arena, 56 << 20);
  const int64_t mapped = arena.mapped_bytes();
  arena.Free(a);
  arena.Free(c);
  arena.Free(b);
  EXPECT_EQ(Get(arena, 256 << 20), a);
  EXPECT_EQ(arena.mapped_bytes(), mapped);
}

TEST(ArenaTest, RandomUseKeepsContentsApart) {
  Arena arena(0);
  std::mt19937 random(7);
  struct Held {
    std::byte* block;
    int64_t bytes;
    int fill;
  };
  std::vector<Held> held;
  for (int i = 0; i < 2000; ++i) {
    if (held.size() > 40 || (!held.empty() && random() % 3 == 0)) {
      const size_t at = random() % held.size();
      for (int64_t b = 0; b < held[at].bytes; ++b)
        ASSERT_EQ(static_cast<int>(held[at].block[b]), held[at].fill);
      arena.Free(held[at].block);
      held.erase(held.begin() + at);
    }
    const int64_t bytes = 1 + random() % 5000;
    held.push_back({Get(arena, bytes), bytes, i % 256});
    std::memset(held.back().block, i % 256, bytes);
  }
  int64_t live = 0;
  for (const Held& h : held) live += (h.bytes + 63) / 64 * 64;
  EXPECT_EQ(arena.live_bytes(), live);
}

}  // namespace
}  // namespace ringside::workers
