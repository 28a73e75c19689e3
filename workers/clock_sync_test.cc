#include "workers/clock_sync.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

// One true time for all ranks that moves with every reading; each rank's clock is off and drifts.
class SkewedClock : public Clock {
 public:
  SkewedClock(std::atomic<int64_t>* truth, int64_t offset_ns, int64_t drift_ppm)
      : truth_(truth), offset_ns_(offset_ns), drift_ppm_(drift_ppm) {}
  int64_t NowNs() const override { return Reads(truth_->fetch_add(100)); }
  int64_t Reads(int64_t truth_ns) const { return truth_ns + truth_ns / 1'000'000 * drift_ppm_ + offset_ns_; }

 private:
  std::atomic<int64_t>* const truth_;
  const int64_t offset_ns_;
  const int64_t drift_ppm_;
};

constexpr int64_t kRunNs = 20'000'000'000;

// All ranks measure before and after a run; the alignments by rank.
std::vector<ClockAlignment> Align(std::atomic<int64_t>* truth, const std::vector<SkewedClock>& clocks,
                                  int64_t origin_ns, uint64_t seed) {
  const int size = static_cast<int>(clocks.size());
  ThreadNetwork network(size, seed);
  std::vector<std::unique_ptr<Transport>> transports;
  for (int rank = 0; rank < size; ++rank) transports.push_back(network.Endpoint(rank));
  std::vector<ClockSample> before(size), after(size);
  const std::atomic<bool> stop{false};
  const auto measure = [&](std::vector<ClockSample>* samples) {
    std::vector<std::thread> threads;
    for (int rank = 0; rank < size; ++rank) {
      threads.emplace_back([&, rank] {
        const auto sample = MeasureClock(*transports[rank], clocks[rank], stop);
        ASSERT_TRUE(sample.ok()) << sample.status();
        (*samples)[rank] = *sample;
      });
    }
    for (auto& thread : threads) thread.join();
  };
  measure(&before);
  *truth += kRunNs;
  measure(&after);
  std::vector<ClockAlignment> out;
  for (int rank = 0; rank < size; ++rank) out.emplace_back(before[rank], after[rank], origin_ns);
  return out;
}

TEST(ClockSyncTest, SkewAndDriftAreTakenOut) {
  for (uint64_t seed : {0, 1, 2}) {
    std::atomic<int64_t> truth{0};
    const std::vector<SkewedClock> clocks = {
        {&truth, 0, 0}, {&truth, 5'000'000'000, 40}, {&truth, -7'123'456'789, -25}, {&truth, 17, 0}};
    const int64_t origin_ns = 123;
    const auto alignments = Align(&truth, clocks, origin_ns, seed);
    for (size_t rank = 0; rank < clocks.size(); ++rank) {
      for (int64_t at : {kRunNs / 10, kRunNs / 2, kRunNs}) {
        const int64_t error =
            alignments[rank].ToJobNs(clocks[rank].Reads(at)) - (clocks[0].Reads(at) - origin_ns);
        // Half a round trip at either end, and what the steps of the drift round.
        EXPECT_LE(std::abs(error), alignments[rank].residual_ns() + 100) << "rank " << rank;
      }
    }
    EXPECT_EQ(alignments[0].residual_ns(), 0);
    EXPECT_GT(alignments[1].residual_ns(), 0);
  }
}

TEST(ClockSyncTest, EveryRankHearsRank0) {
  ThreadNetwork network(3);
  const std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int rank = 0; rank < 3; ++rank) {
    threads.emplace_back([&, rank] {
      const auto transport = network.Endpoint(rank);
      EXPECT_EQ(*BroadcastFromRank0(*transport, rank == 0 ? 4711 : -1, stop), 4711);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(ClockSyncTest, StopEndsIt) {
  ThreadNetwork network(2);
  const auto transport = network.Endpoint(1);
  const std::atomic<bool> stop{true};
  EXPECT_EQ(MeasureClock(*transport, SteadyClock(), stop).status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace ringside::workers
