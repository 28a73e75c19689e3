// The report on traces of others as tables for people.
#pragma once

#include <string>

#include "trace/analyze/report.h"

namespace ringside::cli {

std::string TraceAnalyzeText(const trace::TraceReport& report);

}  // namespace ringside::cli
