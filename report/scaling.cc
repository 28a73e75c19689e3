#include "report/scaling.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "report/findings.h"

namespace ringside::report {
namespace {

PointFigures FiguresOf(const trace::RunSummary& run, double step_s) {
  PointFigures f;
  f.step_s = step_s;
  f.tokens_per_s = static_cast<double>(run.tokens_per_step) / step_s;
  f.tokens_per_s_per_device = f.tokens_per_s / run.world_size;
  f.peak_bytes = run.peak_total_bytes();
  return f;
}

bool Oversubscribed(const KeptRun& run) {
  std::map<std::string, int> on_host;
  for (const trace::RankSummary& rank : run.summary.ranks) ++on_host[rank.host];
  // Virtual nodes are hosts of their own on one machine: the scenario says so.
  const bool virtual_nodes = run.scenario.cluster().has_links();
  int most = 0;
  for (const auto& [host, ranks] : on_host) most = std::max(most, ranks);
  return run.cores > 0 && (virtual_nodes ? run.summary.world_size : most) > run.cores;
}

ScalingPoint Describe(const Point& point) {
  ScalingPoint out;
  out.ranks = point.ranks;
  out.measured = !point.repeats.empty();
  const trace::RunSummary& any = point.any().summary;
  out.tokens_per_step = any.tokens_per_step;
  std::vector<Factors> factors;
  for (const KeptRun& run : point.repeats) {
    out.repeats_s.push_back(run.summary.step_s_median);
    factors.push_back(FactorsOf(run.summary));
  }
  if (out.measured) {
    out.figures = FiguresOf(any, Median(out.repeats_s));
    out.interval = MedianInterval(out.repeats_s);
    if (out.repeats_s.size() == 1) out.interval = {any.step_s_median_low, any.step_s_median_high, 0};
    out.least_s = *std::min_element(out.repeats_s.begin(), out.repeats_s.end());
    out.most_s = *std::max_element(out.repeats_s.begin(), out.repeats_s.end());
    out.factors = MedianFactors(factors);
    out.oversubscribed = Oversubscribed(point.any());
  } else {
    out.figures = FiguresOf(any, any.step_s_median);
    out.interval = {any.step_s_median, any.step_s_median, 0};
    out.least_s = out.most_s = any.step_s_median;
    out.factors = FactorsOf(any);
  }
  for (const trace::RankSummary& rank : any.ranks) out.rank_peak_bytes.push_back(rank.peak_total_bytes);
  if (point.predicted.has_value()) {
    out.predicted = FiguresOf(point.predicted->summary, point.predicted->summary.step_s_median);
  }
  return out;
}

Kind KindOf(const std::vector<ScalingPoint>& points) {
  bool strong = true, weak = true;
  for (const ScalingPoint& point : points) {
    strong = strong && point.tokens_per_step == points.front().tokens_per_step;
    weak =
        weak && point.tokens_per_step * points.front().ranks == points.front().tokens_per_step * point.ranks;
  }
  return strong ? Kind::kStrong : weak ? Kind::kWeak : Kind::kMixed;
}

void Relate(std::vector<ScalingPoint>* points) {
  const ScalingPoint first = points->front();
  const auto efficiency = [](const PointFigures& of, const PointFigures& to) {
    return to.tokens_per_s_per_device > 0 ? of.tokens_per_s_per_device / to.tokens_per_s_per_device : 1;
  };
  for (ScalingPoint& point : *points) {
    point.figures.efficiency = efficiency(point.figures, first.figures);
    if (point.predicted.has_value() && first.predicted.has_value()) {
      point.predicted->efficiency = efficiency(*point.predicted, *first.predicted);
    }
    if (point.factors.useful_s_per_token > 0) {
      point.computation_scalability = first.factors.useful_s_per_token / point.factors.useful_s_per_token;
    }
  }
}

absl::Status AddLaw(ScalingReport* report) {
  if (report->kind == Kind::kMixed) {
    report->law_note = "No law: the points differ in tokens a step and in tokens a step and rank";
    return absl::OkStatus();
  }
  if (report->points.size() < 2) {
    report->law_note = "No law: it needs two numbers of ranks at least";
    return absl::OkStatus();
  }
  std::vector<FitPoint> points;
  for (const ScalingPoint& point : report->points) points.push_back({point.ranks, point.figures.step_s});
  RINGSIDE_ASSIGN_OR_RETURN(
      report->law, FitLaw(report->kind == Kind::kStrong ? Scaling::kStrong : Scaling::kWeak, points));
  if (!report->law->checked) {
    report->law_note =
        fmt::format("{} points determine the law; nothing is left to check it with", points.size());
  }
  return absl::OkStatus();
}

std::vector<double> RepeatsAt(const std::vector<Point>& points, int ranks) {
  std::vector<double> repeats_s;
  for (const Point& point : points) {
    if (point.ranks != ranks) continue;
    for (const KeptRun& run : point.repeats) repeats_s.push_back(run.summary.step_s_median);
  }
  return repeats_s;
}

absl::Status AddChanges(const std::vector<Point>& baseline, const ReportOptions& options,
                        ScalingReport* report) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<Point> noise, PointsOf(options.noise));
  for (ScalingPoint& point : report->points) {
    const std::vector<double> before_s = RepeatsAt(baseline, point.ranks);
    if (before_s.empty() || point.repeats_s.empty()) continue;
    std::vector<double> same_s = RepeatsAt(noise, point.ranks);
    if (same_s.empty()) same_s = before_s;
    double floor = 0;
    if (same_s.size() >= kLeastRepeats) {
      const size_t group = std::min(before_s.size(), point.repeats_s.size());
      RINGSIDE_ASSIGN_OR_RETURN(floor, NoiseFloor(same_s, group, options.gate));
    }
    RINGSIDE_ASSIGN_OR_RETURN(point.change, Judge(before_s, point.repeats_s, floor, options.gate));
  }
  return absl::OkStatus();
}

