// Every collective by every algorithm over threads: exact values of every type, exact bytes, any
// interleaving.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "plan/collective/testing/formulas.h"
#include "workers/testing/run_collective.h"
#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

struct Ran {
  CommRecord record;
  TransportCounters counters;
};

std::vector<Ran> RunOnThreads(const CollectiveCase& of, plan::DType dtype, int64_t count, int size, bool max,
                              uint64_t seed, bool background = true) {
  ThreadNetwork network(size, seed);
  std::vector<Ran> ran(size);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      const auto program = CollectiveProgram(of.kind, of.algorithm, dtype, count, rank, size, max);
      const auto transport = network.Endpoint(rank);
      ran[rank].record = RunExactly(program, transport.get(), background);
      ran[rank].counters = transport->counters();
    });
  }
  for (auto& thread : threads) thread.join();
  return ran;
}

TEST(CollectivesTest, ExactForEveryTypeAndGroup) {
  for (const CollectiveCase& of : AllCollectives()) {
    for (const plan::DType dtype : kAllTypes) {
      for (const int size : {1, 2, 3, 4, 5, 8}) RunOnThreads(of, dtype, 60 * size, size, false, 0);
    }
  }
}

TEST(CollectivesTest, UnevenChunksAndTheMaximum) {
  for (const CollectiveCase& of : AllCollectives()) {
    if (of.kind == plan::OpKind::kAllToAll) continue;  // its chunks are equal
    for (const int64_t count : {1, 2, 7, 1001}) {
      for (const int size : {2, 3, 6}) {
        RunOnThreads(of, plan::DType::kF32, count, size, false, 0);
        RunOnThreads(of, plan::DType::kBf16, count, size, true, 0);
      }
    }
  }
}

TEST(CollectivesTest, SegmentsOfALongBuffer) {
  for (const CollectiveCase& of : AllCollectives()) {
    RunOnThreads(of, plan::DType::kF32, 3 * (plan::kSegmentElems + 5), 3, false, 0);
  }
}

TEST(CollectivesTest, AnyOrderOfCompletion) {
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    for (const CollectiveCase& of : AllCollectives()) {
      const int size = 2 + static_cast<int>(seed % 4);
      RunOnThreads(of, plan::DType::kF64, size * (1 + static_cast<int64_t>(seed * 37 % 200)), size, false,
                   seed,
                   /*background=*/seed % 2 == 0);
    }
  }
}

// Two segments in flight at once, in any order.
TEST(CollectivesTest, AnyOrderOfCompletionInSegments) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    for (const CollectiveCase& of : AllCollectives()) {
      RunOnThreads(of, plan::DType::kF32, 3 * (plan::kSegmentElems + 7), 3, false, seed);
    }
  }
}

// What docs/collectives.md says four members send is what the records of four running members say.
TEST(CollectivesTest, FourMembersSendWhatTheDocumentSays) {
  constexpr int kMembers = 4;
  for (const plan::Formula& formula : plan::Formulas()) {
    const int64_t count = 16 * kMembers;
    const auto ran =
        RunOnThreads({formula.kind, formula.algorithm}, plan::DType::kF32, count, kMembers, false, 0);
    for (int i = 0; i < kMembers; ++i) {
      const double bytes = 4 * formula.sent(kMembers, i, static_cast<double>(count));
      EXPECT_EQ(static_cast<double>(ran[i].record.sent_bytes), bytes)
          << plan::Name(formula.kind) << " " << plan::Name(formula.algorithm) << " member " << i;
      EXPECT_EQ(static_cast<double>(ran[i].counters.sent_bytes), bytes);
    }
  }
}

}  // namespace
}  // namespace ringside::workers
