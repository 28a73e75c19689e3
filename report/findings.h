// What a scaling report says in sentences. Every figure in them is one of the report's own.
#pragma once

#include <string>
#include <vector>

namespace ringside::report {

struct ScalingReport;

// The largest loss and its largest factor; the law and where it breaks; predictions; confirmed changes.
std::vector<std::string> FindingsOf(const ScalingReport& report);

// What limits the figures: few repeats, cores that ranks share, points that are only predicted.
std::vector<std::string> NotesOf(const ScalingReport& report);

}  // namespace ringside::report
