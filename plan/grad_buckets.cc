#include "plan/grad_buckets.h"

#include "base/check.h"

namespace ringside::plan {

GradBuckets::GradBuckets(const Resolved& resolved, const Coordinates& at, const std::vector<Bucket>& buckets,
                         ProgramBuilder* builder)
    : resolved_(resolved), at_(at), builder_(builder), buckets_(buckets), states_(buckets.size()) {
  if (resolved.dp > 1) group_ = AddReplicaGroup(resolved, at, builder);
  for (size_t i = 0; i < buckets.size(); ++i) bucket_of_.resize(bucket_of_.size() + buckets[i].num_params, i);
}

void GradBuckets::Issue(int index) {
  if (group_ < 0) return;
  const Bucket& bucket = buckets_[index];
  Op op;
  op.kind = ShardsOptimizer(resolved_) ? OpKind::kReduceScatter : OpKind::kAllReduce;
  op.stream = Stream::kDp;
  op.phase = Phase::kGradReduce;
  op.group = group_;
  if (states_[index].last_op >= 0) op.deps.push_back(states_[index].last_op);
  const int32_t gradients = builder_->params()[bucket.first_param].grad.buffer;
  builder_->EmitCollective(std::move(op), {gradients, bucket.offset, bucket.elems});
}

void GradBuckets::OnFinal(int param) {
  const int index = bucket_of_[param];
  State& state = states_[index];
  state.last_op = builder_->last_op();
  RINGSIDE_CHECK(++state.final <= buckets_[index].num_params);
  if (resolved_.overlap_grad_reduce && state.final == buckets_[index].num_params) Issue(index);
}

void GradBuckets::Flush(int wte_param) {
  for (size_t i = 0; i < buckets_.size(); ++i) {
    RINGSIDE_CHECK(states_[i].final == buckets_[i].num_params);
    if (!resolved_.overlap_grad_reduce) Issue(static_cast<int>(i));
  }
  if (resolved_.pp > 1 && wte_param >= 0) {
    Op op;
    op.kind = OpKind::kAllReduce;
    op.stream = Stream::kEmbedding;
    op.phase = Phase::kGradReduce;
    op.group = builder_->AddGroup("embedding", {RankAt(resolved_, {0, at_.dp, at_.tp}),
                                                RankAt(resolved_, {resolved_.pp - 1, at_.dp, at_.tp})});
    const View grad = builder_->params()[wte_param].owned_grad;
    if (grad.elems > 0) builder_->EmitCollective(std::move(op), grad);
  }
}

}  // namespace ringside::plan
