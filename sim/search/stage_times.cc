#include "sim/search/stage_times.h"

#include <algorithm>
#include <cmath>

namespace ringside::sim {
namespace {

// Where a block with experts first needs their weights, as a share of its time: after attention and dispatch.
constexpr double kExpertsForward = 0.4, kExpertsBackward = 0.1;

// Weights that are gathered together.
struct Unit {
  double copy_ns = 0, first_ns = 0, experts_ns = 0;
};

void Add(const BucketCosts& bucket, Unit* unit) {
  unit->copy_ns += bucket.copy_ns;
  (bucket.of_experts ? unit->experts_ns : unit->first_ns) += bucket.gather_ns;
}

struct Units {
  Unit head, block, embedding, tied;  // tied: the output weights of a stage that does not embed
};

Units UnitsOf(const StageReplica& replica, double blocks_of_stage) {
  Units units;
  for (const BucketCosts& bucket : replica.buckets) {
    if (bucket.after_blocks <= 0) Add(bucket, bucket.tied ? &units.tied : &units.head);
    if (bucket.after_blocks > 0 && bucket.after_blocks <= 1) Add(bucket, &units.block);
    if (bucket.after_blocks > blocks_of_stage) Add(bucket, &units.embedding);
  }
  return units;
}

// The walk over the units of a pass with the stream of gathers beside it.
class GatherClock {
 public:
  GatherClock(bool ahead, double experts_at) : ahead_(ahead), experts_at_(experts_at) {}

  void Gather(const Unit& unit) {
    now += unit.copy_ns;
    stream_ = std::max(stream_, now) + unit.first_ns;
    next_first_ = stream_;
    next_all_ = stream_ += unit.experts_ns;
  }
  // Runs a unit that was gathered last, gathering `next` first where that is done ahead.
  void Run(double compute_ns, const Unit* next) {
    const double first = next_first_, all = next_all_;
    if (ahead_ && next != nullptr) Gather(*next);
    now = std::max(now, first);
    const double before = experts_at_ * compute_ns;
    now = std::max(now + before, all) + compute_ns - before;
    if (!ahead_ && next != nullptr) Gather(*next);
  }

  double now = 0;

 private:
  const bool ahead_;
  const double experts_at_;
  double stream_ = 0, next_first_ = 0, next_all_ = 0;
};

constexpr int kWalkedBlocks = 6;  // the others take as long as the last of these

double ForwardZero3(const Affine& device, Role role, int blocks, const Units& units, bool tied_only,
                    OverlapFlags overlap, Form form) {
  const double block = device.more, ends = device.one - device.more;
  GatherClock clock(overlap.gather, form == Form::kLower ? 1 : kExpertsForward);
  const bool has_head = role == Role::kLast || role == Role::kOnly;
  if (role == Role::kFirst || role == Role::kOnly) {
    clock.Gather(units.embedding);
    clock.Run(role == Role::kFirst ? ends : 0, &units.block);
  } else {
    clock.Gather(units.block);
  }
  const int walked = std::min(blocks, kWalkedBlocks);
  for (int i = 0; i < walked; ++i) {
    clock.Run(block, i + 1 < walked ? &units.block : has_head ? &units.head : nullptr);
  }
  // A block in the middle, from the end of the gather before it.
  const Unit& unit = units.block;
  const double gather = unit.first_ns + unit.experts_ns;
  const double steady =
      overlap.gather
          ? std::max(block + unit.copy_ns, gather)
          : block + unit.copy_ns + unit.first_ns +
                std::max(0.0, unit.experts_ns - block * (form == Form::kLower ? 1 : kExpertsForward));
  clock.now += (blocks - walked) * steady;
  if (has_head) {
    clock.Run(role == Role::kOnly || role == Role::kLast ? ends : 0, nullptr);
    clock.now += role == Role::kLast ? units.tied.copy_ns + units.tied.first_ns : 0;
    if (tied_only) {  // gathered again for the output
      clock.now += units.embedding.copy_ns + units.embedding.first_ns;
    }
  }
  return clock.now;
}

// Of a block's backward pass with full recomputation, the forward pass that comes first.
constexpr double kRecomputed = 1.0 / 3;

// Times of the backward pass at which the gradients of its buckets are there.
struct Places {
  double head_ns, block_ns, all_ns, recomputed;
  int blocks, turn;

