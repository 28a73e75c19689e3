// Pipeline schedules as data: one list of instructions per stage. The compiler expands the lists into
// ops; nothing else in Ringside knows the difference between GPipe and 1F1B.
//
// A stage has one or more chunks of layers: chunk c of stage s of p is step c * p + s of the way through the
// model, so with several chunks a micro-batch goes round the stages more than once.
//
// Meaning of a list: FORWARD and BACKWARD occupy the stage. RECV_* posts a receive and SEND_* starts a
// send, both without waiting. FORWARD waits for the receive of its micro-batch's activations, BACKWARD for
// the receive of its gradient; BACKWARD m also waits until the send of m's activations and that of the
// gradient before it have left, so that their buffers can go. A BACKWARD may be split: BACKWARD_INPUT is as
// BACKWARD without the weights' gradients, which BACKWARD_WEIGHT computes any time later, waiting for
// nothing. Each direction between two stages is a FIFO channel of its own.
//
//  * GPipe (Huang et al. 2019): all forwards, then all backwards.
//  * 1F1B (Narayanan et al. 2021, PipeDream-Flush): stage s of p runs min(m, p - 1 - s) forwards, then
//    alternates, so that at most p - s micro-batches are in flight. Both have the bubble
//    (p - 1) / (m + p - 1) of the step when stages cost the same.
//  * Interleaved 1F1B (Narayanan et al. 2021, section 2.2): v chunks a stage; the bubble shrinks to
//    (p - 1) / (v m + p - 1), for v times the transfers. m must be a multiple of p.
//  * Zero bubble (Qi et al. 2024, ZB-H1): the order of 1F1B with split backwards, weight gradients put off by
//    up to s micro-batches on stage s so that they fill the bubbles: a third of 1F1B's bubble where forward,
//    input and weight gradients cost the same, and no stage holds more micro-batches than 1F1B's first one.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace ringside::plan {

enum class InstructionKind : uint8_t {
  kForward,
  kBackward,
  kBackwardInput,
  kBackwardWeight,
  kRecvForward,
  kSendForward,
  kRecvBackward,
  kSendBackward
};
inline constexpr int kNumInstructionKinds = 8;

struct Instruction {
  InstructionKind kind;
  int micro_batch;
  int chunk = 0;
  bool operator==(const Instruction&) const = default;
};

using InstructionList = std::vector<Instruction>;

struct PipelineShape {
  int stages = 1;
  int micro_batches = 1;
  int chunks = 1;  // a stage
  int evals = 0;   // micro-batches that only go forward, after all others: numbers micro_batches ..
};

// The list of `stage`. A receive is posted one compute instruction ahead of its use, so that the transfer
// runs while the stage computes. REQUIRES: chunks is 1, except for the interleaved one.
InstructionList GpipeSchedule(const PipelineShape& shape, int stage);
InstructionList OneFOneBSchedule(const PipelineShape& shape, int stage);
InstructionList InterleavedSchedule(const PipelineShape& shape, int stage);
InstructionList ZeroBubbleSchedule(const PipelineShape& shape, int stage);

// Proves for the lists of all stages: every micro-batch runs forward once and then backward once on every
// chunk; every send meets its receive in channel order; and the lists run to their end even if a send
// completes only when its receive is posted (rendezvous), so no timing can deadlock them.
// INVALID_ARGUMENT names the stage and the instruction that is stuck or wrong.
absl::Status ValidateSchedule(const std::vector<InstructionList>& stages, const PipelineShape& shape);

// "F0 F1 B0 r1 ...": F/B compute, I/W the parts of a split B, r/s receive and send forward, R/S backward;
// "F0.1": chunk 1, where it is not 0.
std::string ToString(const InstructionList& list);

}  // namespace ringside::plan
