// Runs the rounds of all members of a group against each other, for tests.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "plan/collective.h"

namespace ringside::plan {

inline std::vector<Group> OneGroup(int members) {
  std::vector<Group> groups = {{"dp", {}}};
  for (int i = 0; i < members; ++i) groups[0].ranks.push_back(10 + 3 * i);  // ranks are not indices
  return groups;
}

inline Op Collective(OpKind kind, int64_t count, Algorithm algorithm = Algorithm::kRing) {
  Op op;
  op.kind = kind;
  op.stream = Stream::kDp;
  op.algorithm = algorithm;
  op.group = 0;
  op.dims = {count};
  return op;
}

template <class T>
struct Buffers {
  std::vector<T> first, second;  // the op's operands
};

// Members with rendezvous and nothing else: a message goes over only when its sender and its receiver have
// both come to it. Each member has one round open, or two where they may overlap.
template <class T>
class Members {
 public:
  Members(const Op& op, int members, bool overlap) : overlap_(overlap), groups_(OneGroup(members)) {
    for (int rank : groups_[0].ranks) rounds_.push_back(RoundsOf(op, groups_, rank));
  }

  const std::vector<std::vector<Round>>& rounds() const { return rounds_; }
  // Time units until all have ended, one for each message; all messages of a round go over at once.
  int steps() const { return steps_; }

  // False: a deadlock. `max`: combine by maximum, else by sum.
  bool Run(std::vector<Buffers<T>>* data, bool max = false) {
    const size_t members = rounds_.size();
    std::vector<State> states(members);
    for (size_t i = 0; i < members; ++i) states[i].scratch.resize(ScratchElems(rounds_[i]));
    while (true) {
      bool ended = true, moved = false;
      for (size_t i = 0; i < members; ++i) moved |= Post(i, &states[i]);
      // All that is on both sides at the start of the time unit goes over in it.
      std::vector<std::pair<Message, Message>> matched;
      for (auto& [key, sends] : sends_) {
        auto& receives = receives_[key];
        while (!sends.empty() && !receives.empty()) {
          matched.emplace_back(sends.front(), receives.front());
          sends.pop_front(), receives.pop_front();
        }
      }
      std::vector<std::vector<T>> wire;
      for (const auto& [send, receive] : matched) {
        const Round& out = rounds_[send.member][send.round];
        const auto begin = (*data)[send.member].first.begin() + out.send_offset;
        wire.emplace_back(begin, begin + out.send_count);
      }
      for (size_t m = 0; m < matched.size(); ++m) {
        const auto& [send, receive] = matched[m];
        const Round& in = rounds_[receive.member][receive.round];
        EXPECT_EQ(static_cast<int64_t>(wire[m].size()), in.recv_count);
        if (static_cast<int64_t>(wire[m].size()) != in.recv_count) return false;
        Buffers<T>& to = (*data)[receive.member];
        std::vector<T>& scratch = states[receive.member].scratch;
        auto& into = in.reduce ? scratch : (in.to_second ? to.second : to.first);
        std::copy(wire[m].begin(), wire[m].end(),
                  into.begin() + (in.reduce ? in.scratch_offset : in.recv_offset));
        ++states[send.member].ends[send.round];
        ++states[receive.member].ends[receive.round];
      }
      // Only when its messages are over is what a round received combined.
      for (size_t i = 0; i < members; ++i) moved |= Retire(i, &states[i], &(*data)[i], max);
      for (size_t i = 0; i < members; ++i) ended &= states[i].done == rounds_[i].size();
      if (!matched.empty()) ++steps_;
      if (ended) return true;
      if (!moved && matched.empty()) return false;
    }
  }

 private:
  struct State {
    size_t done = 0, posted = 0;
    std::map<size_t, int> ends;  // messages of a round that are over
    std::vector<T> scratch;
  };
  struct Message {
    size_t member, round;
  };
  using Key = std::pair<int, int>;  // from, to: indices

  bool Post(size_t i, State* state) {
    bool moved = false;
    const auto& rounds = rounds_[i];
    while (state->posted < rounds.size() &&
           (state->posted == state->done || (overlap_ && state->posted == state->done + 1 &&
                                             MayOverlap(rounds[state->done], rounds[state->posted])))) {
      const Round& round = rounds[state->posted];
      const int me = static_cast<int>(i);
      if (round.recv_count > 0) {
        receives_[Key{IndexInGroup(groups_[0], round.recv_from), me}].push_back({i, state->posted});
      }
      if (round.send_count > 0) {
        sends_[Key{me, IndexInGroup(groups_[0], round.send_to)}].push_back({i, state->posted});
      }
      ++state->posted;
      moved = true;
    }
    return moved;
  }

  bool Retire(size_t i, State* state, Buffers<T>* data, bool max) {
    bool moved = false;
    while (state->done < state->posted) {
      const Round& round = rounds_[i][state->done];
      const int messages = (round.recv_count > 0) + (round.send_count > 0);
      if (state->ends[state->done] < messages) break;
      for (int64_t e = 0; round.reduce && e < round.recv_count; ++e) {
        T& into = data->first[round.recv_offset + e];
        const T got = state->scratch[round.scratch_offset + e];
        into = max ? std::max(into, got) : into + got;
      }
      ++state->done;
      moved = true;
    }
    return moved;
  }

  const bool overlap_;
  const std::vector<Group> groups_;
  std::vector<std::vector<Round>> rounds_;
  std::map<Key, std::deque<Message>> sends_, receives_;
  int steps_ = 0;
};

}  // namespace ringside::plan
