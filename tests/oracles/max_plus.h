// The execution model of plan/program.h a second time, without a clock and without events: where nobody
// shares anything, the end of every op is a maximum of sums of costs, in whatever order it is worked out.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "plan/collective.h"
#include "plan/program.h"
#include "sim/cost/cost_model.h"

namespace ringside::oracles {

class MaxPlus {
 public:
  // Latencies of the wires are added to the costs'. Waking up costs nothing.
  MaxPlus(const std::vector<plan::Program>& programs, const sim::CostModel& costs,
          double intra_node_latency_ns, double inter_node_latency_ns);

  // Works out one step. False: some ops can never begin.
  bool Run();
  // Of op `op` of `rank`; -1: not known.
  int64_t EndNs(int rank, int op) const { return ranks_[rank].end_ns[op]; }

 private:
  struct StreamState {
    std::vector<int32_t> ops;         // in program order
    size_t next = 0;                  // of them; the ones before have ended
    std::vector<plan::Round> rounds;  // of the one under way that are still to be gone through, last first
    bool under_way = false, posted = false;
    int64_t since_ns = 0;                    // the round is posted, or the stream idle, from then on
    int64_t sent_ns = -1, received_ns = -1;  // the halves of the round; -1: not yet
  };
  struct RankState {
    int32_t pc = 0;
    int64_t now_ns = 0;  // the walk's
    std::vector<int64_t> issue_ns, end_ns;
    std::array<StreamState, plan::kNumStreams> streams;
  };

  bool AdvanceWalk(int rank);
  bool AdvanceStream(int rank, int stream);
  // The latest end of the op's dependencies, -1: one has not ended.
  int64_t DepsNs(int rank, const plan::Op& op) const;
  void TryMessage(int from, int stream);
  int64_t MessageNs(int from, int to, int to_stream) const;

  const std::vector<plan::Program>& programs_;
  const sim::CostModel& costs_;
  double intra_node_latency_ns_, inter_node_latency_ns_;
  std::vector<RankState> ranks_;
};

}  // namespace ringside::oracles
