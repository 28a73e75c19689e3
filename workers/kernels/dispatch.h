// Maps a compute op of a program onto the kernel interface.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "plan/program.h"
#include "ringside/v1/scenario.pb.h"
#include "workers/kernels/data_source.h"
#include "workers/kernels/kernels.h"

namespace ringside::kernels {

// What ops take from the run rather than from their own fields.
struct StepContext {
  int64_t step = 0;  // from 0
  uint64_t seed = 0;
  double lr = 0, beta1 = 0, beta2 = 0, eps = 0, weight_decay = 0;
  const DataSource* data = nullptr;  // of kLoadBatch; outlives the call
  int64_t dataset_samples = 0;       // of kLoadImages: then they begin again; 0: never
};

// `run` is resolved (plan::Resolve); step -1, before the first, serves the init ops. The learning rate is
// that of the step (plan::LearningRate).
StepContext MakeStepContext(const v1::RunSpec& run, int64_t step, const DataSource* data);

// Runs `op` to its end. operands[i] points at the first element of op.operands[i]: R, S or int32_t as the
// kind says. REQUIRES: the op is part of a program that ValidateProgram accepts, and is no communication.
// kJoin does nothing.
template <class R>
void RunOp(Kernels<R>& kernels, const plan::Op& op, absl::Span<void* const> operands,
           const StepContext& context);

}  // namespace ringside::kernels
