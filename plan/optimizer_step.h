// The end of a step: the norm of the whole gradient and what follows from it (clipping, the loss scale), the
// optimizer on what the rank owns, and new weights back to the replicas.
#pragma once

#include "plan/param_layout.h"

namespace ringside::plan {

class OptimizerStep {
 public:
  // Everything outlives this. Adds the state that lives across steps; before the first op of the step.
  OptimizerStep(const Resolved& resolved, const Coordinates& at, const ParamLayout& layout, Emitter* emitter);

  // What the loss gradient is multiplied by (kScaled); buffer -1: nothing.
  const View& loss_scale() const { return loss_scale_; }

  // After all gradients are reduced.
  void Emit();

 private:
  bool Counts(int param) const;
  void EmitNorm();
  void EmitLayerNorms();
  void EmitUpdate(int param);

  const Resolved& r_;
  const Coordinates at_;
  const ParamLayout& layout_;
  Emitter* const emitter_;
  View square_sum_, control_, loss_scale_, layer_square_sums_;
};

}  // namespace ringside::plan
