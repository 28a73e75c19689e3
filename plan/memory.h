// What a program allocates, exactly, without running it.
#pragma once

#include <array>
#include <cstdint>

#include "plan/program.h"

namespace ringside::plan {

struct PeakMemory {
  std::array<int64_t, kNumCategories> by_category{};  // high-water mark of each category, bytes
  int64_t total = 0;                                  // high-water mark of the sum, bytes
  int32_t total_op = -1;                              // the op at whose issue it is reached; -1: before
};

PeakMemory PredictPeakMemory(const Program& program);

}  // namespace ringside::plan
