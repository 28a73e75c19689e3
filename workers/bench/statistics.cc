#include "workers/bench/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace ringside::bench {

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(share * static_cast<double>(values.size()));
  return values[std::clamp<int64_t>(static_cast<int64_t>(rank) - 1, 0,
                                    static_cast<int64_t>(values.size()) - 1)];
}

double Median(const std::vector<double>& values) {
  return Quantile(values, 0.5);
}

std::string MedianAndSpread(const std::vector<double>& values, double scale) {
  return fmt::format("{:.1f} ({:.1f} .. {:.1f})", scale * Median(values), scale * Quantile(values, 0.1),
                     scale * Quantile(values, 0.9));
}

bool WriteJson(const std::string& path, const nlohmann::json& document) {
  if (path.empty()) return true;
  const std::string text = document.dump(2) + "\n";
  if (path == "-") {
    std::cout << text;
    return true;
  }
  std::ofstream out(path);
  if (out << text && out.flush()) return true;
  std::fputs(fmt::format("cannot write {}\n", path).c_str(), stderr);
  return false;
}

}  // namespace ringside::bench
