// The event simulator against SimGrid's SMPI: the same messages on the same network, flat and with two
// levels, alone and where flows share links. Skipped where there is no SimGrid. docs/measurements/oracles.md
// has the table.
#include "tests/smpi/smpi.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>

#include "plan/compile.h"
#include "plan/testing.h"
#include "tests/oracles/machine_runs.h"

namespace ringside::smpi {
namespace {

using oracles::CollectiveOp;
using plan::Algorithm;
using plan::OpKind;
using plan::Stream;

constexpr double kSoftwareLatencyUs = 2;
constexpr double kTolerance = 1e-3;

class SmpiTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fmt::format("{}/ringside-smpi-{}", std::filesystem::temp_directory_path().string(), getpid());
    std::filesystem::create_directories(folder_);
    smpi_ = new absl::StatusOr<Smpi>(Smpi::Create(folder_));
  }
  static void TearDownTestSuite() {
    delete smpi_;
    std::filesystem::remove_all(folder_);
  }
  void SetUp() override {
    if (absl::IsNotFound(smpi_->status())) GTEST_SKIP() << smpi_->status().message();
    ASSERT_TRUE(smpi_->ok()) << smpi_->status();
  }

  static double OursUs(const std::vector<plan::Program>& programs, const v1::ClusterSpec& cluster,
                       const std::vector<v1::Fault>& faults) {
    const auto timeline = oracles::Execute(programs, oracles::GivenCosts({1e3 * kSoftwareLatencyUs, 0, 0}),
                                           *sim::MakeTopology(programs, cluster, faults, 1, false));
    EXPECT_TRUE(timeline.ok()) << timeline.status();
    return timeline.ok() ? 1e-3 * static_cast<double>(timeline->end_ns) : NAN;
  }
  static double SmpiUs(const std::vector<plan::Program>& programs, const v1::ClusterSpec& cluster,
                       const std::vector<v1::Fault>& faults) {
    const auto seconds = (*smpi_)->Replay(PlatformXml(programs, cluster, faults, kSoftwareLatencyUs),
                                          RoundsText(programs), static_cast<int>(programs.size()));
    EXPECT_TRUE(seconds.ok()) << seconds.status();
    return seconds.ok() ? 1e6 * *seconds : NAN;
  }

  // A line for the table. What differs is rounding: ours is in whole nanoseconds.
  static void ExpectClose(const std::string& what, double ours_us, double smpi_us) {
    const double off = ours_us / smpi_us - 1;
    std::printf("| %s | %.3f | %.3f | %+.4f %% |\n", what.c_str(), ours_us, smpi_us, 100 * off);
    EXPECT_LT(std::abs(off), kTolerance) << what;
  }
  static void ExpectTheSame(const std::string& what, const std::vector<plan::Program>& programs,
                            const v1::ClusterSpec& cluster, const std::vector<v1::Fault>& faults = {}) {
    ExpectClose(what, OursUs(programs, cluster, faults), SmpiUs(programs, cluster, faults));
  }

  static inline std::string folder_;
  static inline absl::StatusOr<Smpi>* smpi_ = nullptr;
};

v1::ClusterSpec ClusterOf(double inter_gbps, double inter_us, double intra_gbps = 0, double intra_us = 0) {
  v1::ClusterSpec cluster;
  cluster.mutable_links()->mutable_inter_node()->set_gbps(inter_gbps);
  cluster.mutable_links()->mutable_inter_node()->set_latency_us(inter_us);
  cluster.mutable_links()->mutable_intra_node()->set_gbps(intra_gbps);
  cluster.mutable_links()->mutable_intra_node()->set_latency_us(intra_us);
  return cluster;
}

