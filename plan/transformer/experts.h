// A mixture of experts in place of the MLP (Shazeer et al. 2017; Lepikhin et al. 2021; Fedus et al. 2022): a
// router picks experts_per_token of the experts for every token; tokens are laid out expert by expert, each
// with a fixed number of places (the program is static: "dropless" means as many places as there are tokens,
// what is left empty is zero and the product passes over it), sent to the ranks that have the expert
// (all-to-all over ep), multiplied, sent back, and summed with the router's weights.
//
// Places are counted sequence by sequence, so that which token is dropped does not depend on the layout.
// Every tensor-parallel rank routes all tokens, and has a part of every expert of its ep rank.
//
// Legend: E experts, K of them a token, rows = E * places of an expert, F = ffn_hidden / tp.
#pragma once

#include "plan/transformer/context.h"
#include "plan/transformer/mlp.h"

namespace ringside::plan {

class Experts {
 public:
  struct State {
    View mid;
    Context::Norm norm;
    View normed;
    View probs, slot, choice, weight, load;
    View in;  // rows of this rank's experts
    MlpActivations mlp;
    View y;  // rows, back where their tokens are
  };

  // `aux_loss`: where the load-balance loss is added up, S[1]; buffer -1: nowhere.
  Experts(Context* context, const BlockTensors& tensors, int layer, const View& aux_loss);

  void Forward(const View& mid, State* state);  // up to y
  View Output(const State& state);
  void Recompute(State* state);
  void Backward(const View& d, const State& state);

 private:
  void Route(State* state, bool first_time);
  View AllToAll(const View& rows, const char* name);
  double AuxScale() const;
  double Fill() const;

  Context& c_;
  const BlockTensors& t_;
  const View aux_loss_;
  const int site_;
  const int64_t e_, k_, f_, in_width_, block_rows_, rows_, local_;
};

}  // namespace ringside::plan
