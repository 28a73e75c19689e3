// Collectives: what events say of them, and the bandwidths that follow.
#pragma once

#include <optional>
#include <string_view>

#include "trace/analyze/gpu_timeline.h"
#include "trace/import/event.h"

namespace ringside::trace {

// Of the args "Collective name", "In msg nelems", "dtype", ... that torch gives NCCL's kernels and the host's
// record_param_comms. Empty: there are none.
std::optional<Collective> CollectiveOf(const TraceEvent& event);

// Of a kernel's name that says it: "ncclDevKernel_AllReduce_Sum_bf16_RING_LL(...)" -> "AllReduce". Else
// empty.
std::string_view OperationInKernelName(std::string_view kernel);

// Bus over algorithm bandwidth, as nccl-tests defines it: 2(n-1)/n for all-reduce, (n-1)/n for all-gather,
// reduce-scatter and all-to-all, 1 for what goes from one rank to others. Empty: not known for this
// operation.
std::optional<double> BusFactor(std::string_view operation, int ranks);

// Bytes of an element; 0: unknown. torch's names ("Float", "BFloat16", "Byte").
int BytesOfType(std::string_view dtype);

}  // namespace ringside::trace