  double At(double after_blocks) const {
    const double inside = after_blocks - turn * blocks;
    if (inside > blocks) return all_ns;
    if (inside <= 0) return head_ns;
    const double whole = std::ceil(inside) - 1, part = inside - whole;
    return head_ns + (whole + recomputed + (1 - recomputed) * part) * block_ns;
  }
};

bool InTurn(const BucketCosts& bucket, int blocks, int turn, int stage_blocks) {
  const double from = turn * blocks, to = from + blocks;
  if (bucket.after_blocks <= 0) return turn == 0;
  if (bucket.after_blocks > stage_blocks) return to >= stage_blocks;
  return bucket.after_blocks > from && bucket.after_blocks <= to;
}

struct ZeroPass {
  int zero, blocks, turn, stage_blocks;
  bool first, recomputes;
  double head_ns;
  OverlapFlags overlap;
  bool lower;
};

// Waits for gathers of weights, block by block.
double GatherWaits(const ZeroPass& pass, const Affine& device, const Unit& unit) {
  if (pass.zero < 3) return 0;
  const double block = device.more, n = pass.blocks;
  if (pass.overlap.gather) {
    // The first block's weights travel beside the output's backward pass.
    const double wait = std::max(0.0, unit.first_ns - pass.head_ns);
    const double each = std::max(0.0, unit.first_ns + unit.experts_ns - block - unit.copy_ns);
    return wait + unit.copy_ns * n + each * (n - 1);
  }
  const double beside = (pass.lower ? 1 : kExpertsBackward) * block;
  return n * (unit.copy_ns + unit.first_ns + std::max(0.0, unit.experts_ns - beside));
}

// Waits for reductions of gradients, and what adds them up, over a pass of which `time` is the time.
double ReduceWaits(const ZeroPass& pass, const Affine& time, double gathers, const StageReplica& replica) {
  const double slope = gathers / pass.blocks;
  const Places places{pass.head_ns, time.more, time.At(pass.blocks), pass.recomputes ? kRecomputed : 0,
                      pass.blocks,  pass.turn};
  double delay = 0, stream = 0, pending_end = -INFINITY, pending_add = 0;
  for (const int i : replica.by_time) {
    const BucketCosts& bucket = replica.buckets[i];
    if (!InTurn(bucket, pass.blocks, pass.turn, pass.stage_blocks)) continue;
    const double add = pass.first ? bucket.add_first_ns : bucket.add_ns;
    if (!pass.overlap.reduce) {
      delay += bucket.reduce_ns + add;
      continue;
    }
    const double inside =
        std::clamp(bucket.after_blocks - pass.turn * pass.blocks, 0.0, static_cast<double>(pass.blocks));
    const double begins = pass.lower ? std::ceil(bucket.after_blocks) - 1 : bucket.after_blocks;
    const double waits = pass.lower ? std::ceil(bucket.after_blocks) : bucket.after_blocks;
    stream = std::max(stream, places.At(begins) + slope * inside + delay) + bucket.reduce_ns;
    // The one before is added now.
    delay += std::max(0.0, pending_end - (places.At(waits) + slope * inside + delay)) + pending_add;
    pending_end = stream, pending_add = add;
  }
  // In the place of the last one's addition, that of the micro-batch before.
  return delay + (pass.overlap.reduce && !pass.first ? pending_add : 0);
}

double AddsOf(const ZeroPass& pass, const StageReplica& replica) {
  double adds = 0;
  for (const BucketCosts& bucket : replica.buckets) {
    if (InTurn(bucket, pass.blocks, pass.turn, pass.stage_blocks)) adds += bucket.add_first_ns;
  }
  return adds;
}

// A backward pass on the device with ZeRO 2 or 3. What waits for reductions also waits for the
// tensor-parallel communication that runs beside it: between hiding all of that and none.
double BackwardZero(const ZeroPass& pass, const PassCost& cost, const Units& units,
                    const StageReplica& replica) {
  const double device = cost.device_ns.At(pass.blocks), compute = cost.compute_ns.At(pass.blocks);
  const double gathers = GatherWaits(pass, cost.device_ns, units.block);
  const double none_hidden = device + gathers + ReduceWaits(pass, cost.device_ns, gathers, replica);
  if (!pass.lower || compute >= device) return none_hidden;
  const double all_hidden =
      std::max(device + gathers + (pass.first ? 0 : AddsOf(pass, replica)),
               compute + gathers + ReduceWaits(pass, cost.compute_ns, gathers, replica));
  return std::min(all_hidden, none_hidden);
}

}  // namespace

ChunkTimes TimesOfChunk(const ChunkCosts& costs, const StageReplica& replica, Role role, int zero, int blocks,
                        int turn, bool split, bool recomputes, OverlapFlags overlap, Form form) {
  ChunkTimes out;
  const PassCost& any = split ? costs.backward_input[1] : costs.backward[1];
  out.block_backward = any.device_ns.more;
  const double ends = any.device_ns.one - any.device_ns.more;
  out.head_backward = role == Role::kLast || role == Role::kOnly ? ends : 0;
  out.embedding_backward = role == Role::kFirst || (role == Role::kOnly && form == Form::kLower) ? ends : 0;
  const double n = blocks;

  const auto plain = [&](const PassCost& pass) { return pass.At(n); };
  out.forward = plain(costs.forward);
  out.backward_first = plain(costs.backward[0]), out.backward = plain(costs.backward[1]);
  out.input_first = plain(costs.backward_input[0]), out.input = plain(costs.backward_input[1]);
  out.weight_first = plain(costs.backward_weight[0]), out.weight = plain(costs.backward_weight[1]);
  out.host_backward = split ? out.weight - costs.backward_weight[1].device_ns.At(n)
                            : out.backward - costs.backward[1].device_ns.At(n);
  // Where the first op needs it, the host waits, too.
  const auto after = [](double total, double device, double lead) {
    return lead > 0 ? device - lead : total;
  };
  out.forward_after = after(out.forward, costs.forward.device_ns.At(n), costs.forward.lead_ns);
  const auto& backwards = split ? costs.backward_input : costs.backward;
  out.backward_after_first =
      after(split ? out.input_first : out.backward_first, backwards[0].device_ns.At(n), backwards[0].lead_ns);
  out.backward_after =
      after(split ? out.input : out.backward, backwards[1].device_ns.At(n), backwards[1].lead_ns);
  if (zero < 2) return out;
  const int stage_blocks = replica.blocks;
  const Units units = UnitsOf(replica, stage_blocks);
  if (zero >= 3) {
    const bool tied_only = role == Role::kOnly && replica.tied_only;
    const double device =
        ForwardZero3(costs.forward.device_ns, role, blocks, units, tied_only, overlap, form);
    out.forward = std::max(device, costs.forward.host_ns.At(n));
    out.forward_after = device - units.block.copy_ns - units.block.first_ns;
  }
  const StageReplica none;
  const auto zeroed = [&](const PassCost& pass, bool first, int stage, double head_ns, bool reduces,
                          double* after_arrival) {
    const ZeroPass how{stage,      blocks,  turn,    stage_blocks,        first,
                       recomputes, head_ns, overlap, form == Form::kLower};
    const double device = BackwardZero(how, pass, units, reduces ? replica : none);
    const double total = std::max(device, pass.host_ns.At(n));
    const double lead = pass.lead_ns + (stage >= 3 ? units.block.copy_ns + units.block.first_ns : 0);
    if (after_arrival != nullptr) *after_arrival = after(total, device, lead);
    return total;
  };
  // A bucket of one micro-batch is assigned, never added to.
  const double head = out.head_backward;
  if (!split) {
    out.backward_first = zeroed(costs.backward[0], true, zero, head, true, &out.backward_after_first);
    out.backward = zeroed(costs.backward[0], false, zero, head, true, &out.backward_after);
  } else {
    // Input gradients need the weights; buckets are complete when the weights' gradients are there.
    out.input_first = zeroed(costs.backward_input[0], true, zero, head, false, &out.backward_after_first);
    out.input = zeroed(costs.backward_input[0], false, zero, head, false, &out.backward_after);
    out.weight_first = zeroed(costs.backward_weight[0], true, 2, 0, true, nullptr);
    out.weight = zeroed(costs.backward_weight[0], false, 2, 0, true, nullptr);
  }
  return out;
}

Tail::Tail(const StageReplica& replica, const ChunkTimes& last, int zero, int blocks_of_chunk, int chunks,
           double window_ns, bool split, bool recomputes, OverlapFlags overlap, Form form)
    : replica_(replica), zero_(zero), lower_(form == Form::kLower) {
  const int stage_blocks = blocks_of_chunk * chunks;
  const size_t count = replica.buckets.size();
  if (count > few_.size()) many_.resize(count), ends_ = many_.data();
  if (zero <= 1 && overlap.reduce) {
    stream_ = -INFINITY;
    const double block = split ? last.weight / blocks_of_chunk : last.block_backward;
    for (const int i : replica.by_time) {
      const BucketCosts& bucket = replica.buckets[i];
      const double whole = std::floor(bucket.after_blocks), part = bucket.after_blocks - whole;
      const double after = lower_ || part == 0 || !recomputes
                               ? (lower_ ? std::ceil(bucket.after_blocks) - 1 : bucket.after_blocks)
                               : whole + kRecomputed + (1 - kRecomputed) * part;
      const bool earlier = chunks > 1 && bucket.after_blocks <= stage_blocks - blocks_of_chunk;
      if (earlier && lower_) {
        ends_[i] = -INFINITY;
        continue;
      }
      double left = after > stage_blocks
                        ? last.host_backward
                        : last.embedding_backward + (stage_blocks - after) * block + last.host_backward;
      if (earlier) left += (chunks - 1 - std::floor(after / blocks_of_chunk)) * window_ns;
      stream_ = ends_[i] = std::max(stream_, -left) + bucket.reduce_ns;
    }
    stream_ = std::max(stream_, 0.0);
  } else if (zero <= 1) {
    for (size_t i = 0; i < count; ++i) stream_ = ends_[i] = stream_ + replica.buckets[i].reduce_ns;
  } else {
    if (overlap.reduce && count > 0) {
      const BucketCosts& final = replica.buckets[replica.by_time.back()];
      now_ = (lower_ ? 0 : final.reduce_ns) + final.add_first_ns;
    }
    stream_ = now_;
    for (size_t i = 0; i < count; ++i) {
      stream_ += replica.buckets[i].replicate_ns;
      ends_[i] = replica.buckets[i].replicate_ns > 0 ? stream_ : now_;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    all_reduced_ns_ = std::max(all_reduced_ns_, ends_[i]);
    if (replica.buckets[i].tied) tied_ready_ns_ = std::max(ends_[i], 0.0);
  }
}

double Tail::Sum(double tied_meet_ns, double kernel_ns) {
  for (size_t i = 0; i < replica_.buckets.size(); ++i) {
    if (replica_.buckets[i].tied) ends_[i] = tied_meet_ns + replica_.tied_ns;
    all_reduced_ns_ = std::max(all_reduced_ns_, ends_[i]);
  }
  stream_ += replica_.loss_ns;
  if (replica_.norm_ns <= 0) return all_reduced_ns_;
  now_ = std::max(now_, all_reduced_ns_) + replica_.norm_ns + (lower_ ? 0 : kernel_ns);
  return now_;
}

double Tail::End(double norm_meet_ns, double kernel_ns) {
  if (replica_.norm_ns > 0) {
    stream_ = std::max(stream_, norm_meet_ns) + replica_.world_ns;
    now_ = std::max(now_, stream_) + kernel_ns;
  }
  for (size_t i = 0; i < replica_.buckets.size(); ++i) {
    const BucketCosts& bucket = replica_.buckets[i];
    now_ = std::max(now_, ends_[i]) + bucket.update_ns;
    if (zero_ == 1 || zero_ == 2) stream_ = std::max(stream_, now_) + bucket.gather_ns;
  }
  return std::max({now_, stream_, all_reduced_ns_});
}

}  // namespace ringside::sim