std::string MachineOf(const KeptRun& run) {
  std::string machine = run.cpu_model.empty() ? "machine not recorded" : run.cpu_model;
  if (run.cores > 0) machine += fmt::format(", {} cores", run.cores);
  if (!run.kernels.empty()) machine += "; " + run.kernels;
  if (!run.transport.empty()) machine += "; " + run.transport;
  return machine;
}

}  // namespace

std::string_view Name(Kind kind) {
  switch (kind) {
    case Kind::kStrong:
      return "strong";
    case Kind::kWeak:
      return "weak";
    case Kind::kMixed:
      break;
  }
  return "mixed";
}

bool ScalingReport::confirmed_regression() const {
  return std::any_of(points.begin(), points.end(), [](const ScalingPoint& point) {
    return point.change.has_value() && point.change->verdict == Verdict::kRegression;
  });
}

absl::StatusOr<ScalingReport> MakeReport(const std::vector<Point>& points, const std::vector<Point>& baseline,
                                         const ReportOptions& options) {
  if (points.empty()) return absl::InvalidArgumentError("there is no run to report on");
  ScalingReport report;
  report.name = points.front().any().scenario.name();
  report.machine = MachineOf(points.front().any());
  for (const Point& point : points) {
    if (point.any().summary.tokens_per_step <= 0 || point.any().summary.step_s_median <= 0) {
      return absl::InvalidArgumentError(
          fmt::format("{}: a run without tokens or without step times cannot be compared", point.any().path));
    }
    report.points.push_back(Describe(point));
  }
  report.kind = KindOf(report.points);
  Relate(&report.points);
  RINGSIDE_RETURN_IF_ERROR(AddLaw(&report));
  RINGSIDE_RETURN_IF_ERROR(AddChanges(baseline, options, &report));
  report.findings = FindingsOf(report);
  report.notes = NotesOf(report);
  return report;
}

}  // namespace ringside::report
