// A line plot over the number of ranks: log2 across, linear from 0 upwards.
#pragma once

#include <string>
#include <vector>

namespace ringside::report {

struct PlotPoint {
  double ranks = 1;
  double value = 0;
  double low = 0, high = 0;  // whisker; equal: none
  std::string tooltip;
};

struct Series {
  std::string name;
  std::string colour;
  std::vector<PlotPoint> points;  // ascending in ranks
  bool line = true;
  bool dashed = false;
  bool markers = true;
};

struct Plot {
  std::string id;  // unique in its page
  std::string title;
  std::string unit;        // of the values, as it stands at the axis
  std::vector<int> ticks;  // numbers of ranks, ascending
  std::vector<Series> series;
};

// Without points, an empty string. Values are finite and not negative.
std::string PlotSvg(const Plot& plot);

}  // namespace ringside::report
