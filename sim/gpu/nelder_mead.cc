#include "sim/gpu/nelder_mead.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace ringside::sim::gpu {

std::vector<double> NelderMead(const std::function<double(const std::vector<double>&)>& loss,
                               const std::vector<double>& start, const std::vector<double>& scale,
                               int evaluations) {
  using Point = std::pair<double, std::vector<double>>;
  const size_t n = start.size();
  std::vector<Point> simplex = {{loss(start), start}};
  for (size_t i = 0; i < n; ++i) {
    std::vector<double> x = start;
    x[i] += scale[i];
    const double value = loss(x);
    simplex.push_back({value, std::move(x)});
  }
  int left = evaluations - static_cast<int>(n) - 1;
  const auto along = [&](const std::vector<double>& center, const std::vector<double>& worst, double t) {
    std::vector<double> x(n);
    for (size_t i = 0; i < n; ++i) x[i] = center[i] + t * (worst[i] - center[i]);
    --left;
    const double value = loss(x);
    return Point{value, std::move(x)};
  };
  while (left > 0) {
    std::sort(simplex.begin(), simplex.end());
    std::vector<double> center(n, 0.0);
    for (size_t j = 0; j < n; ++j)
      for (size_t i = 0; i < n; ++i) center[i] += simplex[j].second[i] / static_cast<double>(n);
    Point& worst = simplex[n];
    Point reflected = along(center, worst.second, -1);
    if (reflected.first < simplex[0].first) {
      Point expanded = along(center, worst.second, -2);
      worst = std::min(expanded, reflected);
    } else if (reflected.first < simplex[n - 1].first) {
      worst = reflected;
    } else {
      Point contracted = along(center, worst.second, reflected.first < worst.first ? -0.5 : 0.5);
      if (contracted.first < std::min(worst.first, reflected.first)) {
        worst = contracted;
      } else {
        for (size_t j = 1; j <= n; ++j) simplex[j] = along(simplex[0].second, simplex[j].second, 0.5);
      }
    }
  }
  return std::min_element(simplex.begin(), simplex.end())->second;
}

}  // namespace ringside::sim::gpu
