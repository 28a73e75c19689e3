// A run's summary for a terminal.
#pragma once

#include <string>

#include "trace/summary.h"

namespace ringside::cli {

// Speed, loss, where the time went, and a table of the ranks: memory by category, bytes sent, waits.
std::string SummaryText(const trace::RunSummary& summary);

// "compute 71.2 %, dp communication 18.0 %, ...", largest first; what is under 0.05 % is left out.
std::string SharesText(const trace::RunSummary& summary);

}  // namespace ringside::cli
