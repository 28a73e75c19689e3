// Data-parallel gradient reduction, bucket by bucket (Li et al. 2020, "PyTorch Distributed"): an all-reduce,
// or a reduce-scatter where each replica needs only what it owns. With overlap a bucket's is issued as soon
// as the last backward pass has finished its tensors, and runs beside the rest of that pass; without, all are
// issued after it.
#pragma once

#include <vector>

#include "plan/compile.h"
#include "plan/param_layout.h"
#include "plan/program_builder.h"

namespace ringside::plan {

class GradBuckets {
 public:
  // `buckets` must outlive this.
  GradBuckets(const Resolved& resolved, const Coordinates& at, const std::vector<Bucket>& buckets,
              ProgramBuilder* builder);

  // The gradient of params()[param] is final: the op just emitted was the last to add to it. Called once a
  // parameter, in any order.
  void OnFinal(int param);

  // After the last backward pass; every parameter is final. Issues what is left, then sums the tied
  // embedding's gradient over the two stages that hold a copy.
  void Flush(int wte_param);

 private:
  struct State {
    int final = 0;  // tensors whose gradient is
    int32_t last_op = -1;
  };

  void Issue(int bucket);

  const Resolved& resolved_;
  const Coordinates at_;
  ProgramBuilder* builder_;
  int group_ = -1;
  const std::vector<Bucket>& buckets_;
  std::vector<State> states_;   // by bucket
  std::vector<int> bucket_of_;  // by param
};

}  // namespace ringside::plan
