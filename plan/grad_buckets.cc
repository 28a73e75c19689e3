#include "plan/grad_buckets.h"

#include "base/check.h"

namespace ringside::plan {

GradBuckets::GradBuckets(const Resolved& resolved, const Coordinates& at, ProgramBuilder* builder)
    : resolved_(resolved), at_(at), builder_(builder) {
  if (resolved.dp > 1) {
    std::vector<int32_t> ranks;
    for (int dp = 0; dp < resolved.dp; ++dp) ranks.push_back(RankAt(resolved, {at.pp, dp, at.tp}));
    group_ = builder->AddGroup("dp", std::move(ranks));
  }
  const auto bucket_bytes = static_cast<int64_t>(resolved.scenario.plan().bucket_mib() * 1024 * 1024);
  for (const Param& param : builder->params()) {
    if (buckets_.empty() || buckets_.back().view.elems * SizeOf(builder->real()) >= bucket_bytes) {
      buckets_.push_back({{param.grad.buffer, param.grad.offset, 0}});
    }
    buckets_.back().view.elems += param.grad.elems;
    ++buckets_.back().params;
    bucket_of_.push_back(static_cast<int>(buckets_.size()) - 1);
  }
}

void GradBuckets::Issue(const Bucket& bucket) {
  if (group_ < 0) return;
  Op op;
  op.kind = OpKind::kAllReduce;
  op.stream = Stream::kDp;
  op.phase = Phase::kGradReduce;
  op.group = group_;
  if (bucket.last_op >= 0) op.deps.push_back(bucket.last_op);
  builder_->EmitCollective(std::move(op), bucket.view);
}

void GradBuckets::OnFinal(int param) {
  Bucket& bucket = buckets_[bucket_of_[param]];
  bucket.last_op = builder_->last_op();
  RINGSIDE_CHECK(++bucket.final <= bucket.params);
  if (resolved_.overlap_grad_reduce && bucket.final == bucket.params) Issue(bucket);
}

void GradBuckets::Flush(int wte_param) {
  for (const Bucket& bucket : buckets_) {
    RINGSIDE_CHECK(bucket.final == bucket.params);
    if (!resolved_.overlap_grad_reduce) Issue(bucket);
  }
  if (resolved_.pp > 1 && wte_param >= 0) {
    Op op;
    op.kind = OpKind::kAllReduce;
    op.stream = Stream::kEmbedding;
    op.phase = Phase::kGradReduce;
    op.group = builder_->AddGroup("embedding", {RankAt(resolved_, {0, at_.dp, at_.tp}),
                                                RankAt(resolved_, {resolved_.pp - 1, at_.dp, at_.tp})});
    const View grad = builder_->params()[wte_param].grad;
    builder_->EmitCollective(std::move(op), grad);
  }
}

}  // namespace ringside::plan
