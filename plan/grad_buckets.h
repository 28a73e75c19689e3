// Data-parallel gradient reduction, bucket by bucket (Li et al. 2020, "PyTorch Distributed"): a bucket is a
// run of whole tensors of at least bucket_mib (the last may be shorter). With overlap a bucket's all-reduce
// is issued as soon as the last backward pass has finished its tensors, and runs beside the rest of that
// pass; without, all are issued after it.
#pragma once

#include <vector>

#include "plan/compile.h"
#include "plan/param_layout.h"
#include "plan/program_builder.h"

namespace ringside::plan {

class GradBuckets {
 public:
  GradBuckets(const Resolved& resolved, const Coordinates& at, ProgramBuilder* builder);

  // The gradient of params()[param] is final: the op just emitted was the last to add to it. Called once a
  // parameter, in any order.
  void OnFinal(int param);

  // After the last backward pass; every parameter is final. Issues what is left, then sums the tied
  // embedding's gradient over the two stages that hold a copy.
  void Flush(int wte_param);

 private:
  struct Bucket {
    View view;
    int params = 0;  // tensors in it
    int final = 0;   // of those whose gradient is final
    int32_t last_op = -1;
  };

  void Issue(const Bucket& bucket);

  const Resolved& resolved_;
  const Coordinates at_;
  ProgramBuilder* builder_;
  int group_ = -1;
  std::vector<Bucket> buckets_;
  std::vector<int> bucket_of_;  // by param
};

}  // namespace ringside::plan
