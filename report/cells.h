// The tables of a scaling report as text cells, for whichever document shows them.
#pragma once

#include <string>
#include <vector>

#include "report/scaling.h"

namespace ringside::report {

struct Cells {
  std::string title;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::string caption;  // what the columns mean
};

Cells SpeedCells(const ScalingReport& report);
Cells FactorCells(const ScalingReport& report);
Cells MemoryCells(const ScalingReport& report);
Cells ChangeCells(const ScalingReport& report);  // no rows: there is no baseline

// All of the above that have rows.
std::vector<Cells> AllCells(const ScalingReport& report);

}  // namespace ringside::report
