// What collectives combine elements with.
#pragma once

#include <cstdint>
#include <functional>

#include "plan/program.h"

namespace ringside::workers {

// into [n] = into + from, or their maximum; elements of the given type.
using ReduceFunction =
    std::function<void(plan::DType dtype, void* into, const void* from, int64_t elems, bool max)>;

// The arithmetic of every type: bf16 and f16 are added in f32 and rounded to the nearest, ties to even. Both
// operations are commutative to the bit (-0 and +0 have the maximum +0), but for what a NaN carries; a NaN on
// either side gives a NaN. `into` and `from` do not overlap.
void Reduce(plan::DType dtype, void* into, const void* from, int64_t elems, bool max);

}  // namespace ringside::workers
