// Properties that any simulator of a machine must have, over seeded random scenarios, and the one it cannot
// have: where ranks share cores or links, something that gets faster can make a step slower, and a straggler
// a step faster. Graham, "Bounds on Multiprocessing Timing Anomalies" (1969), has this of schedulers; here it
// comes from fair sharing, and it is in real machines as well. docs/measurements/oracles.md has how often and
// how much.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "tests/oracles/machine_runs.h"
#include "tests/oracles/random_scenario.h"

namespace ringside::oracles {
namespace {

int Trials() {
  const char* trials = std::getenv("RINGSIDE_PROPERTY_TRIALS");
  return trials != nullptr ? std::atoi(trials) : 16;
}

double StepNs(const RandomScenario& of) {
  const auto request = RequestOf(of);
  EXPECT_TRUE(request.ok()) << request.status();
  if (!request.ok()) return NAN;
  const auto timeline = sim::SimulateTimes(*request);
  EXPECT_TRUE(timeline.ok()) << timeline.status();
  return timeline.ok() ? static_cast<double>(timeline->end_ns) : NAN;
}

std::string Text(const RandomScenario& of) {
  return of.scenario.ShortDebugString();
}

TEST(Properties, EqualScenariosGiveEqualTraces) {
  Rng rng(1);
  for (int trial = 0; trial < Trials() / 4; ++trial) {
    const RandomScenario scenario = DrawScenario(rng);
    std::string bytes[2];
    for (std::string& of : bytes) {
      const auto trace = sim::Simulate(*RequestOf(scenario, 2));
      ASSERT_TRUE(trace.ok()) << trace.status();
      of = trace->SerializeAsString();
    }
    EXPECT_TRUE(bytes[0] == bytes[1]) << Text(scenario);
  }
}

TEST(Properties, TwiceTheRatesAreHalfTheTime) {
  Rng rng(2);
  for (int trial = 0; trial < Trials(); ++trial) {
    RandomScenario slow = DrawScenario(rng);
    // Long enough that whole nanoseconds do not count.
    SlowDown(1000, &slow.profile, slow.scenario.mutable_cluster());
    RandomScenario fast = slow;
    SlowDown(0.5, &fast.profile, fast.scenario.mutable_cluster());
    EXPECT_NEAR(StepNs(fast) / StepNs(slow), 0.5, 1e-5) << Text(slow);
  }
}

// -- what gets faster or slower, by a random factor

struct Change {
  const char* name;
  bool slower;
  std::function<void(double factor, Rng&, RandomScenario*)> apply;
};

const std::vector<Change>& Changes() {
  static const auto* const kChanges = new std::vector<Change>{
      {"a link's rate", false,
       [](double factor, Rng& rng, RandomScenario* of) {
         v1::Links* links = of->scenario.mutable_cluster()->mutable_links();
         v1::Link* link = Draw(rng, 0, 1) == 0 ? links->mutable_inter_node() : links->mutable_intra_node();
         if (link->has_gbps()) link->set_gbps(link->gbps() * factor);
       }},
      {"a link's latency", false,
       [](double factor, Rng& rng, RandomScenario* of) {
         v1::Links* links = of->scenario.mutable_cluster()->mutable_links();
         v1::Link* link = Draw(rng, 0, 1) == 0 ? links->mutable_inter_node() : links->mutable_intra_node();
         link->set_latency_us(link->latency_us() / factor);
       }},
      {"messages", false,
       [](double factor, Rng& rng, RandomScenario* of) {
         v1::LinkLaw* law = of->profile.mutable_links(Draw(rng, 0, of->profile.links_size() - 1));
         law->set_alpha_ns(law->alpha_ns() / factor);
         law->set_beta_ns_per_byte(law->beta_ns_per_byte() / factor);
       }},
      {"kernels", false,
       [](double factor, Rng& rng, RandomScenario* of) {
         v1::KernelLaw* law = of->profile.mutable_kernels(Draw(rng, 0, of->profile.kernels_size() - 1));
         law->set_overhead_ns(law->overhead_ns() / factor);
         law->set_ns_per_byte(law->ns_per_byte() / factor);
         law->set_ns_per_flop(law->ns_per_flop() / factor);
       }},
      {"a straggler", true,
       [](double factor, Rng& rng, RandomScenario* of) {
         const v1::ParallelPlan& plan = of->scenario.plan();
         v1::Straggler* straggler = of->scenario.add_faults()->mutable_straggler();
         straggler->set_rank(Draw(rng, 0, plan.dp() * plan.tp() * plan.pp() * plan.cp() - 1));
         straggler->set_factor(factor);
       }},
      {"a slow link", true,
       [](double factor, Rng& rng, RandomScenario* of) {
         const v1::ClusterSpec& cluster = of->scenario.cluster();
         if (cluster.nodes() < 2 || !cluster.links().inter_node().has_gbps()) return;
         v1::SlowLink* slow = of->scenario.add_faults()->mutable_slow_link();
         slow->set_node(Draw(rng, 0, cluster.nodes() - 1));
         slow->set_gbps(cluster.links().inter_node().gbps() / factor);
       }},
  };
  return *kChanges;
}

// How much the step changes the wrong way; 0 or less: not at all.
double WrongWay(double before_ns, double after_ns, const Change& change) {
  return change.slower ? before_ns / after_ns - 1 : after_ns / before_ns - 1;
}

// Where nobody shares anything, the end of every op is a maximum of sums of costs: no cost that falls can
// raise it.
TEST(Properties, AloneNothingGetsSlowerFromSomethingFaster) {
  Rng rng(3);
  for (int trial = 0; trial < Trials(); ++trial) {
    const RandomScenario before = Alone(DrawScenario(rng));
    const double before_ns = StepNs(before);
    for (const Change& change : Changes()) {
      RandomScenario after = before;
      change.apply(DrawLog(rng, 1.05, 4), rng, &after);
      EXPECT_LE(WrongWay(before_ns, StepNs(after), change), 0) << change.name << ": " << Text(after);
    }
  }
}

TEST(Properties, SharingNeverMakesAStepFaster) {
  Rng rng(4);
  for (int trial = 0; trial < Trials(); ++trial) {
    const RandomScenario shared = DrawScenario(rng);
    EXPECT_GE(StepNs(shared), StepNs(Alone(shared))) << Text(shared);
  }
}

// Elsewhere it happens; the bounds are what was seen in thousands of scenarios, rounded up, not a theorem.
TEST(Properties, SharingHasAnomaliesThatAreRareAndSmall) {
  Rng rng(5);
  std::vector<int> seen(Changes().size()), large(Changes().size());
  std::vector<double> largest(Changes().size());
  for (int trial = 0; trial < Trials(); ++trial) {
    const RandomScenario before = DrawScenario(rng);
    const double before_ns = StepNs(before);
    for (size_t i = 0; i < Changes().size(); ++i) {
      RandomScenario after = before;
      Changes()[i].apply(DrawLog(rng, 1.05, 4), rng, &after);
      const double wrong = WrongWay(before_ns, StepNs(after), Changes()[i]);
      EXPECT_LT(wrong, Changes()[i].slower ? 0.25 : 0.10) << Changes()[i].name << ": " << Text(after);
      seen[i] += wrong > 0, large[i] += wrong > 0.01;
      largest[i] = std::max(largest[i], wrong);
    }
  }
  for (size_t i = 0; i < Changes().size(); ++i) {
    std::printf("| %s | %d | %d | %d | %.2f %% |\n", Changes()[i].name, Trials(), seen[i], large[i],
                100 * largest[i]);
    EXPECT_LE(seen[i], 3 + Trials() * (Changes()[i].slower ? 0.15 : 0.03)) << Changes()[i].name;
  }
}

// -- the smallest examples

plan::Op ComputeOp(double ns, std::initializer_list<int32_t> deps = {}) {
  plan::Op op;
  op.kind = plan::OpKind::kFill;
  op.scalars = {ns};
  op.deps = deps;
  return op;
}
plan::Op MessageOp(plan::OpKind kind, plan::Stream stream, int64_t elems, int peer,
                   std::initializer_list<int32_t> deps = {}) {
  plan::Op op;
  op.kind = kind;
  op.stream = stream;
  op.dims = {elems};
  op.peer = peer;
  op.deps = deps;
  return op;
}

int64_t EndNs(const std::vector<plan::Program>& programs, const std::vector<v1::Fault>& faults,
              const sim::CostModel& costs = GivenCosts({})) {
  v1::ClusterSpec cluster;
  cluster.mutable_links()->mutable_inter_node()->set_gbps(8);  // a byte a nanosecond
  const auto timeline = Execute(programs, costs, *sim::MakeTopology(programs, cluster, faults, 1, false));
  EXPECT_TRUE(timeline.ok()) << timeline.status();
  return timeline.ok() ? timeline->end_ns : -1;
}

using plan::OpKind;
using plan::Stream;

// Rank 0 sends 9000 bytes to ranks 1 and 2 at once, and rank 2 has much to do with them. While rank 1's way
// in is slow, rank 2 gets nearly all of rank 0's way out; when it is not, they share it.
TEST(Anomalies, AFasterLinkSlowsAStepDown) {
  auto programs = EmptyPrograms(3, 1);
  programs[0].ops = {MessageOp(OpKind::kSend, Stream::kSendForward, 2250, 1),
                     MessageOp(OpKind::kSend, Stream::kSendBackward, 2250, 2)};
  programs[1].ops = {MessageOp(OpKind::kRecv, Stream::kRecvForward, 2250, 0)};
  programs[2].ops = {MessageOp(OpKind::kRecv, Stream::kRecvBackward, 2250, 0), ComputeOp(100'000, {0})};
  v1::Fault slow;
  slow.mutable_slow_link()->set_node(1);
  slow.mutable_slow_link()->set_gbps(0.8);
  EXPECT_EQ(EndNs(programs, {slow}), 9000 / 0.9 + 100'000);
  EXPECT_EQ(EndNs(programs, {}), 9000 / 0.5 + 100'000);
}

// Ranks 0 and 1 of one node compute and send; rank 2 has much to do with what rank 0 sends. If both send at
// once, both messages arrive late; if rank 1 is late, rank 0's has the link for itself.
TEST(Anomalies, AStragglerSpeedsAStepUp) {
  auto programs = EmptyPrograms(4, 2);
  for (const int r : {0, 1}) {
    programs[r].ops = {ComputeOp(1000), MessageOp(OpKind::kSend, Stream::kSendForward, 250, r + 2, {0})};
    programs[r + 2].ops = {MessageOp(OpKind::kRecv, Stream::kRecvForward, 250, r)};
  }
  programs[2].ops.push_back(ComputeOp(5000, {0}));
  EXPECT_EQ(EndNs(programs, {}), 1000 + 2000 + 5000);
  v1::Straggler* straggler = programs[1].faults.emplace_back().mutable_straggler();
  straggler->set_rank(1);
  straggler->set_factor(2);
  EXPECT_EQ(EndNs(programs, {}), 1000 + 1000 + 5000);
}

// Who comes a moment before the message has to be woken, who comes a moment after it goes right on.
TEST(Anomalies, AFasterKernelSlowsAStepDown) {
  class WakingCosts : public GivenCosts {
   public:
    using GivenCosts::GivenCosts;
    double wakeup_ns() const override { return 500; }
  };
  auto programs = EmptyPrograms(2, 2);
  programs[0].ops = {MessageOp(OpKind::kSend, Stream::kSendForward, 250, 1), ComputeOp(1010, {0})};
  programs[1].ops = {MessageOp(OpKind::kRecv, Stream::kRecvForward, 250, 0), ComputeOp(1010),
                     ComputeOp(5000, {0})};
  const WakingCosts costs({1000, 0, 0});
  EXPECT_EQ(EndNs(programs, {}, costs), 1010 + 5000);
  programs[1].ops[1] = ComputeOp(990);
  EXPECT_EQ(EndNs(programs, {}, costs), 1000 + 500 + 5000);
}

}  // namespace
}  // namespace ringside::oracles
