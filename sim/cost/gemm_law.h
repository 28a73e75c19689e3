// Time of a GEMM from measured shapes.
//
// A base law (overhead + flops + bytes, fitted over all points) carries the size; what it misses (tile edges,
// cache levels, transposes) is the ratio measured / base, interpolated over the nearest measured shapes with
// weights 1 / d^4 in (log m, log n, log k) (Shepard's method). It goes through every measured point; outside
// of the measured range it is the base law times the nearest points' efficiency.
#pragma once

#include <vector>

#include "ringside/v1/device.pb.h"

namespace ringside::sim {

class GemmLaw {
 public:
  // `base` as fitted over `points`; points without a positive time are refused by ValidateProfile.
  GemmLaw(const std::vector<v1::GemmPoint>& points, const v1::KernelLaw& base, int elem_bytes);

  double Nanoseconds(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k) const;

 private:
  struct Point {
    double log_m, log_n, log_k, log_ratio;
  };

  double Base(int64_t m, int64_t n, int64_t k) const;

  v1::KernelLaw base_;
  int elem_bytes_;
  std::vector<Point> points_[4];  // by 2 * trans_a + trans_b
  Point low_[4], high_[4];        // the box around them
};

}  // namespace ringside::sim
