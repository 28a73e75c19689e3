#include "sim/search/space.h"

#include <algorithm>

namespace ringside::sim {
namespace {

// The divisors of n that `fixed` leaves.
std::vector<int> Choices(int n, const std::optional<int>& fixed) {
  std::vector<int> choices;
  for (int d = 1; d <= n; ++d) {
    if (n % d == 0 && (!fixed.has_value() || *fixed == d)) choices.push_back(d);
  }
  return choices;
}

class Enumerator {
 public:
  Enumerator(const SearchSpace& space, const plan::Resolved& model,
             absl::FunctionRef<bool(const PlanPoint&)> visit)
      : space_(space), model_(model), visit_(visit) {}

  void Run() {
    for (const int ranks :
         Choices(space_.ranks, space_.at_most ? std::nullopt : std::optional(space_.ranks))) {
      for (const int tp : Choices(ranks, space_.tp)) {
        if (model_.heads % tp != 0 || model_.kv_heads % tp != 0 || model_.ffn_hidden % tp != 0) continue;
        for (const int pp : Choices(ranks / tp, space_.pp)) {
          if (model_.layers % pp != 0) continue;
          for (const int cp : Choices(ranks / tp / pp, space_.cp)) {
            if (cp > 1 && model_.seq_len % (2 * cp) != 0) continue;
            const int dp = ranks / tp / pp / cp;
            if (space_.global_batch % dp != 0 || (space_.dp.has_value() && *space_.dp != dp)) continue;
            p_ = {};
            p_.tp = tp, p_.pp = pp, p_.cp = cp, p_.dp = dp;
            if (!Layout()) return;
          }
        }
      }
    }
  }

 private:
  bool Layout() {
    for (const int ep : Choices(p_.dp, space_.ep)) {
      if (ep > 1 && (model_.experts == 0 || model_.experts % ep != 0)) continue;
      p_.ep = ep;
      for (const v1::Placement placement : {v1::PLACEMENT_TP_INSIDE, v1::PLACEMENT_TP_ACROSS}) {
        // Across is the same with one rank of tensor parallelism, or one node.
        if (placement == v1::PLACEMENT_TP_ACROSS && p_.tp == 1) continue;
        if (space_.placement.has_value() && *space_.placement != placement) continue;
        p_.placement = placement;
        if (!Kernels()) return false;
      }
    }
    return true;
  }

  bool Kernels() {
    for (const v1::Precision precision : space_.precisions) {
      p_.precision = precision;
      for (const bool sp : {false, true}) {
        if (sp && p_.tp == 1) continue;
        if (space_.sequence_parallel.value_or(sp) != sp && p_.tp > 1) continue;
        p_.sequence_parallel = sp;
        for (const int micro_batch : Choices(space_.global_batch / p_.dp, space_.micro_batch)) {
          if (micro_batch > space_.max_micro_batch) continue;
          p_.micro_batch = micro_batch;
          p_.micro_batches = space_.global_batch / p_.dp / micro_batch;
          for (const auto recompute : {v1::RECOMPUTE_NONE, v1::RECOMPUTE_SELECTIVE, v1::RECOMPUTE_FULL}) {
            if (space_.recompute.value_or(recompute) != recompute) continue;
            p_.recompute = recompute;
            if (!Zeros()) return false;
          }
        }
      }
    }
    return true;
  }

  bool Zeros() {
    const int replicas = p_.dp * p_.cp;
    for (int zero = 0; zero <= 3; ++zero) {
      if (space_.zero.value_or(zero) != zero) continue;
      for (const int group : Choices(replicas, space_.zero_group)) {
        if (zero == 0 ? group != 1 && !space_.zero_group.has_value() : group < 2) continue;
        p_.zero = zero, p_.zero_group = zero == 0 ? 1 : group;
        if (!Schedules()) return false;
        if (zero == 0) break;
      }
    }
    return true;
  }

  bool Schedules() {
    for (const auto schedule : {v1::SCHEDULE_1F1B, v1::SCHEDULE_GPIPE, v1::SCHEDULE_ZERO_BUBBLE}) {
      if (p_.pp == 1 && schedule != v1::SCHEDULE_1F1B) continue;
      if (p_.pp > 1 && space_.schedule.value_or(schedule) != schedule) continue;
      if (p_.pp > 1 && space_.interleave.value_or(1) != 1) continue;
      p_.schedule = schedule, p_.chunks = 1;
      if (!Visit()) return false;
    }
    p_.schedule = v1::SCHEDULE_INTERLEAVED;
    if (p_.pp == 1 || p_.micro_batches % p_.pp != 0 || space_.schedule.value_or(p_.schedule) != p_.schedule)
      return true;
    for (const int chunks : Choices(model_.layers / p_.pp, space_.interleave)) {
      if (chunks == 1) continue;
      p_.chunks = chunks;
      if (!Visit()) return false;
    }
    return true;
  }

  bool Visit() { return !IsValid(model_, p_) || visit_(p_); }

  const SearchSpace& space_;
  const plan::Resolved& model_;
  const absl::FunctionRef<bool(const PlanPoint&)> visit_;
  PlanPoint p_;
};

}  // namespace

void ForEachPoint(const SearchSpace& space, const plan::Resolved& model,
                  absl::FunctionRef<bool(const PlanPoint&)> visit) {
  Enumerator(space, model, visit).Run();
}

}  // namespace ringside::sim
