// Where an op leaves the gradient of a weight, and how gradients are summed over the replicas, bucket by
// bucket (Li et al. 2020, "PyTorch Distributed"; Rajbhandari et al. 2020, "ZeRO").
//
//  * Stages 0 and 1 keep all gradients over the micro-batches; a bucket is all-reduced, or reduce-scattered,
//    when the last of them has finished its tensors: at once with plan.overlap grad_reduce, beside the rest
//    of the backward pass, else all of them after it.
//  * Stages 2 and 3 keep the owned shard only: a micro-batch's bucket is a buffer of its own,
//    reduce-scattered as soon as the micro-batch has finished it and then added to the shard. With overlap
//    that addition waits until the next bucket has been handed over.
//  * Where sharding has copies (plan.zero_group), the shards are then all-reduced over them, once a step.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "plan/param_layout.h"

namespace ringside::plan {

class GradStore {
 public:
  // Everything outlives the store.
  GradStore(const Resolved& resolved, const Coordinates& at, const ParamLayout& layout, Emitter* emitter);

  // Where the gradient of the params first .. last (glued) in this micro-batch goes; sets kAccumulate in
  // `flags` where there is something already, and counts it as written.
  View For(int first_param, int last_param, int micro_batch, uint32_t* flags);

  // The gradient of params first .. last in this micro-batch is complete: the op just emitted was the last to
  // add to it. Called once a param and micro-batch.
  void Final(int first_param, int last_param, int micro_batch);

  // After the last backward pass. Issues what is left, then sums the tied embedding's gradient over the two
  // stages that hold a copy.
  void Flush();

 private:
  struct Whole {  // a micro-batch's bucket, stages 2 and 3
    View view;
    std::vector<bool> written;  // by param of the bucket
    int final = 0;
  };

  bool shards_gradients() const { return layout_.zero >= 2; }
  View Grads(const Chunk& range) const;
  void Reduce(int bucket);                             // stages 0 and 1
  void ReduceMicroBatch(int bucket, int micro_batch);  // stages 2 and 3
  void AddToShard(int bucket, const View& whole);
  void AddPending();
  void SumTiedEmbedding();

  const Resolved& r_;
  const Coordinates at_;
  const ParamLayout& layout_;
  Emitter* const emitter_;
  std::vector<bool> written_;                    // by param, in this step
  std::vector<int> final_;                       // by bucket: params and micro-batches done
  std::vector<int32_t> last_op_;                 // by bucket: the op that last added to it
  std::map<std::pair<int, int>, Whole> wholes_;  // (bucket, micro-batch)
  std::vector<bool> shard_written_;              // by bucket
  std::vector<std::pair<int, View>> pending_;    // reduce-scattered, not yet added
};

}  // namespace ringside::plan
