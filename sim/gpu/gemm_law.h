// Time of one dense matrix product on a GPU.
//
// The output is cut into tiles; a tile is computed by one multiprocessor, so that the last wave of tiles and
// tiles at the edge cost as much as full ones (NVIDIA, "Matrix Multiplication Background User's Guide"). The
// library is assumed to pick the best tile of a small menu, and to split k where there are too few tiles.
// Beside that stand the traffic of operands between cache and cores and the traffic to memory; the longest
// dominates:
//   t = launch + (mma^p + memory^p)^(1/p).
#pragma once

#include "ringside/v1/hardware.pb.h"

namespace ringside::sim::gpu {

enum class Precision { kFp32, kTf32, kFp16, kBf16, kFp8, kFp4 };

// 10^12 operations a second; falls back to the next wider format that the device has.
double PeakTflops(const v1::GpuDevice& device, Precision precision);

// Bytes of an element as an operand of a product.
double OperandBytes(Precision precision);

// C[m,n] = A[m,k] B[k,n], `count` independent ones in one kernel (grouped or batched). Seconds in a short
// burst, at the boost clock; output in 2 bytes. m, n, k >= 1.
double GemmSeconds(const v1::GpuDevice& device, Precision precision, double m, double n, double k,
                   double count = 1);

}  // namespace ringside::sim::gpu
