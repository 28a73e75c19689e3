#include <fmt/format.h>

#include <array>
#include <deque>
#include <string>

#include "base/status_macros.h"
#include "plan/validate.h"

namespace ringside::plan {
namespace {

// One rank while the partial order is run to its end.
struct RankState {
  size_t walk = 0;                                     // next op of the walk
  std::array<std::deque<int32_t>, kNumStreams> queue;  // issued and not ended
  std::vector<bool> ended;                             // by op
};

class Rendezvous {
 public:
  explicit Rendezvous(const std::vector<Program>& programs) : programs_(programs), state_(programs.size()) {
    for (size_t r = 0; r < programs.size(); ++r) {
      state_[r].ended.resize(programs[r].ops.size());
      MakeActive(static_cast<int>(r));
    }
  }

  absl::Status Run() {
    while (!active_.empty()) {
      const int rank = active_.front();
      active_.pop_front();
      is_active_[rank] = false;
      Walk(rank);
      for (int s = 1; s < kNumStreams; ++s) RINGSIDE_RETURN_IF_ERROR(TryHead(rank, s));
    }
    return Stuck();
  }

 private:
  void MakeActive(int rank) {
    if (is_active_.empty()) is_active_.resize(programs_.size());
    if (is_active_[rank]) return;
    is_active_[rank] = true;
    active_.push_back(rank);
  }

  bool DepsEnded(int rank, const Op& op) const {
    for (int32_t dep : op.deps) {
      if (!state_[rank].ended[dep]) return false;
    }
    return true;
  }

  void Walk(int rank) {
    const auto& ops = programs_[rank].ops;
    RankState& me = state_[rank];
    for (; me.walk < ops.size(); ++me.walk) {
      const Op& op = ops[me.walk];
      if (IsCommunication(op.kind)) {
        me.queue[static_cast<int>(op.stream)].push_back(static_cast<int32_t>(me.walk));
      } else if (DepsEnded(rank, op)) {
        me.ended[me.walk] = true;
      } else {
        return;
      }
    }
  }

  // The op at the head of a stream that may start, or -1.
  int32_t ReadyHead(int rank, int stream) const {
    const auto& queue = state_[rank].queue[stream];
    if (queue.empty() || !DepsEnded(rank, programs_[rank].ops[queue.front()])) return -1;
    return queue.front();
  }

  void End(int rank, int stream) {
    auto& queue = state_[rank].queue[stream];
    state_[rank].ended[queue.front()] = true;
    queue.pop_front();
    MakeActive(rank);
  }

  std::string Where(int rank, int32_t op) const {
    return fmt::format("rank {} op {} {}", rank, op, Describe(programs_[rank].ops[op]));
  }

  absl::Status TryHead(int rank, int stream) {
    const int32_t index = ReadyHead(rank, stream);
    if (index < 0) return absl::OkStatus();
    const Op& op = programs_[rank].ops[index];
    return IsCollective(op.kind) ? TryCollective(rank, stream, index) : TryTransfer(rank, stream, index);
  }

  absl::Status TryTransfer(int rank, int stream, int32_t index) {
    const Op& op = programs_[rank].ops[index];
    const int other_stream = static_cast<int>(Counterpart(op.stream));
    const int32_t other = ReadyHead(op.peer, other_stream);
    if (other < 0) return absl::OkStatus();
    const Op& theirs = programs_[op.peer].ops[other];
    if (theirs.peer != rank) return absl::OkStatus();  // its channel is busy with another peer
    if (theirs.kind == op.kind || theirs.dims[0] != op.dims[0]) {
      return absl::InvalidArgumentError(fmt::format("{} ({} elements) meets {} ({} elements)",
                                                    Where(rank, index), op.dims[0], Where(op.peer, other),
                                                    theirs.dims[0]));
    }
    const int peer = op.peer;
    End(rank, stream);
    End(peer, other_stream);
    return absl::OkStatus();
  }

  absl::Status TryCollective(int rank, int stream, int32_t index) {
    const Op& op = programs_[rank].ops[index];
    const Group& group = programs_[rank].groups[op.group];
    for (int32_t member : group.ranks) {
      const int32_t theirs = ReadyHead(member, stream);
      if (theirs < 0) return absl::OkStatus();
    }
    for (int32_t member : group.ranks) {
      const int32_t theirs = ReadyHead(member, stream);
      const Op& other = programs_[member].ops[theirs];
      const bool same_group =
          other.kind == op.kind && programs_[member].groups[other.group].ranks == group.ranks;
      if (!same_group) return absl::OkStatus();  // busy with another group first; stuck if forever
      if (other.dims[0] != op.dims[0] || other.flags != op.flags) {
        return absl::InvalidArgumentError(fmt::format("{} ({} elements) meets {} ({} elements)",
                                                      Where(rank, index), op.dims[0], Where(member, theirs),
                                                      other.dims[0]));
      }
    }
    const std::vector<int32_t> members = group.ranks;
    for (int32_t member : members) End(member, stream);
    return absl::OkStatus();
  }

  absl::Status Stuck() const {
    std::string where;
    int listed = 0;
    for (size_t r = 0; r < programs_.size() && listed < 8; ++r) {
      const int rank = static_cast<int>(r);
      if (state_[r].walk < programs_[r].ops.size()) {
        where +=
            fmt::format("{}{}", where.empty() ? "" : "; ", Where(rank, static_cast<int32_t>(state_[r].walk)));
        ++listed;
      }
      for (const auto& queue : state_[r].queue) {
        if (queue.empty()) continue;
        where += fmt::format("{}{}", where.empty() ? "" : "; ", Where(rank, queue.front()));
        ++listed;
      }
    }
    if (where.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("the programs deadlock: waiting for ever at " + where);
  }

  const std::vector<Program>& programs_;
  std::vector<RankState> state_;
  std::deque<int> active_;
  std::vector<bool> is_active_;
};

}  // namespace

absl::Status ValidatePrograms(const std::vector<Program>& programs) {
  for (size_t r = 0; r < programs.size(); ++r) {
    if (programs[r].rank != static_cast<int>(r) ||
        programs[r].world_size != static_cast<int>(programs.size())) {
      return absl::InvalidArgumentError(fmt::format("program {} says it is rank {} of {}, in a set of {}", r,
                                                    programs[r].rank, programs[r].world_size,
                                                    programs.size()));
    }
    RINGSIDE_RETURN_IF_ERROR(ValidateProgram(programs[r]));
  }
  if (programs.empty()) return absl::InvalidArgumentError("there are no programs");
  const Program& first = programs.front();
  for (const Program& program : programs) {
    if (program.real != first.real || program.tokens_per_step != first.tokens_per_step ||
        program.run.SerializeAsString() != first.run.SerializeAsString()) {
      return absl::InvalidArgumentError(fmt::format(
          "ranks 0 and {} do not run the same job: precision, tokens a step or run differ", program.rank));
    }
  }
  return Rendezvous(programs).Run();
}

}  // namespace ringside::plan
