// Predicted beside measured: two traces of the same programs laid over each other.
//
// Durations are modelled and compared by relative error, predicted / measured - 1. Bytes and memory are not
// modelled: they are equal to the byte, or something is wrong, so their comparison is exact. The duration of
// a communication op is its time on the wire (TraceIndex::TransferBegin to its end), so that the waiting for
// others is not counted as a fault of the link's model.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/trace.pb.h"
#include "trace/summary.h"

namespace ringside::trace {

struct Quantity {
  std::string name;  // "step_s", "tokens_per_s", "exposed_comm_s", "bubble_s", ... (means over ranks)
  double measured = 0;
  double predicted = 0;
  double error() const;  // predicted / measured - 1; 0 where both are 0
};

struct ByteCount {
  int rank = 0;
  std::string name;  // a memory category or "total"; or "collective/axis"
  int64_t measured = 0;
  int64_t predicted = 0;
  bool equal() const { return measured == predicted; }
};

// All ops of one kind (communication: kind/axis), summed over ranks, per step.
struct KindDuration {
  std::string kind;
  int64_t ops = 0;
  double measured_s = 0;
  double predicted_s = 0;
  double median_op_error = 0;  // median over ops of |predicted / measured - 1|
};

struct Comparison {
  std::vector<Quantity> quantities;
  std::vector<ByteCount> peak_bytes;  // by rank and category
  std::vector<ByteCount> sent_bytes;  // by rank and collective
  std::vector<KindDuration> kinds;    // by measured time, longest first
  bool peak_bytes_equal() const;
  bool sent_bytes_equal() const;
};

// INVALID_ARGUMENT where the traces are not of the same programs, else what Summarize returns.
absl::StatusOr<Comparison> Compare(const v1::Trace& measured, const v1::Trace& predicted);

// Quantities and byte counts alone, where the summaries are at hand. INVALID_ARGUMENT: different ranks.
absl::StatusOr<Comparison> Compare(const RunSummary& measured, const RunSummary& predicted);

// For a terminal: the quantities, one line on memory and one on bytes (and every count that differs), the
// kinds.
std::string ToText(const Comparison& comparison);
nlohmann::json ToJson(const Comparison& comparison);

}  // namespace ringside::trace
