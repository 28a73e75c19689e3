#include "cli/demo_findings.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cli/units.h"
#include "fmt/format.h"
#include "trace/compare.h"
#include "trace/format.h"

namespace ringside::cli {
namespace {

bool Slower(const PlanRun& a, const PlanRun& b) {
  return a.run.summary.tokens_per_s < b.run.summary.tokens_per_s;
}

// The largest share that is not computation.
std::pair<std::string, double> LargestLoss(const trace::RunSummary& summary) {
  std::pair<std::string, double> largest{"other", 0};
  for (const auto& [name, share] : summary.shares) {
    if (name != "compute" && share > largest.second) largest = {name, share};
  }
  std::replace(largest.first.begin(), largest.first.end(), '_', ' ');
  if (largest.first == "skew") largest.first = "waiting for ranks that were late";
  if (largest.first == "other") largest.first = "overhead and waiting for a core";
  return largest;
}

// Is every pair of plans that the measurement tells apart (the intervals of their median steps do not
// overlap) predicted in its order? False, too, where it tells no pair apart.
bool RightOrder(const DemoResult& result) {
  bool told_apart = false;
  for (const PlanRun& a : result.plans) {
    for (const PlanRun& b : result.plans) {
      if (a.run.summary.step_s_median_high >= b.run.summary.step_s_median_low) continue;
      told_apart = true;
      if (a.run.prediction->summary.step_s_median >= b.run.prediction->summary.step_s_median) return false;
    }
  }
  return told_apart;
}

}  // namespace

std::string SetupSentence(const DemoResult& result) {
  const plan::Resolved& resolved = result.plans.front().run.compiled.resolved;
  const v1::Environment& environment = result.plans.front().run.trace.environment();
  return fmt::format(
      "A GPT of {:.1f} M parameters ({} blocks of width {}) is trained on {} sequences of {} tokens a step, "
      "by {} MPI "
      "ranks on {} cores.",
      static_cast<double>(plan::NumParameters(resolved)) * 1e-6, resolved.layers, resolved.hidden,
      resolved.global_batch(), resolved.seq_len, resolved.world_size(), environment.cores());
}

std::string FastestSentence(const DemoResult& result) {
  const PlanRun& fastest = *std::max_element(result.plans.begin(), result.plans.end(), Slower);
  const PlanRun& slowest = *std::min_element(result.plans.begin(), result.plans.end(), Slower);
  const auto [loss, share] = LargestLoss(slowest.run.summary);
  return fmt::format(
      "{} was fastest with {} tokens/s; {} reached {} of that and lost most to {} ({} of its ranks' time).",
      fastest.title, TokensPerSecond(fastest.run.summary.tokens_per_s), slowest.title,
      trace::FormatPercent(slowest.run.summary.tokens_per_s / fastest.run.summary.tokens_per_s), loss,
      trace::FormatPercent(share));
}

std::string ExactnessSentence(const DemoResult& result) {
  size_t counts = 0, different = 0;
  for (const PlanRun& plan : result.plans) {
    const auto comparison = trace::Compare(plan.run.summary, plan.run.prediction->summary);
    if (!comparison.ok()) return std::string(comparison.status().message());
    for (const auto* list : {&comparison->peak_bytes, &comparison->sent_bytes}) {
      counts += list->size();
      different +=
          std::count_if(list->begin(), list->end(), [](const trace::ByteCount& c) { return !c.equal(); });
    }
  }
  if (different == 0) {
    return fmt::format(
        "Peak memory and bytes sent were predicted to the byte: all {} counts (every rank, category and "
        "collective) are "
        "equal.",
        counts);
  }
  return fmt::format(
      "{} of {} counts of memory and bytes sent differ from the prediction, which should not happen.",
      different, counts);
}

std::string SameLossSentence(const DemoResult& result) {
  for (const PlanRun& plan : result.plans) {
    const auto& losses = plan.run.summary.loss;
    if (const auto step = plan.run.summary.first_non_finite_loss_step()) {
      return fmt::format(
          "WARNING: the training diverged: with {} the loss of step {} of {} is {}, so whether the plans "
          "computed "
          "the same cannot be said.",
          plan.title, *step + 1, losses.size(), *losses[*step]);
    }
  }
  const auto& reference = result.plans.front().run.summary.loss;
  double largest = 0;
  for (const PlanRun& plan : result.plans) {
    for (size_t step = 0; step < std::min(reference.size(), plan.run.summary.loss.size()); ++step) {
      const auto& loss = plan.run.summary.loss[step];
      if (!loss.has_value() || !reference[step].has_value()) return "Not every step's loss is known.";
      largest = std::max(largest, std::abs(*loss - *reference[step]) / std::abs(*reference[step]));
    }
  }
  return fmt::format(
      "All plans computed the same training: over {} steps the loss fell from {:.3f} to {:.3f}, and between "
      "plans it "
      "differs by {:.1e} at most (relative; the order of additions).",
      reference.size(), reference.front().value_or(0), reference.back().value_or(0), largest);
}

std::string PredictionSentence(const DemoResult& result) {
  double worst = 0;
  std::string title;
  for (const PlanRun& plan : result.plans) {
    const double error = plan.run.prediction->summary.step_s_median / plan.run.summary.step_s_median - 1;
    if (std::abs(error) >= std::abs(worst)) {
      worst = error;
      title = plan.title;
    }
  }
  return fmt::format(
      "Step times were predicted within {} (worst: {}), and plans that the measurement tells apart {} in "
      "the right order{}.",
      trace::FormatPercent(std::abs(worst)), title, RightOrder(result) ? "all" : "not all",
      result.profile.calibrated ? "" : "; the machine is not calibrated");
}

std::string SlowLinkSentence(const DemoResult& result) {
  const LinkExperiment& links = result.links;
  if (!links.unavailable.empty()) {
    return fmt::format("This machine cannot show it: {}.", links.unavailable);
  }
  int slow_node = 0;
  for (const v1::Fault& fault : links.slow->compiled.scenario.faults()) slow_node = fault.slow_link().node();
  const double limit = LinkGbps(*links.slow, slow_node);
  return fmt::format(
      "With one of four links at {:.1f} Gbit/s instead of {:.1f}, the ring moves at {:.2f} Gbit/s ({} of "
      "the slow "
      "link's rate), and a step takes {:.1f} times as long: a ring is as fast as its slowest link.",
      limit, LinkGbps(*links.slow, slow_node == 0 ? 1 : 0), RingGbps(*links.slow),
      trace::FormatPercent(RingGbps(*links.slow) / limit),
      links.slow->summary.step_s_median / links.equal->summary.step_s_median);
}

double ShareOf(const trace::RunSummary& summary, const std::string& name) {
  const auto share = summary.shares.find(name);
  return share == summary.shares.end() ? 0 : share->second;
}

double ExposedShare(const trace::RunSummary& summary) {
  return ShareOf(summary, "dp_communication") + ShareOf(summary, "tp_communication") +
         ShareOf(summary, "pp_communication") + ShareOf(summary, "cp_communication") +
         ShareOf(summary, "ep_communication");
}

const trace::RankSummary& FullestRank(const trace::RunSummary& summary) {
  return *std::max_element(summary.ranks.begin(), summary.ranks.end(),
                           [](const trace::RankSummary& a, const trace::RankSummary& b) {
                             return a.peak_total_bytes < b.peak_total_bytes;
                           });
}

double RingGbps(const ScenarioRun& run) {
  double bits = 0, ns = 0;
  for (const v1::RankTrace& rank : run.trace.ranks()) {
    const v1::Program& program = run.trace.programs(rank.rank());
    for (const v1::OpSpan& span : rank.spans()) {
      if (span.step() < run.summary.warmup_steps || program.ops(span.op()).stream() != "dp") continue;
      bits += 8.0 * static_cast<double>(span.sent_bytes());
      ns += static_cast<double>(span.end_ns() - span.start_ns());
    }
  }
  return ns > 0 ? bits / ns : 0;
}

double LinkGbps(const ScenarioRun& run, int node) {
  for (const v1::Fault& fault : run.compiled.scenario.faults()) {
    if (fault.has_slow_link() && fault.slow_link().node() == node) return fault.slow_link().gbps();
  }
  return run.compiled.scenario.cluster().links().inter_node().gbps();
}

}  // namespace ringside::cli
