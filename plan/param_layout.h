// Where a rank's parameters lie: flat buffers with the tensors one after the other in the order in which the
// last backward pass finishes their gradients, cut into buckets that are communicated together.
//
// A bucket is a run of whole tensors of one domain: of at least plan.bucket_mib (the last may be shorter),
// or, with ZeRO stage 3, of one unit. With ZeRO (Rajbhandari et al. 2020) a rank owns the chunk of each
// bucket that a reduce-scatter leaves with it: stage 1 keeps optimizer states of that alone, stage 2 also
// gradients, stage 3 also weights. What is kept sharded lies in shard order: the owned chunks of all buckets,
// one after the other.
#pragma once

#include <array>
#include <vector>

#include "plan/collective.h"
#include "plan/emitter.h"
#include "plan/model_tensors.h"

namespace ringside::plan {

struct Bucket {
  Domain domain = Domain::kDense;
  int unit = -1;       // with ZeRO stage 3
  int64_t offset = 0;  // elements, in the flat order of all tensors
  int64_t elems = 0;
  int first_param = 0;  // index into Program::params
  int num_params = 0;
  Chunk owned;               // in flat order; the whole bucket where nothing is sharded
  int64_t shard_offset = 0;  // of `owned`, in shard order
};

struct DomainGroups {
  Replicas replicas;
  int shard = -1, replicate = -1;  // groups; -1: of one rank
};

struct ParamLayout {
  int zero = 0;  // the ZeRO stage in effect
  StageTensors tensors;
  std::vector<Bucket> buckets;
  std::vector<int> bucket_of;    // by param
  std::vector<int64_t> offsets;  // by param, in flat order
  std::vector<int64_t> elems;
  std::array<DomainGroups, kNumDomains> groups;
  View weights;       // flat, or with stage 3 in shard order
  View grads;         // flat, or with stages 2 and 3 in shard order
  View master, m, v;  // in shard order; buffer -1: there are none

  const DomainGroups& GroupsOf(const Bucket& bucket) const { return groups[static_cast<int>(bucket.domain)]; }
};

// Adds the buffers, the params, the groups of replicas, and the ops that initialise weights and optimizer
// states (gradients need none: the first micro-batch of a step assigns them).
ParamLayout AddParameters(const Resolved& resolved, const Coordinates& at, ProgramBuilder* builder);

}  // namespace ringside::plan
