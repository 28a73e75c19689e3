// Pipeline schedules as data: one list of instructions per stage. The compiler expands the lists into
// ops; nothing else in Ringside knows the difference between GPipe and 1F1B.
//
// Meaning of a list: FORWARD and BACKWARD occupy the stage. RECV_* posts a receive and SEND_* starts a
// send, both without waiting. FORWARD waits for the receive of its micro-batch's activations, BACKWARD for
// the receive of its gradient; BACKWARD m also waits until the send of m's activations and that of the
// gradient before it have left, so that their buffers can go.
// Each direction between two stages is a FIFO channel of its own.
//
// GPipe (Huang et al. 2019): all forwards, then all backwards. 1F1B (Narayanan et al. 2021, PipeDream-Flush):
// stage s of p runs min(m, p - 1 - s) forwards, then alternates, so that at most p - s micro-batches
// are in flight. Both have the bubble (p - 1) / (m + p - 1) of the step when stages cost the same.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace ringside::plan {

enum class InstructionKind : uint8_t {
  kForward,
  kBackward,
  kRecvForward,
  kSendForward,
  kRecvBackward,
  kSendBackward
};

struct Instruction {
  InstructionKind kind;
  int micro_batch;
  bool operator==(const Instruction&) const = default;
};

using InstructionList = std::vector<Instruction>;

// The list of `stage` out of `stages`. A receive is posted one compute instruction ahead of its use, so
// that the transfer runs while the stage computes.
InstructionList GpipeSchedule(int stages, int stage, int micro_batches);
InstructionList OneFOneBSchedule(int stages, int stage, int micro_batches);

// Proves for the lists of all stages: every micro-batch runs forward once and then backward once on every
// stage; every send meets its receive in channel order; and the lists run to their end even if a send
// completes only when its receive is posted (rendezvous), so no timing can deadlock them.
// INVALID_ARGUMENT names the stage and the instruction that is stuck or wrong.
absl::Status ValidateSchedule(const std::vector<InstructionList>& stages, int micro_batches);

// "F0 F1 B0 r1 ...": F/B compute, r/s receive and send forward, R/S backward.
std::string ToString(const InstructionList& list);

}  // namespace ringside::plan
