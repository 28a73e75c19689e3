// `ringside search SCENARIO.yaml`: the best plans for a model on a cluster.
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/gpu_scenario.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/prediction.h"
#include "cli/progress.h"
#include "cli/search_space.h"
#include "cli/units.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "proto/yaml.h"
#include "sim/catalogue/catalogue.h"
#include "sim/search/gpu_search.h"
#include "sim/search/local_search.h"

namespace ringside::cli {
namespace {

constexpr double kGib = 1 << 30;

// An enum's value as scenario files have it: without its prefix, in lower case.
std::string ShortName(std::string name) {
  name.erase(0, name.find('_') + 1);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

// As scenario files have it, which are YAML: JSON is, too.
nlohmann::json PlanAsJson(const v1::ParallelPlan& plan) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(plan, &text, options).ok()) return {};
  nlohmann::json json = nlohmann::json::parse(text);
  for (nlohmann::json& value : json) {
    if (value.is_string()) value = ShortName(value.get<std::string>());
    if (!value.is_array()) continue;
    for (nlohmann::json& element : value) element = ShortName(element.get<std::string>());
  }
  return json;
}

std::string Row(const std::string& first, const sim::FoundPlan& p, bool priced) {
  std::string row = fmt::format("  {:>3} {:>10} {:>13} {:>8.1f} ", first, Milliseconds(p.step_s),
                                TokensPerSecond(p.tokens_per_s), static_cast<double>(p.peak_bytes) / kGib);
  if (priced) row += fmt::format("{:>9.4f} ", p.cost_per_million_tokens);
  return row + " " + ToString(p.point);
}

std::string ToText(const sim::SearchResult& result, const std::string& evidence, bool priced) {
  std::string text = fmt::format("  {:>3} {:>10} {:>13} {:>8} {} plan\n", "", "step ms", "tokens/s", "GiB",
                                 priced ? fmt::format("{:>9} ", "$/1M tok") : "");
  int place = 0;
  for (const sim::FoundPlan& plan : result.plans) {
    text += Row(plan.fits ? std::to_string(++place) : "-", plan, priced) + "\n";
    if (!plan.reason.empty()) text += fmt::format("        {}\n", plan.reason);
  }
  text += "\n  speed against memory" + std::string(priced ? " and cost" : "") + ":\n";
  for (const sim::FoundPlan& plan : result.front) text += Row("", plan, priced) + "\n";
  const sim::SearchCounts& c = result.counts;
  text += fmt::format(
      "\n  searched    {} plans in {:.1f} s: {} over the memory, {} left out by their bound, {} simulated\n",
      Grouped(c.valid), c.seconds, Grouped(c.over_memory), Grouped(c.bounded_out), Grouped(c.simulated));
  text += fmt::format("  memory      {:.1f} GiB granted\n  evidence    {}\n",
                      static_cast<double>(result.memory_limit) / kGib, evidence);
  return text;
}

nlohmann::json PlanJson(const v1::Scenario& base, const sim::FoundPlan& p, int devices_per_node) {
  const v1::Scenario scenario = sim::ScenarioOf(base, p.point, devices_per_node);
  nlohmann::json by_category;
  for (int c = 0; c < plan::kNumCategories; ++c)
    by_category[std::string(plan::Name(static_cast<plan::Category>(c)))] = p.peak.by_category[c];
  nlohmann::json row = {{"name", ToString(p.point)},  {"plan", PlanAsJson(scenario.plan())},
                        {"step_s", p.step_s},         {"tokens_per_s", p.tokens_per_s},
                        {"peak_bytes", p.peak_bytes}, {"peak_bytes_by_category", by_category},
                        {"ranks", p.point.ranks()},   {"fits", p.fits}};
  if (p.cost_per_million_tokens > 0) row["cost_per_million_tokens"] = p.cost_per_million_tokens;
  if (!p.reason.empty()) row["reason"] = p.reason;
  return row;
}

int SearchOnCatalogue(GpuScenario in, const SearchOptions& options, const Output& output) {
  sim::SearchRequest request;
  if (absl::Status filled = FillRequest(in, options, &request); !filled.ok()) return Fail(filled);
  const auto cluster = sim::GpuClusterOf(sim::BuiltInCatalogue(), request.base.cluster());
  if (!cluster.ok()) return Fail(proto::LocateError(cluster.status(), in.text, in.path));
  Interrupt interrupt;
  Progress progress;
  const bool shows = options.progress || isatty(STDERR_FILENO) == 1;
  request.cancelled = [&interrupt] { return interrupt.requested(); };
  if (shows) {
    progress.Headline(fmt::format("searching for {} ranks", request.space.ranks));
    request.progress = [&progress](const std::string& at) { progress.Detail(at); };
  }
  const auto result = sim::SearchCatalogue(request, *cluster);
  progress.Clear();
  if (!result.ok()) return Fail(result.status());
  const std::string evidence = cluster->Evidence();
  output.Print(ToText(*result, evidence, options.price > 0));
  nlohmann::json document = {{"evidence", evidence}, {"memory_limit_bytes", result->memory_limit}};
  const sim::SearchCounts& c = result->counts;
  document["counts"] = {{"valid", c.valid},
                        {"over_memory", c.over_memory},
                        {"bounded_out", c.bounded_out},
                        {"simulated", c.simulated},
                        {"seconds", c.seconds}};
  for (const sim::FoundPlan& plan : result->plans)
    document["plans"].push_back(PlanJson(request.base, plan, cluster->devices_per_node));
  for (const sim::FoundPlan& plan : result->front)
    document["front"].push_back(PlanJson(request.base, plan, cluster->devices_per_node));
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

// On this machine: every rank is simulated with what was measured here.
int SearchHere(const GpuScenario& in, const SearchOptions& options, const Output& output) {
  const auto profile = ProfileOfDevice(in.scenario.cluster().device(), options.profile);
  if (!profile.ok()) return Fail(profile.status());
  const int ranks = in.ranks > 0 ? in.ranks : std::max(1, RanksOf(in.scenario));
  sim::SearchConstraints constraints;
  constraints.ranks = ranks;
  constraints.global_batch = options.global_batch > 0 ? options.global_batch : GlobalBatchOf(in.scenario);
  constraints.max_micro_batch = options.max_micro_batch;
  Interrupt interrupt;
  const auto found =
      sim::SearchPlans(in.scenario, constraints, profile->profile,
                       options.objective == "memory" ? v1::OBJECTIVE_MEMORY : v1::OBJECTIVE_TOKENS_PER_S,
                       options.top, [&interrupt] { return interrupt.requested(); });
  if (!found.ok()) return Fail(proto::LocateError(found.status(), in.text, in.path));
  std::string text = fmt::format("  {:>10} {:>13} {:>9}  plan\n", "step ms", "tokens/s", "MiB");
  nlohmann::json document = {{"evidence", profile->source}, {"plans", nlohmann::json::array()}};
  for (const sim::RankedPlan& plan : *found) {
    if (!plan.feasible) continue;
    v1::Scenario scenario = in.scenario;
    *scenario.mutable_plan() = plan.plan;
    const auto resolved = plan::Resolve(scenario);
    const std::string name = resolved.ok() ? ToString(sim::PointOf(*resolved)) : "";
    text += fmt::format("  {:>10} {:>13} {:>9}  {}\n", Milliseconds(plan.step_s),
                        TokensPerSecond(plan.tokens_per_s), Mib(plan.peak_bytes), name);
    document["plans"].push_back({{"name", name},
                                 {"plan", PlanAsJson(plan.plan)},
                                 {"step_s", plan.step_s},
                                 {"tokens_per_s", plan.tokens_per_s},
                                 {"peak_bytes", plan.peak_bytes},
                                 {"ranks", ranks},
                                 {"fits", true}});
  }
  if (document["plans"].empty()) {
    return Fail(absl::FailedPreconditionError(
        fmt::format("none of {} plans can be carried out, e.g. {}", found->size(), found->front().reason)));
  }
  output.Print(text + fmt::format("\n  evidence    measured on this kind of machine: {}\n", profile->source));
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace

int Search(const SearchOptions& options) {
  const Output output(options.json);
  absl::StatusOr<GpuScenario> read = ReadScenario(options.scenario, options.cluster, options.ranks);
  if (!read.ok()) return Fail(read.status());
  if (options.profile.empty() && sim::InCatalogue(sim::BuiltInCatalogue(), read->scenario.cluster()))
    return SearchOnCatalogue(*std::move(read), options, output);
  if (!options.cluster.empty()) {
    return Fail(absl::InvalidArgumentError(
        fmt::format("--cluster {}: the catalogue has no such device", options.cluster)));
  }
  return SearchHere(*read, options, output);
}

}  // namespace ringside::cli
