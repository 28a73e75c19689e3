#include "cli/gpu_prediction.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/status_macros.h"
#include "cli/units.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "plan/mesh.h"
#include "proto/yaml.h"
#include "sim/catalogue/catalogue.h"
#include "sim/cost/gpu_fold_costs.h"
#include "sim/search/peak_memory.h"

namespace ringside::cli {
namespace {

constexpr double kGib = 1 << 30;

// Bytes that a rank sends in a step, by "collective/axis", as rings and pairs do.
std::map<std::string, double> SentBytes(const plan::Resolved& resolved, int rank) {
  const auto of = [&](int micro_batches) {
    plan::Resolved r = resolved;
    r.micro_batches = micro_batches;
    r.schedule = r.chunks > 1 ? r.schedule : v1::SCHEDULE_GPIPE;
    std::map<std::string, double> sent;
    const plan::Program program = plan::CompileRank(r, rank);
    for (const plan::Op& op : program.ops) {
      if (!plan::IsCommunication(op.kind) || op.kind == plan::OpKind::kRecv) continue;
      const bool pair = op.kind == plan::OpKind::kSend;
      const double n = pair ? 2 : static_cast<double>(program.groups[op.group].ranks.size());
      double share = (n - 1) / n;
      if (op.kind == plan::OpKind::kAllReduce) share *= 2;
      if (pair || op.kind == plan::OpKind::kRotate) share = 1;
      const std::string axis = pair ? "pp" : program.groups[op.group].axis;
      sent[fmt::format("{}/{}", plan::Name(op.kind), axis)] += share * static_cast<double>(op.bytes);
    }
    return sent;
  };
  const int step = resolved.chunks > 1 ? resolved.pp : 1, few = 2 * step;
  if (resolved.micro_batches <= few) return of(resolved.micro_batches);
  std::map<std::string, double> sent = of(few);
  const std::map<std::string, double> before = of(few - step);
  for (auto& [name, bytes] : sent) {
    const auto found = before.find(name);
    const double each = bytes - (found != before.end() ? found->second : 0);
    bytes += each * (resolved.micro_batches - few) / step;
  }
  return sent;
}

nlohmann::json RankJson(const plan::Resolved& r, int stage, const sim::FoldedStage& times, double step_s) {
  const int rank = plan::RankAt(r, {stage, 0, 0, 0});
  const plan::PeakMemory peak = sim::PeakOfStage(r, stage);
  nlohmann::json bytes;
  for (int c = 0; c < plan::kNumCategories; ++c)
    bytes[std::string(plan::Name(static_cast<plan::Category>(c)))] = peak.by_category[c];
  bytes["total"] = peak.total;
  double exposed = 0;
  nlohmann::json by_axis = nlohmann::json::object();
  for (int s = 1; s < plan::kNumStreams; ++s) {
    const double ns = times.times.exposed_ns[s];
    exposed += ns;
    if (ns > 0) by_axis[std::string(plan::Name(static_cast<plan::Stream>(s)))] = ns / 1e9;
  }
  return {{"rank", rank},
          {"stage", stage},
          {"step_s", step_s},
          {"peak_bytes", bytes},
          {"sent_bytes", SentBytes(r, rank)},
          {"compute_s", times.times.compute_ns / 1e9},
          {"host_s", times.times.host_ns / 1e9},
          {"exposed_comm_s", exposed / 1e9},
          {"exposed_comm_by_stream_s", by_axis},
          {"bubble_s", times.idle_ns / 1e9}};
}

}  // namespace

absl::StatusOr<GpuPrediction> PredictOnCatalogue(GpuScenario in) {
  const v1::Catalogue& catalogue = sim::BuiltInCatalogue();
  const int ranks = in.ranks > 0 ? in.ranks : RanksOf(in.scenario);
  sim::FillNodes(catalogue, std::max(1, ranks), in.scenario.mutable_cluster());
  const auto resolved = plan::Resolve(in.scenario);
  if (!resolved.ok()) return proto::LocateError(resolved.status(), in.text, in.path);
  const auto cluster = sim::GpuClusterOf(catalogue, resolved->scenario.cluster());
  if (!cluster.ok()) return proto::LocateError(cluster.status(), in.text, in.path);
  GpuPrediction out;
  out.scenario = resolved->scenario;
  out.limit_bytes = cluster->memory_bytes;
  out.evidence = cluster->Evidence();
  out.plan.point = sim::PointOf(*resolved);
  RINGSIDE_ASSIGN_OR_RETURN(out.plan.step,
                            sim::SimulateFolded(*resolved, sim::GpuFoldCosts(*cluster, *resolved)));
  out.plan.step_s = out.plan.step.step_ns / 1e9;
  out.plan.tokens_per_s = static_cast<double>(resolved->tokens_per_step()) / out.plan.step_s;
  const sim::PlanPeak peak = sim::PeakOfPlan(*resolved);
  out.plan.peak = peak.memory, out.plan.peak_bytes = peak.memory.total, out.plan.peak_stage = peak.stage;
  out.plan.fits = out.plan.peak_bytes <= out.limit_bytes;
  for (const int stage : std::set<int>{0, std::min(1, resolved->pp - 1), resolved->pp - 1})
    out.ranks.push_back(RankJson(*resolved, stage, out.plan.step.stages[stage], out.plan.step_s));
  return out;
}

std::string ToText(const GpuPrediction& p) {
  std::string text = fmt::format("{}: {} on {} x {}\n", p.scenario.name(), ToString(p.plan.point),
                                 p.plan.point.ranks(), p.scenario.cluster().device());
  text += fmt::format("\n  step        {} ms\n  throughput  {} tokens/s, {} a device\n",
                      Milliseconds(p.plan.step_s), TokensPerSecond(p.plan.tokens_per_s),
                      TokensPerSecond(p.plan.tokens_per_s / p.plan.point.ranks()));
  text += fmt::format("  memory      {}: {:.1f} GiB on stage {}, {:.1f} GiB granted\n",
                      p.plan.fits ? "fits" : "DOES NOT FIT", static_cast<double>(p.plan.peak_bytes) / kGib,
                      p.plan.peak_stage, static_cast<double>(p.limit_bytes) / kGib);
  text += "\n  stage   compute   host  exposed communication  idle and bubble   peak GiB\n";
  for (const nlohmann::json& rank : p.ranks) {
    const double step = p.plan.step_s;
    const auto share = [&](const char* key) { return 100 * rank[key].get<double>() / step; };
    text +=
        fmt::format("  {:5}   {:5.1f} %  {:3.1f} %  {:19.1f} %  {:13.1f} %  {:9.1f}\n",
                    rank["stage"].get<int>(), share("compute_s"), share("host_s"), share("exposed_comm_s"),
                    share("bubble_s"), rank["peak_bytes"]["total"].get<double>() / kGib);
  }
  return text + fmt::format("\n  evidence    {}\n", p.evidence);
}

nlohmann::json ToJson(const GpuPrediction& p) {
  return {{"name", p.scenario.name()},
          {"origin", "simulated"},
          {"world_size", p.plan.point.ranks()},
          {"plan", ToString(p.plan.point)},
          {"step_s_median", p.plan.step_s},
          {"tokens_per_s", p.plan.tokens_per_s},
          {"peak_bytes", p.plan.peak_bytes},
          {"fits", p.plan.fits},
          {"limit_bytes", p.limit_bytes},
          {"ranks", p.ranks},
          {"profile", p.evidence},
          {"evidence", "catalogue"}};
}

}  // namespace ringside::cli
