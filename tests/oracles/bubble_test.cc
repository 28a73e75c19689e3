// Pipeline bubbles: scenario -> programs -> SimulateTimes against the closed forms of the papers, to the
// nanosecond, in their ideal case: stages that cost the same, messages that cost nothing. All figures reach
// the simulator the way a user's do, through a device profile.
//
//   f, i, w: forward, input and weight gradients of a chunk of layers; b = i + w
//   GPipe (Huang et al. 2019, section 2.3), 1F1B (Narayanan et al. 2021, 2.2.1):  (m + p - 1) (f + b)
//   interleaved 1F1B (Narayanan et al. 2021, 2.2.2), v chunks a stage:            (v m + p - 1) (f + b)
//   zero bubble, ZB-H1 (Qi et al., arXiv:2401.10241, table 2):        m (f + b) + (p - 1) (f + i - w), m >= p
// With fewer micro-batches than stages all weight gradients but the first stage's last one fit into its waits
// for gradients, and what is left is 1F1B of f and i alone: (m + p - 1) (f + i) + w. Both say the same for m
// = p.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "plan/compile.h"
#include "plan/testing.h"
#include "sim/simulate.h"

namespace ringside {
namespace {

// Of one layer.
struct LayerCosts {
  int64_t forward_ns, input_ns, weight_ns;
  int64_t all() const { return forward_ns + input_ns + weight_ns; }
};

constexpr double kNothingNs = 1e-9;  // less than the clock sees; a measured shape must cost something

// A profile in which the four products of a layer cost equal parts of `of`, and all else nothing.
v1::DeviceProfile IdealProfile(const std::vector<plan::Program>& programs, const LayerCosts& of) {
  v1::DeviceProfile profile;
  profile.set_cores_per_node(static_cast<int>(programs.size()));
  for (const char* kind : {"gemm", "memory_bound"}) profile.add_kernels()->set_kind(kind);
  profile.mutable_kernels(0)->set_overhead_ns(1);
  for (const char* link : {"intra_node", "inter_node"}) profile.add_links()->set_link(link);
  std::map<std::tuple<bool, bool, int64_t, int64_t, int64_t>, double> shapes;
  for (const plan::Program& program : programs) {
    for (const plan::Op& op : program.ops) {
      if (op.kind != plan::OpKind::kGemm) continue;
      double ns = kNothingNs;
      if (op.layer >= 0) {
        const bool weight = op.Has(plan::kTransA);  // sums over the tokens
        ns = static_cast<double>(op.phase == plan::Phase::kForward ? of.forward_ns
                                 : weight                          ? of.weight_ns
                                                                   : of.input_ns) /
             4;
      }
      const auto [at, is_new] = shapes.try_emplace(
          {op.Has(plan::kTransA), op.Has(plan::kTransB), op.dims[0], op.dims[1], op.dims[2]}, ns);
      EXPECT_EQ(at->second, ns) << "two parts of the model have products of one shape: " << Describe(op);
    }
  }
  for (const auto& [shape, ns] : shapes) {
    v1::GemmPoint& point = *profile.add_gemm();
    point.set_trans_a(std::get<0>(shape));
    point.set_trans_b(std::get<1>(shape));
    point.set_m(std::get<2>(shape));
    point.set_n(std::get<3>(shape));
    point.set_k(std::get<4>(shape));
    point.set_ns(ns);
  }
  return profile;
}

v1::Scenario ScenarioOf(const plan::Layout& layout, int layers) {
  v1::Scenario scenario = plan::ScenarioOf(layout);
  v1::ModelSpec& model = *scenario.mutable_model();
  model.set_layers(layers);
  model.set_hidden(16), model.set_heads(2), model.set_ffn_hidden(40), model.set_seq_len(8);
  model.set_vocab(67);  // no shape of a layer's product is one of the head's
  return scenario;
}

// The first step and, since nothing but messages ties steps together, a later one.
void ExpectStepNs(const plan::Layout& layout, int layers, const LayerCosts& costs, int64_t expected_ns) {
  SCOPED_TRACE(testing::Message() << ToString(layout) << ", " << layers << " layers");
  const v1::Scenario scenario = ScenarioOf(layout, layers);
  const auto programs = plan::Compile(scenario);
  ASSERT_TRUE(programs.ok()) << programs.status();
  const sim::SimulateRequest request{.programs = *programs,
                                     .profile = IdealProfile(*programs, costs),
                                     .cluster = scenario.cluster(),
                                     .steps = 3};
  const auto timeline = sim::SimulateTimes(request);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  int64_t first_ns = 0;
  for (const auto& rank : timeline->ranks) first_ns = std::max(first_ns, rank.steps[0].end_ns);
  EXPECT_EQ(first_ns, expected_ns);
  EXPECT_EQ(sim::SteadyStepNs(*timeline, 1), expected_ns);
}

constexpr LayerCosts kEqual = {4000, 4000, 4000};   // backward = 2 x forward
constexpr LayerCosts kUneven = {4000, 5200, 3600};  // of no simple ratio
constexpr int kStages[] = {1, 2, 3, 4, 6, 8};

TEST(Bubbles, GpipeAndOneFOneB) {
  for (const auto schedule : {v1::SCHEDULE_GPIPE, v1::SCHEDULE_1F1B}) {
    for (const LayerCosts& costs : {kEqual, kUneven}) {
      for (const int p : kStages) {
        for (const int m : {1, 2, 5, 8, 16}) {
          ExpectStepNs({.pp = p, .micro_batches = m, .schedule = schedule}, 2 * p, costs,
                       (m + p - 1) * 2 * costs.all());
        }
      }
    }
  }
}

TEST(Bubbles, InterleavedAtEveryDepthThatDividesTheLayers) {
  for (const LayerCosts& costs : {kEqual, kUneven}) {
    for (const int p : {2, 3, 4, 6}) {
      const int layers = p == 4 || p == 3 ? 24 : 12;
      for (int v = 1; v <= layers / p; ++v) {
        for (const int m : {p, 2 * p, 4 * p}) {
          const plan::Layout layout{
              .pp = p, .micro_batches = m, .schedule = v1::SCHEDULE_INTERLEAVED, .interleave = v};
          if (layers % (p * v) != 0) {
            EXPECT_FALSE(plan::Resolve(ScenarioOf(layout, layers)).ok()) << p << " " << v;
            continue;
          }
          ExpectStepNs(layout, layers, costs, (v * m + p - 1) * (layers / (p * v)) * costs.all());
        }
      }
    }
  }
}

TEST(Bubbles, ZeroBubble) {
  for (const LayerCosts& costs : {kEqual, kUneven}) {
    for (const int p : kStages) {
      const int64_t waits_for_ns = costs.forward_ns + costs.input_ns;
      for (const int m : {1, p / 2, p, p + 1, 2 * p, 3 * p + 2}) {
        if (m < 1) continue;
        const int64_t expected_ns = m < p ? (m + p - 1) * waits_for_ns + costs.weight_ns
                                          : m * costs.all() + (p - 1) * (waits_for_ns - costs.weight_ns);
        ExpectStepNs({.pp = p, .micro_batches = m, .schedule = v1::SCHEDULE_ZERO_BUBBLE}, p, costs,
                     expected_ns);
      }
    }
  }
}

}  // namespace
}  // namespace ringside
