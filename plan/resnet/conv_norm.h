// A convolution with the batch normalisation behind it, as ops: windows (kIm2col) times the weights, then the
// sums of every channel, and the norm by them.
//
// Synchronised statistics: the sums of all replicas are added before anyone normalises, and so are the sums
// of the backward pass, micro-batch by micro-batch; a run on N replicas then computes what one of N times the
// micro-batch does. The gradients of gain and bias are taken from the rank's own sums: those are added over
// the replicas with all other gradients.
//
// The windows are gathered again in the backward pass: they are k * k times as large as what they are
// gathered from.
//
// Legend: N = micro_batch * side * side rows that come in, P those that go out; C, F channels in and out.
#pragma once

#include <string>

#include "plan/grad_store.h"
#include "plan/resnet/tensors.h"
#include "plan/weight_store.h"

namespace ringside::plan {

class ConvNorm {
 public:
  struct State {
    View x;     // [N, C]
    View conv;  // [P, F]
    View sums;  // S[2, F]; of all replicas where they are synchronised
  };

  struct Parts {
    Emitter* emit;
    WeightStore* weights;
    GradStore* grads;
    int64_t images;  // of a micro-batch
    int replicas;    // whose sums are added
    int group = -1;  // of them
    double eps = 1e-5;
  };

  // `name`: what its buffers are called. Everything outlives it.
  ConvNorm(const Parts& parts, const ConvShape& shape, const char* name)
      : p_(parts), s_(shape), name_(name) {}

  // -> y [P, F], a fresh buffer.
  View Forward(const View& x, State* state);
  // dy [P, F]; dx [N, C] is assigned, or added to, or with buffer -1 left out. dy stays as it is.
  void Backward(const View& dy, const State& state, const View& dx, bool accumulate);

  int64_t rows_in() const { return p_.images * s_.side * s_.side; }
  int64_t rows_out() const { return p_.images * s_.out_side() * s_.out_side(); }
  int64_t elems_in() const { return rows_in() * s_.in; }
  int64_t elems_out() const { return rows_out() * s_.out; }

 private:
  View Windows(const View& x);
  void SumOverReplicas(const View& sums);
  View Temp(const char* what, int64_t elems);

  const Parts p_;
  const ConvShape s_;
  const std::string name_;
};

}  // namespace ringside::plan
