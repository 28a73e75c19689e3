// Which rank writes which elements into a checkpoint: every element of the weights and of the optimizer
// states once, whatever the layout.
//
// The rule: an element is written by the lowest rank that updates it (its `grad` piece); weights that nobody
// updates, by the lowest rank that holds them. All ranks know what all hold and come to the same answer.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"

namespace ringside::checkpoint {

enum class Kind : uint8_t { kWeights, kMaster, kM, kV };
inline constexpr int kNumKinds = 4;
std::string_view Name(Kind kind);  // "weights", "master", "m", "v"

// What lives across steps beside parameters, as tensors of these names: the dynamic loss scale with its count
// of good steps, which only a run that has one saves and takes up (another has its gradients unscaled); and
// the number of steps that were skipped, which the optimizer's bias correction leaves out.
inline constexpr char kLossScale[] = "loss_scale";
inline constexpr char kSkippedSteps[] = "skipped_steps";
bool IsOfControl(std::string_view name);  // one of the two

// What of a program outlives a step: its params, and what its kControl op keeps (ids below 0).
std::vector<plan::Param> StateOf(const plan::Program& program);

// The elements of `param`'s part that `kind` has on this rank, and where they lie; an empty view: none.
plan::Piece PieceOf(const plan::Param& param, Kind kind);

// Elements [begin, end) of a part.
struct Elements {
  int64_t begin = 0, end = 0;
};

// What a rank holds of one tensor.
struct Holding {
  int32_t id = -1;
  int64_t mid_begin = 0, mid_count = 1;
  std::array<Elements, kNumKinds> kinds;  // empty: not here
  Elements updated;
};
std::vector<Holding> HoldingsOf(const std::vector<plan::Param>& state);  // in the same order

// To be sent between ranks. INTERNAL: no such bytes.
std::string Serialize(const std::vector<Holding>& holdings);
absl::StatusOr<std::vector<Holding>> ParseHoldings(std::string_view bytes);

// Consecutive elements that a rank writes.
struct Slice {
  int param = 0;  // index into the rank's state
  Kind kind = Kind::kWeights;
  Elements elements;  // of the rank's part
};
// By rank. REQUIRES: parts of a tensor on different ranks are the same or do not overlap, as plan::Compile
// makes them.
std::vector<std::vector<Slice>> AssignSlices(const std::vector<std::vector<Holding>>& by_rank);

}  // namespace ringside::checkpoint
