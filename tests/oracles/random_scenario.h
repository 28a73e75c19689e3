// Random scenarios for properties that any simulator must have, and the ways in which a machine gets faster.
#pragma once

#include <cmath>
#include <random>
#include <utility>

#include "plan/compile.h"
#include "plan/testing.h"
#include "sim/profile.h"
#include "sim/simulate.h"

namespace ringside::oracles {

using Rng = std::mt19937_64;

inline int Draw(Rng& rng, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(rng);
}
// Evenly over the logarithm.
inline double DrawLog(Rng& rng, double low, double high) {
  return low * std::pow(high / low, std::uniform_real_distribution<double>(0, 1)(rng));
}

// Multiplies every time and divides every rate of a profile and a cluster by `factor`.
inline void SlowDown(double factor, v1::DeviceProfile* profile, v1::ClusterSpec* cluster) {
  for (v1::KernelLaw& law : *profile->mutable_kernels()) {
    law.set_overhead_ns(factor * law.overhead_ns());
    law.set_ns_per_byte(factor * law.ns_per_byte());
    law.set_ns_per_flop(factor * law.ns_per_flop());
  }
  for (v1::GemmPoint& point : *profile->mutable_gemm()) point.set_ns(factor * point.ns());
  for (v1::LinkLaw& law : *profile->mutable_links()) {
    law.set_alpha_ns(factor * law.alpha_ns());
    law.set_beta_ns_per_byte(factor * law.beta_ns_per_byte());
  }
  profile->set_op_overhead_ns(factor * profile->op_overhead_ns());
  profile->set_wakeup_ns(factor * profile->wakeup_ns());
  profile->set_oversubscribed_wakeup_ns(factor * profile->oversubscribed_wakeup_ns());
  for (v1::Link* link :
       {cluster->mutable_links()->mutable_inter_node(), cluster->mutable_links()->mutable_intra_node()}) {
    if (link->gbps() > 0) link->set_gbps(link->gbps() / factor);
    link->set_latency_us(factor * link->latency_us());
  }
}

// A plan of up to 8 ranks on 1 to 8 nodes. kShared: ranks share cores, links and memory, and poll. kAlone:
// nobody shares anything: a node and cores enough for every rank, no link with a rate.
enum class Sharing { kShared, kAlone };

struct RandomScenario {
  v1::Scenario scenario;
  v1::DeviceProfile profile;
};

inline RandomScenario DrawScenario(Rng& rng) {
  plan::Layout layout;
  do {
    layout = plan::DrawLayout(rng, {.seq_len = 16, .global_batch = 8});
  } while (layout.ranks() < 2);
  RandomScenario out{plan::ScenarioOf(layout), sim::UncalibratedLocalCpu(Draw(rng, 1, 4))};
  v1::ModelSpec& model = *out.scenario.mutable_model();
  model.set_hidden(32), model.set_vocab(64), model.set_seq_len(16);
  v1::ClusterSpec& cluster = *out.scenario.mutable_cluster();
  int nodes;
  do {
    nodes = Draw(rng, 1, layout.ranks());
  } while (layout.ranks() % nodes != 0);
  cluster.set_nodes(nodes);
  cluster.set_device(Draw(rng, 0, 1) == 0 ? "local-cpu" : "elsewhere");
  for (v1::Link* link :
       {cluster.mutable_links()->mutable_inter_node(), cluster.mutable_links()->mutable_intra_node()}) {
    link->set_gbps(DrawLog(rng, 0.1, 20));
    link->set_latency_us(DrawLog(rng, 0.5, 50));
  }
  for (v1::KernelLaw& law : *out.profile.mutable_kernels()) {
    law.set_overhead_ns(law.overhead_ns() * DrawLog(rng, 0.3, 3));
    law.set_ns_per_flop(law.ns_per_flop() * DrawLog(rng, 0.3, 10));
  }
  for (v1::LinkLaw& law : *out.profile.mutable_links()) {
    law.set_ranks_per_node(1);
    law.set_alpha_ns(law.alpha_ns() * DrawLog(rng, 0.1, 3));
    law.set_beta_ns_per_byte(law.beta_ns_per_byte() * DrawLog(rng, 0.1, 3));
  }
  out.profile.set_poll_weight(0.1 * Draw(rng, 0, 5));
  return out;
}

// The same costs where nobody shares anything: cores for every rank and message, links without a rate, no
// contention; and where who waits pays nothing for being woken.
inline RandomScenario Alone(RandomScenario of) {
  of.profile.set_cores_per_node(128);
  of.profile.set_memory_contention(1);
  of.profile.set_compute_contention(1);
  of.profile.set_poll_weight(0);
  of.profile.set_wakeup_ns(0);
  of.profile.set_oversubscribed_wakeup_ns(0);
  of.scenario.mutable_cluster()->mutable_links()->mutable_inter_node()->clear_gbps();
  of.scenario.mutable_cluster()->mutable_links()->mutable_intra_node()->clear_gbps();
  return of;
}

inline absl::StatusOr<sim::SimulateRequest> RequestOf(const RandomScenario& of, int steps = 1) {
  auto programs = plan::Compile(of.scenario);
  if (!programs.ok()) return programs.status();
  sim::SimulateRequest request;
  request.programs = *std::move(programs);
  request.profile = of.profile;
  request.cluster = of.scenario.cluster();
  request.faults = {of.scenario.faults().begin(), of.scenario.faults().end()};
  request.scenario = of.scenario;
  request.steps = steps;
  return request;
}

}  // namespace ringside::oracles
