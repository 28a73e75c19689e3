#include "plan/weight_store.h"

#include "base/check.h"

namespace ringside::plan {

WeightStore::WeightStore(const Resolved& resolved, const ParamLayout& layout, Emitter* emitter)
    : r_(resolved), layout_(layout), emitter_(emitter), gathered_(layout.buckets.size()) {}

void WeightStore::Gather(int unit) {
  for (size_t i = 0; i < layout_.buckets.size(); ++i) {
    const Bucket& bucket = layout_.buckets[i];
    if (bucket.unit != unit || gathered_[i].buffer >= 0) continue;
    const View whole = emitter_->Temp("gathered weights", bucket.elems, Category::kCommunication);
    if (bucket.owned.count > 0) {
      emitter_->Copy({layout_.weights.buffer, bucket.shard_offset, bucket.owned.count},
                     {whole.buffer, bucket.owned.offset - bucket.offset, bucket.owned.count});
    }
    const int group = layout_.GroupsOf(bucket).shard;
    if (group >= 0) emitter_->Collective(OpKind::kAllGather, Stream::kGather, group, whole);
    gathered_[i] = whole;
  }
}

void WeightStore::Use(int unit, int next) {
  if (layout_.zero < 3) return;
  Gather(unit);
  if (next >= 0 && r_.overlap_param_gather) Gather(next);
}

void WeightStore::Drop(int unit) {
  if (layout_.zero < 3) return;
  for (size_t i = 0; i < layout_.buckets.size(); ++i) {
    if (layout_.buckets[i].unit == unit) gathered_[i] = {};
  }
}

View WeightStore::From(int first, int last) const {
  const int64_t begin = layout_.offsets[first], end = layout_.offsets[last] + layout_.elems[last];
  if (layout_.zero < 3) return {layout_.weights.buffer, begin, end - begin};
  const int index = layout_.bucket_of[first];
  RINGSIDE_CHECK(index == layout_.bucket_of[last] && gathered_[index].buffer >= 0);
  return {gathered_[index].buffer, begin - layout_.buckets[index].offset, end - begin};
}

}  // namespace ringside::plan
