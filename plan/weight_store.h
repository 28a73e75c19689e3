// Where an op finds the weights it reads. With ZeRO stage 3 a unit (a block, the embedding, the output) is
// gathered from its shards before its first use and released after its last; with plan.overlap param_gather
// one unit ahead.
#pragma once

#include <vector>

#include "plan/param_layout.h"

namespace ringside::plan {

class WeightStore {
 public:
  // Everything outlives the store.
  WeightStore(const Resolved& resolved, const ParamLayout& layout, Emitter* emitter);

  // Before ops that read the weights of `unit`; `next`: the unit after it, -1: none.
  void Use(int unit, int next = -1);
  // After them: the next use gathers anew.
  void Drop(int unit);

  // REQUIRES: the param's unit is in use. From one param to the end of another one, glued to it.
  View Of(int param) const { return From(param, param); }
  View From(int first_param, int last_param) const;

 private:
  void Gather(int unit);

  const Resolved& r_;
  const ParamLayout& layout_;
  Emitter* const emitter_;
  std::vector<View> gathered_;  // by bucket; buffer -1: not gathered
};

}  // namespace ringside::plan
