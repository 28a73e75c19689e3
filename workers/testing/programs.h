// Hand-made programs for tests of the workers.
#pragma once

#include <numeric>
#include <utility>
#include <vector>

#include "plan/program_builder.h"
#include "plan/validate.h"

namespace ringside::workers {

inline plan::Program EmptyProgram(int rank, int world_size, int steps, plan::DType real) {
  plan::Program program;
  program.rank = rank;
  program.world_size = world_size;
  program.real = real;
  program.run.set_steps(steps);
  program.run.set_kernels(v1::KERNELS_REFERENCE);
  return program;
}

inline plan::Op FillOp(const plan::View& out, double value) {
  plan::Op op;
  op.kind = plan::OpKind::kFill;
  op.operands = {out};
  op.dims = {out.elems};
  op.scalars = {value};
  return op;
}

inline plan::Op TransferOp(plan::OpKind kind, plan::Stream stream, int peer, const plan::View& buf) {
  plan::Op op;
  op.kind = kind;
  op.stream = stream;
  op.peer = peer;
  op.operands = {buf};
  op.dims = {buf.elems};
  return op;
}

inline plan::Op AllReduceOp(int group, plan::Stream stream, bool max = false) {
  plan::Op op;
  op.kind = plan::OpKind::kAllReduce;
  op.stream = stream;
  op.group = group;
  if (max) op.flags = plan::kMax;
  return op;
}

inline std::vector<int32_t> AllRanks(int world_size) {
  std::vector<int32_t> ranks(world_size);
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}

// A parameter, so that keep_weights returns the buffer's values.
inline void Expose(plan::ProgramBuilder* builder, int id, const plan::View& view) {
  builder->AddParam({.name = "param",
                     .id = id,
                     .inner = view.elems,
                     .weights = {view, 0},
                     .grad = {view, 0},
                     .master = {},
                     .m = {},
                     .v = {}});
}

// x = rank + 1, summed over all ranks; y = the rank's number, passed on to the next rank (in y's buffer of
// it).
inline std::vector<plan::Program> RingPrograms(int size, int steps, plan::DType real) {
  std::vector<plan::Program> programs;
  for (int rank = 0; rank < size; ++rank) {
    plan::ProgramBuilder builder(EmptyProgram(rank, size, steps, real));
    const auto x = builder.AddPersistent("x", plan::Category::kGradients, 1000);
    const auto y = builder.AddPersistent("y", plan::Category::kWeights, 10);
    const auto mine = builder.AddTemp("mine", plan::Category::kActivations, 10);
    const auto loss = builder.AddPersistent("loss", plan::Category::kWorkspace, 1);
    builder.SetLossBuffer(loss.buffer);
    Expose(&builder, 0, x);
    Expose(&builder, 1, y);
    builder.Emit(FillOp(x, rank + 1));
    builder.EmitCollective(AllReduceOp(builder.AddGroup("dp", AllRanks(size)), plan::Stream::kDp), x);
    builder.Emit(FillOp(mine, rank));
    builder.Emit(TransferOp(plan::OpKind::kSend, plan::Stream::kSendForward, (rank + 1) % size, mine));
    builder.Emit(TransferOp(plan::OpKind::kRecv, plan::Stream::kRecvForward, (rank + size - 1) % size, y));
    builder.Emit(FillOp(loss, rank + 0.5));
    programs.push_back(builder.Finish());
    programs.back().run.set_keep_weights(true);
  }
  return programs;
}

}  // namespace ringside::workers