struct Kind {
  OpKind kind;
  Algorithm algorithm;
};
constexpr Kind kKinds[] = {
    {OpKind::kAllReduce, Algorithm::kRing},         {OpKind::kAllReduce, Algorithm::kRecursiveDoubling},
    {OpKind::kAllReduce, Algorithm::kRabenseifner}, {OpKind::kAllReduce, Algorithm::kTree},
    {OpKind::kReduceScatter, Algorithm::kRing},     {OpKind::kAllGather, Algorithm::kRing},
    {OpKind::kAllToAll, Algorithm::kRing},          {OpKind::kRotate, Algorithm::kRing},
};

std::string NameOf(const Kind& of) {
  return of.kind == OpKind::kAllReduce ? fmt::format("{} {}", Name(of.kind), Name(of.algorithm))
                                       : std::string(Name(of.kind));
}

std::vector<plan::Program> ProgramsOf(int ranks, int ranks_per_node, const Kind& of, int64_t elems) {
  auto programs = oracles::EmptyPrograms(ranks, ranks_per_node);
  for (plan::Program& program : programs) program.ops = {CollectiveOp(of.kind, elems, of.algorithm)};
  return programs;
}

TEST_F(SmpiTest, FlatNetwork) {
  const v1::ClusterSpec cluster = ClusterOf(10, 20);
  for (const Kind& kind : kKinds) {
    for (const int p : {3, 8, 16}) {
      for (const int64_t elems : {1000 * p, 100000 * p}) {
        ExpectTheSame(fmt::format("flat, {} ranks | {} of {} B", p, NameOf(kind), 4 * elems),
                      ProgramsOf(p, 1, kind, elems), cluster);
      }
    }
  }
}

TEST_F(SmpiTest, TwoNodesWithASharedLink) {
  const v1::ClusterSpec cluster = ClusterOf(10, 20, 100, 3);
  for (const Kind& kind : kKinds) {
    for (const int64_t elems : {8000, 800000}) {
      ExpectTheSame(fmt::format("2 nodes x 4 ranks | {} of {} B", NameOf(kind), 4 * elems),
                    ProgramsOf(8, 4, kind, elems), cluster);
    }
  }
}

// The algorithms as others wrote them: SMPI has those of MPICH and Open MPI. Theirs carry envelopes, ours do
// not.
TEST_F(SmpiTest, CollectivesOfMpich) {
  const v1::ClusterSpec cluster = ClusterOf(10, 20);
  struct Other {
    Kind ours;
    const char* algorithm;  // SMPI's name
  };
  for (const auto& [kind, algorithm] : {
           Other{{OpKind::kAllReduce, Algorithm::kRing}, "allreduce:lr"},
           Other{{OpKind::kAllReduce, Algorithm::kRecursiveDoubling}, "allreduce:rdb"},
           Other{{OpKind::kAllReduce, Algorithm::kRabenseifner}, "allreduce:rab_rdb"},
           Other{{OpKind::kReduceScatter, Algorithm::kRing}, "reduce_scatter:ompi_ring"},
           Other{{OpKind::kAllGather, Algorithm::kRing}, "allgather:ring"},
           Other{{OpKind::kAllToAll, Algorithm::kRing}, "alltoall:ring"},
       }) {
    for (const int p : {2, 5, 8, 12}) {
      const int64_t elems = 9000 * p;
      const auto programs = ProgramsOf(p, 1, kind, elems);
      const auto seconds = (*smpi_)->Collective(PlatformXml(programs, cluster, {}, kSoftwareLatencyUs),
                                                std::string(Name(kind.kind)), algorithm, elems, p);
      ASSERT_TRUE(seconds.ok()) << seconds.status();
      ExpectClose(
          fmt::format("flat, {} ranks, SMPI's own {} | {} of {} B", p, algorithm, NameOf(kind), 4 * elems),
          OursUs(programs, cluster, {}), 1e6 * *seconds);
    }
  }
}

