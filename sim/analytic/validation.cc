#include "sim/analytic/validation.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

#include "sim/analytic/published_run.h"

namespace ringside::sim::analytic {
namespace {

constexpr size_t kLeastGroup = 5;

double Cell(const CsvRow& row, std::string_view column) {
  return std::strtod(row.Text(column).c_str(), nullptr);
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double Mean(const std::vector<double>& values) {
  return values.empty()
             ? 0
             : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> Ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t j = i;
    while (j + 1 < order.size() && values[order[j + 1]] == values[order[i]]) ++j;
    for (size_t k = i; k <= j; ++k) ranks[order[k]] = static_cast<double>(i + j) / 2;
    i = j + 1;
  }
  return ranks;
}

SourceSummary SummaryOf(const std::string& name, const std::vector<const RunPrediction*>& runs) {
  SourceSummary summary;
  summary.source = name;
  std::vector<double> errors, memory, correlations;
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> groups;
  for (const RunPrediction* run : runs) {
    if (!run->refused.empty()) {
      ++summary.refused;
      continue;
    }
    ++summary.predicted;
    const bool fits = run->estimate.fits;
    ++(run->ran ? (fits ? summary.ran_fits : summary.ran_fails)
                : (fits ? summary.failed_fits : summary.failed_fails));
    if (run->measured_step_s > 0) {
      errors.push_back(run->StepError());
      summary.in_band += run->InBand() ? 1 : 0;
      auto& [measured, predicted] = groups[run->group];
      measured.push_back(run->measured_step_s);
      predicted.push_back(run->estimate.step_s);
    }
    if (run->measured_gib > 0) memory.push_back(std::abs(run->MemoryError()));
  }
  for (const auto& [group, sides] : groups)
    if (sides.first.size() >= kLeastGroup) correlations.push_back(Spearman(sides.first, sides.second));
  summary.timed = static_cast<int>(errors.size());
  if (summary.timed > 0) summary.in_band /= summary.timed;
  summary.weighed = static_cast<int>(memory.size());
  summary.median_error = Median(errors);
  summary.mean_error = Mean(errors);
  summary.memory_error = Median(memory);
  summary.spearman = Mean(correlations);
  summary.groups = static_cast<int>(correlations.size());
  return summary;
}

}  // namespace

double RunPrediction::StepError() const {
  return std::abs(estimate.step_s / measured_step_s - 1);
}

double RunPrediction::MemoryError() const {
  return estimate.memory.allocated() / (1 << 30) / measured_gib - 1;
}

bool RunPrediction::InBand() const {
  return measured_step_s >= estimate.step_s * evidence.low() &&
         measured_step_s <= estimate.step_s * evidence.high();
}

double Spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> x = Ranks(a), y = Ranks(b);
  const double mean_x = Mean(x), mean_y = Mean(y);
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

std::vector<RunPrediction> PredictRuns(const v1::Catalogue& catalogue, const std::vector<CsvRow>& rows) {
  std::vector<RunPrediction> runs;
  for (const CsvRow& given : rows) {
    const CsvRow row = AsRun(given);
    RunPrediction run;
    run.id = row.Text("id");
    run.source = run.id.substr(0, run.id.find('-'));
    run.stack = StackOfRun(row);
    run.group = run.source + "|" + row.Text("model_name") + "|" + row.Text("gpu") + "|" + row.Text("gpus");
    const absl::StatusOr<Problem> problem = ProblemOfRun(catalogue, row);
    if (problem.ok()) {
      run.estimate = Estimate(*problem);
      run.evidence = EvidenceOf(*problem);
    } else {
      run.refused = std::string(problem.status().message());
    }
    run.measured_step_s = Cell(row, "measured_step_s");
    const double rate = Cell(row, "measured_tokens_per_s_per_gpu");
    if (rate > 0 && problem.ok()) {
      const Plan& plan = problem->plan;
      run.measured_step_s = plan.global_batch * plan.seq_len / rate /
                            (static_cast<double>(plan.tp) * plan.pp * plan.cp * plan.dp);
    }
    run.measured_gib = Cell(row, "measured_mem_gib_per_gpu");
    run.ran =
        run.measured_step_s > 0 || Cell(row, "measured_tflops_per_gpu") > 0 || Cell(row, "measured_mfu") > 0;
    runs.push_back(std::move(run));
  }
  return runs;
}

std::vector<SourceSummary> Summarize(const std::vector<RunPrediction>& runs) {
  std::map<std::string, std::vector<const RunPrediction*>> sources;
  std::vector<const RunPrediction*> all;
  for (const RunPrediction& run : runs) {
    sources[run.source].push_back(&run);
    all.push_back(&run);
  }
  std::vector<SourceSummary> summaries;
  for (const auto& [name, some] : sources) summaries.push_back(SummaryOf(name, some));
  summaries.push_back(SummaryOf("all", all));
  return summaries;
}

}  // namespace ringside::sim::analytic
