// The two ends of a transformer: from tokens to the residual stream, and from it to the loss. Both are split
// by vocabulary over the tensor-parallel ranks (Megatron-LM): a rank looks up, and computes the logits of,
// its own rows of the table; the softmax is put together from the ranks' maxima and sums.
//
// Legend: V = vocabulary rows here.
#pragma once

#include "plan/transformer/context.h"

namespace ringside::plan {

// A micro-batch's tokens and the tokens after them, both I[N].
struct Tokens {
  View tokens, targets;
};
// `m` counts on through the micro-batches of evaluation.
Tokens EmitLoadBatch(Context& context, int m);

// -> own rows.
View EmitEmbedding(Context& context, const View& tokens);
// d: the gradient of the embedding; overwritten.
void EmitEmbeddingBackward(Context& context, const View& tokens, const View& d);

struct HeadState {
  View x;
  Context::Norm norm;
  View normed;
  View logits;  // after the forward pass: the gradient
};
// Adds the mean loss of the micro-batch's share of the step to `loss`; `tokens_in_all`: what is averaged
// over.
void EmitHead(Context& context, const View& x, const View& targets, const View& loss, double tokens_in_all,
              HeadState* state);
// -> the gradient of x, a fresh buffer.
View EmitHeadBackward(Context& context, const HeadState& state);

}  // namespace ringside::plan
