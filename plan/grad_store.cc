#include "plan/grad_store.h"

#include "base/check.h"

namespace ringside::plan {

GradStore::GradStore(const Resolved& resolved, const Coordinates& at, const ParamLayout& layout,
                     Emitter* emitter)
    : r_(resolved),
      at_(at),
      layout_(layout),
      emitter_(emitter),
      written_(layout.elems.size(), false),
      final_(layout.buckets.size(), 0),
      last_op_(layout.buckets.size(), -1),
      shard_written_(layout.buckets.size(), false) {}

View GradStore::For(int first, int last, int micro_batch, uint32_t* flags) {
  const int64_t begin = layout_.offsets[first], end = layout_.offsets[last] + layout_.elems[last];
  const auto mark = [&](std::vector<bool>::reference written) {
    if (written) *flags |= kAccumulate;
    written = true;
  };
  if (!shards_gradients()) {
    for (int i = first; i <= last; ++i) mark(written_[i]);
    return {layout_.grads.buffer, begin, end - begin};
  }
  const int index = layout_.bucket_of[first];
  const Bucket& bucket = layout_.buckets[index];
  RINGSIDE_CHECK(layout_.bucket_of[last] == index);
  Whole& whole = wholes_[{index, micro_batch}];
  if (whole.view.buffer < 0) {
    whole.view = emitter_->Temp("gradient bucket", bucket.elems, Category::kCommunication);
    whole.written.resize(bucket.num_params);
  }
  for (int i = first; i <= last; ++i) mark(whole.written[i - bucket.first_param]);
  return {whole.view.buffer, begin - bucket.offset, end - begin};
}

void GradStore::Final(int first, int last, int micro_batch) {
  const int index = layout_.bucket_of[first];
  const int params = last - first + 1;
  last_op_[index] = emitter_->builder().last_op();
  final_[index] += params;
  const int num_params = layout_.buckets[index].num_params;
  RINGSIDE_CHECK(final_[index] <= num_params * r_.micro_batches);
  if (shards_gradients()) {
    Whole& whole = wholes_.at({index, micro_batch});
    if ((whole.final += params) == num_params) ReduceMicroBatch(index, micro_batch);
  } else if (r_.overlap_grad_reduce && final_[index] == num_params * r_.micro_batches) {
    Reduce(index);
  }
}

View GradStore::Grads(const Chunk& range) const {
  return {layout_.grads.buffer, range.offset, range.count};
}

void GradStore::Reduce(int index) {
  const Bucket& bucket = layout_.buckets[index];
  const DomainGroups& groups = layout_.GroupsOf(bucket);
  const Emitter::Place before = emitter_->place();
  emitter_->Enter({Phase::kGradReduce, -1, -1});
  const View whole = Grads({bucket.offset, bucket.elems});
  if (groups.shard >= 0) {
    if (last_op_[index] >= 0) emitter_->Await(last_op_[index]);
    emitter_->Collective(OpKind::kReduceScatter, Stream::kDp, groups.shard, whole);
  }
  if (groups.replicate >= 0 && bucket.owned.count > 0) {
    if (last_op_[index] >= 0) emitter_->Await(last_op_[index]);
    emitter_->Collective(OpKind::kAllReduce, Stream::kDp, groups.replicate, Grads(bucket.owned));
  }
  emitter_->Enter(before);
}

void GradStore::ReduceMicroBatch(int index, int micro_batch) {
  const Bucket& bucket = layout_.buckets[index];
  const DomainGroups& groups = layout_.GroupsOf(bucket);
  const Emitter::Place before = emitter_->place();
  emitter_->Enter({Phase::kGradReduce, -1, micro_batch});
  const auto found = wholes_.find({index, micro_batch});
  const View whole = found->second.view;
  wholes_.erase(found);
  if (groups.shard >= 0) {
    emitter_->Await(last_op_[index]);
    emitter_->Collective(OpKind::kReduceScatter, Stream::kDp, groups.shard, whole);
  }
  if (r_.overlap_grad_reduce) AddPending();
  pending_.push_back({index, whole});
  if (!r_.overlap_grad_reduce) AddPending();
  emitter_->Enter(before);
}

void GradStore::AddToShard(int index, const View& whole) {
  const Bucket& bucket = layout_.buckets[index];
  const bool first = !shard_written_[index];
  shard_written_[index] = true;
  if (bucket.owned.count == 0) return;
  emitter_->Copy({whole.buffer, bucket.owned.offset - bucket.offset, bucket.owned.count},
                 Grads({bucket.shard_offset, bucket.owned.count}), /*accumulate=*/!first);
}

void GradStore::AddPending() {
  for (const auto& [index, whole] : pending_) AddToShard(index, whole);
  pending_.clear();
}

void GradStore::SumTiedEmbedding() {
  const int wte = layout_.tensors.wte;
  if (r_.pp == 1 || !r_.tied || wte < 0) return;
  const int group = emitter_->builder().AddGroup(
      "embedding",
      {RankAt(r_, {0, at_.dp, at_.cp, at_.tp}), RankAt(r_, {r_.pp - 1, at_.dp, at_.cp, at_.tp})});
  const View grad = emitter_->builder().params()[wte].grad.view;
  if (grad.elems > 0) emitter_->Collective(OpKind::kAllReduce, Stream::kEmbedding, group, grad);
}

void GradStore::Flush() {
  emitter_->Enter({Phase::kGradReduce, -1, -1});
  if (shards_gradients()) {
    AddPending();
    RINGSIDE_CHECK(wholes_.empty());
  }
  for (size_t i = 0; i < layout_.buckets.size(); ++i) {
    const Bucket& bucket = layout_.buckets[i];
    RINGSIDE_CHECK(final_[i] == bucket.num_params * r_.micro_batches);
    if (shards_gradients()) {
      const int replicate = layout_.GroupsOf(bucket).replicate;
      if (replicate >= 0 && bucket.owned.count > 0) {
        emitter_->Collective(OpKind::kAllReduce, Stream::kDp, replicate,
                             Grads({bucket.shard_offset, bucket.owned.count}));
      }
    } else if (!r_.overlap_grad_reduce) {
      Reduce(static_cast<int>(i));
    }
  }
  SumTiedEmbedding();
}

}  // namespace ringside::plan
