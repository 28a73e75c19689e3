#include "report/runs.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"
#include "trace/store.h"

namespace ringside::report {
namespace {

constexpr int kMaxDepth = 3;
constexpr size_t kMaxRuns = 5000;

absl::Status Find(const std::filesystem::path& directory, int depth, std::vector<std::string>* found) {
  std::error_code error;
  if (std::filesystem::exists(directory / trace::kTraceFile, error)) {
    if (found->size() == kMaxRuns) {
      return absl::ResourceExhaustedError(
          fmt::format("{}: more than {} runs; report fewer at a time", directory.string(), kMaxRuns));
    }
    found->push_back(directory.string());
    return absl::OkStatus();
  }
  if (depth == 0) return absl::OkStatus();
  std::vector<std::string> below;
  for (auto entry = std::filesystem::directory_iterator(directory, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) below.push_back(entry->path().string());
  }
  std::sort(below.begin(), below.end(), NaturalLess);
  for (const std::string& path : below) RINGSIDE_RETURN_IF_ERROR(Find(path, depth - 1, found));
  return absl::OkStatus();
}

// What must be the same of repeats.
v1::Scenario Essence(const v1::Scenario& scenario) {
  v1::Scenario essence = scenario;
  essence.clear_name();
  essence.mutable_run()->clear_seed();
  return essence;
}

bool Same(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

}  // namespace

bool NaturalLess(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!digit(a[i]) || !digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    size_t ends_a = i, ends_b = j;
    while (ends_a < a.size() && digit(a[ends_a])) ++ends_a;
    while (ends_b < b.size() && digit(b[ends_b])) ++ends_b;
    while (i + 1 < ends_a && a[i] == '0') ++i;
    while (j + 1 < ends_b && b[j] == '0') ++j;
    if (ends_a - i != ends_b - j) return ends_a - i < ends_b - j;
    const int order = a.compare(i, ends_a - i, b, j, ends_b - j);
    if (order != 0) return order < 0;
    i = ends_a;
    j = ends_b;
  }
  return i == a.size() && j < b.size();
}

absl::StatusOr<KeptRun> KeptRunOf(const v1::Trace& trace, const std::string& path) {
  if (!trace.has_scenario()) {
    return absl::InvalidArgumentError(fmt::format(
        "{}: a trace without a scenario (of bare programs) cannot be part of a scaling report", path));
  }
  absl::StatusOr<trace::RunSummary> summary = trace::Summarize(trace);
  if (!summary.ok()) {
    return absl::Status(summary.status().code(),
                        fmt::format("{}: {}", path, std::string(summary.status().message())));
  }
  KeptRun run;
  run.path = path;
  run.summary = *std::move(summary);
  run.scenario = trace.scenario();
  run.cpu_model = trace.environment().cpu_model();
  run.kernels = trace.environment().kernels();
  run.transport = trace.environment().transport();
  run.cores = trace.environment().cores();
  run.simulated = trace.origin() == v1::ORIGIN_SIMULATED;
  return run;
}

absl::StatusOr<std::vector<KeptRun>> LoadRuns(const std::vector<std::string>& paths) {
  std::vector<KeptRun> runs;
  for (const std::string& path : paths) {
    std::vector<std::string> directories;
    RINGSIDE_RETURN_IF_ERROR(Find(path, kMaxDepth, &directories));
    if (directories.empty()) {
      return absl::NotFoundError(
          fmt::format("{}: no {} there or up to {} levels below; name what `ringside run --out` or `simulate "
                      "--out` has left",
                      path, trace::kTraceFile, kMaxDepth));
    }
    for (const std::string& directory : directories) {
      RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace trace, trace::LoadTrace(directory));
      RINGSIDE_ASSIGN_OR_RETURN(runs.emplace_back(), KeptRunOf(trace, directory));
      if (runs.size() > kMaxRuns) {
        return absl::ResourceExhaustedError(
            fmt::format("more than {} runs; report fewer at a time", kMaxRuns));
      }
    }
  }
  return runs;
}

absl::StatusOr<std::vector<Point>> PointsOf(std::vector<KeptRun> runs) {
  std::map<int, Point> points;
  const v1::ModelSpec model = runs.empty() ? v1::ModelSpec() : runs.front().scenario.model();
  const std::string first = runs.empty() ? "" : runs.front().path;
  for (KeptRun& run : runs) {
    if (!Same(run.scenario.model(), model)) {
      return absl::InvalidArgumentError(
          fmt::format("{} and {} are runs of different models; report them apart", first, run.path));
    }
    Point& point = points[run.summary.world_size];
    point.ranks = run.summary.world_size;
    if (!point.repeats.empty() || point.predicted.has_value()) {
      const KeptRun& other = point.any();
      v1::Scenario ours = Essence(run.scenario), theirs = Essence(other.scenario);
      if (run.simulated != other.simulated) {  // as many steps as it likes
        ours.clear_run(), theirs.clear_run();
      }
      if (!Same(ours, theirs)) {
        return absl::InvalidArgumentError(
            fmt::format("{} and {} both have {} ranks but are not repeats of one scenario; report them apart",
                        other.path, run.path, point.ranks));
      }
    }
    if (run.simulated) {
      point.predicted = std::move(run);
    } else {
      point.repeats.push_back(std::move(run));
    }
  }
  std::vector<Point> sorted;
  for (auto& [ranks, point] : points) sorted.push_back(std::move(point));
  return sorted;
}

}  // namespace ringside::report