// Random collectives of random groups, on six streams at once, between nodes of which one has a slow link.
std::vector<plan::Program> RandomPrograms(std::mt19937_64& rng, int ranks, int ranks_per_node) {
  const auto draw = [&rng](int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng); };
  auto programs = oracles::EmptyPrograms(ranks, ranks_per_node);
  for (plan::Program& program : programs) program.groups.clear();
  for (const Stream stream :
       {Stream::kTp, Stream::kDp, Stream::kGather, Stream::kCp, Stream::kEp, Stream::kEmbedding}) {
    for (int repeat = 0; repeat < 3; ++repeat) {
      std::vector<int32_t> order(ranks);
      for (int r = 0; r < ranks; ++r) order[r] = r;
      std::shuffle(order.begin(), order.end(), rng);
      for (int begin = 0; begin < ranks;) {
        const int size = std::min(draw(1, 5), ranks - begin);
        const std::vector<int32_t> members(order.begin() + begin, order.begin() + begin + size);
        begin += size;
        if (size < 2) continue;
        const Kind kind = kKinds[draw(0, 7)];
        const int64_t elems = int64_t{size} * (1 << draw(4, 16));
        for (const int32_t r : members) {
          programs[r].ops.push_back(CollectiveOp(kind.kind, elems, kind.algorithm,
                                                 static_cast<int>(programs[r].groups.size()), stream));
          programs[r].groups.push_back({"any", members});
        }
      }
    }
  }
  return programs;
}

TEST_F(SmpiTest, RandomGroupsOnManyStreams) {
  std::mt19937_64 rng(7);
  for (int trial = 0; trial < 12; ++trial) {
    const int ranks_per_node = trial % 4 + 1, nodes = trial % 3 + 3, slow_node = trial % nodes;
    const auto programs = RandomPrograms(rng, nodes * ranks_per_node, ranks_per_node);
    v1::Fault slow;
    slow.mutable_slow_link()->set_node(slow_node);
    slow.mutable_slow_link()->set_gbps(3);
    ExpectTheSame(fmt::format("{} nodes x {} ranks, one slow | 6 streams, random", nodes, ranks_per_node),
                  programs, ClusterOf(10, 20, 40, 3), {slow});
  }
}

// All communication of a step of training, without what it waits for: every stream goes as fast as it can.
TEST_F(SmpiTest, CommunicationOfCompiledPlans) {
  for (const plan::Layout& layout : {
           plan::Layout{.dp = 2, .tp = 2, .pp = 2, .micro_batches = 4, .overlap = true, .zero = 1},
           plan::Layout{.dp = 4, .tp = 2, .micro_batches = 2, .bucket_mib = 0.05, .zero = 3},
           plan::Layout{.tp = 2, .pp = 4, .micro_batches = 4, .sequence_parallel = true},
           plan::Layout{.dp = 2, .micro_batches = 2, .zero = 2, .cp = 4},
       }) {
    v1::Scenario scenario = plan::ScenarioOf(layout);
    scenario.mutable_cluster()->set_nodes(2);
    auto programs = plan::Compile(scenario);
    ASSERT_TRUE(programs.ok()) << programs.status();
    for (plan::Program& program : *programs) {
      std::erase_if(program.ops, [](const plan::Op& op) { return !plan::IsCommunication(op.kind); });
      for (plan::Op& op : program.ops) op.deps.clear();
    }
    ExpectTheSame(fmt::format("2 nodes x 4 ranks | a step of dp{} tp{} pp{} cp{}, zero {}", layout.dp,
                              layout.tp, layout.pp, layout.cp, layout.zero),
                  *programs, ClusterOf(1, 20, 20, 3));
  }
}

// The comparison must be able to fail.
TEST_F(SmpiTest, SeesALinkThatIsOnePercentOff) {
  const auto programs = ProgramsOf(8, 4, kKinds[0], 800000);
  const double ours_us = OursUs(programs, ClusterOf(10, 20, 100, 3), {});
  EXPECT_GT(std::abs(ours_us / SmpiUs(programs, ClusterOf(9.9, 20, 100, 3), {}) - 1), 5 * kTolerance);
}

}  // namespace
}  // namespace ringside::smpi
