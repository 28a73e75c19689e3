// What the parts of a transformer share while they emit ops: the mesh's groups, weights and gradients, and
// the way rows of tokens are split.
//
// Legend: N = micro_batch * seq_len / cp tokens of a micro-batch on this rank, C = hidden. With sequence
// parallelism (Korthikanti et al. 2022) tensors of the residual stream hold only the rank's *own* N / tp
// rows; what goes into a tensor-parallel product is gathered, what comes out of one is reduce-scattered.
// Without, own rows are all rows, gathering is nothing, and what comes out is all-reduced.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plan/grad_store.h"
#include "plan/weight_store.h"

namespace ringside::plan {

// Work of a backward pass that may be done later: weight gradients, for a zero-bubble schedule.
using DeferredWork = std::vector<std::function<void()>>;

class Context {
 public:
  Context(const Resolved& resolved, const Coordinates& at, const ParamLayout& layout, Emitter* emitter,
          WeightStore* weights, GradStore* grads);

  const Resolved& r;
  const Coordinates at;
  const ParamLayout& layout;
  Emitter& emit;
  WeightStore& weights;
  GradStore& grads;
  const int64_t n, own_n, c;  // rows, own rows, width
  const int64_t row_begin;    // of the own rows in the micro-batch
  int tp_group = -1, cp_group = -1, ep_group = -1;
  View attention_scratch;
  View loss_scale;                   // control of a scaled loss; buffer -1: none
  DeferredWork* deferred = nullptr;  // null: weight gradients are emitted at once
  bool evaluating = false;           // held-out data, no dropout

  // Own rows -> all rows; all rows of which every tp rank has a part of the sum -> own rows, summed. The
  // result may be the argument.
  View Gathered(const View& own);
  View Reduced(const View& partial);
  void AllReduceTp(const View& buf, uint32_t flags = 0);

  // y [own_n, C] of x, with what the backward pass needs; RMSNorm has no mean.
  struct Norm {
    View y, mean, rstd;
  };
  Norm EmitNorm(const View& x, int gamma, int beta);
  // dx += its gradient.
  void EmitNormBackward(const View& dy, const View& x, const Norm& norm, int gamma, int beta, const View& dx);

  // The gradients of W [out, in] and b in x W^T + b, from dy [rows, out] and x [rows, in]; now or deferred. W
  // may be several glued params.
  void WeightGrad(int first_param, int last_param, const View& dy, const View& x, int64_t rows, int64_t out,
                  int64_t in);
  void WeightGrad(int param, const View& dy, const View& x, int64_t rows, int64_t out, int64_t in) {
    WeightGrad(param, param, dy, x, rows, out, in);
  }
  void BiasGrad(int param, const View& dy, int64_t rows, int64_t width);  // param -1: nothing
  // `work` emits what finishes the gradient of the params, where the flags tell whether to add.
  void Gradient(int first_param, int last_param, std::function<void(const View& grad, uint32_t flags)> work);

  // out [own_n, C] = residual + dropout(x + bias), from `partial` [N, C] as Reduced takes it; bias -1: none.
  View Residual(const View& partial, int bias, const View& residual, int site, const char* name);
  // What reaches the branch of the gradient d [own_n, C] of such a sum: masked where there is dropout. A copy
  // where d changes before it is read for the last time (deferred work), else d itself.
  View ResidualBackward(const View& d, int site);
  void Dropout(const View& x, const View& bias, int site);
  bool drops() const;

  // Sample of this rank's micro-batch m that comes first in the step: sample s of a step belongs to
  // micro-batch s / (dp * b), replica s / b % dp.
  int64_t FirstSample(int m) const;
};

}  // namespace ringside::plan
