// Predictions of a table of published runs, and how far they are from what was measured.
#pragma once

#include <string>
#include <vector>

#include "ringside/v1/hardware.pb.h"
#include "sim/analytic/csv.h"
#include "sim/analytic/estimate.h"
#include "sim/analytic/evidence.h"

namespace ringside::sim::analytic {

struct RunPrediction {
  std::string id, source, stack;  // source: what stands before the first '-' of the id
  std::string refused;            // reason; empty: it was predicted
  Estimation estimate;
  Evidence evidence;
  double measured_step_s = 0;  // 0: not measured; taken from tokens/s where the step time is not given
  double measured_gib = 0;
  bool ran = false;   // something was measured
  std::string group;  // of runs that differ in their plan alone: source, model, gpu, number of gpus
  // |predicted / measured - 1| of the step time.
  double StepError() const;
  double MemoryError() const;  // predicted / measured - 1
  bool InBand() const;         // the measured step time lies in the band of the evidence
};

struct SourceSummary {
  std::string source;  // "all": of every row
  int predicted = 0, refused = 0, timed = 0, weighed = 0;
  double median_error = 0, mean_error = 0,
         memory_error = 0;  // absolute, fractions; medians but for mean_error
  double spearman = 0;      // mean over groups of five runs and more
  int groups = 0;
  double in_band = 0;  // share of the timed runs
  // Runs that fit / did not, by what was predicted.
  int ran_fits = 0, ran_fails = 0, failed_fits = 0, failed_fails = 0;
};

// Tables of runs, or of single-node steps (AsRun).
std::vector<RunPrediction> PredictRuns(const v1::Catalogue& catalogue, const std::vector<CsvRow>& rows);

// One per source in the order of their names, "all" last.
std::vector<SourceSummary> Summarize(const std::vector<RunPrediction>& runs);

// Rank correlation with ties at their mean rank; 0 where one side does not vary.
double Spearman(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace ringside::sim::analytic
