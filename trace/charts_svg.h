// Bar charts of run summaries for reports: where a step's time went, and who holds how much memory.
#pragma once

#include <string>
#include <vector>

#include "trace/summary.h"

namespace ringside::trace {

struct ChartRun {
  std::string label;                     // e.g. "dp2 x tp2"
  const RunSummary* measured = nullptr;  // either may be absent
  const RunSummary* predicted = nullptr;
};

struct ChartOptions {
  std::string title;
  std::string id = "chart";  // unique in its HTML page
  double width_px = 900;
  int64_t limit_bytes = 0;  // memory that a device grants; drawn as a line; 0: none
};

// Per run the measured bar and below it the predicted one: compute, exposed communication by axis, bubble,
// skew, other; mean seconds a step over ranks.
std::string TimeSplitChartSvg(const std::vector<ChartRun>& runs, const ChartOptions& options = {});

// Per run and rank the high-water marks of the categories, stacked. They are reached at different moments, so
// the high-water mark of their sum is smaller than the stack: it is the line across it, and the figure at its
// end. Uses the measured summary, or the predicted one where nothing was measured.
std::string MemoryChartSvg(const std::vector<ChartRun>& runs, const ChartOptions& options = {});

}  // namespace ringside::trace
