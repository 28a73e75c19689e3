// A Trace made ready for analysis: ops with their enumerators, spans by (rank, step, op), and which op of
// which other rank each communication op meets.
//
// Matching: collectives by (group, stream, ordinal on that stream within the step); sends and receives by
// (sender, receiver, direction of the stream, ordinal). The programs repeat every step, so this is done once.
// Borrows the trace, which must outlive the index and stay as it is. Immutable: any thread may read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::trace {

struct OpRef {
  int32_t rank;
  int32_t op;
};

struct OpInfo {
  plan::OpKind kind;
  plan::Stream stream;
  plan::Phase phase;
  std::string axis;                 // communication: the group's axis, "pp" for send and receive
  int32_t stream_predecessor = -1;  // communication: the op before it on its stream
  std::vector<int32_t> comm_deps;   // those of its deps that communicate
  int32_t match = -1;               // communication: index for TraceIndex::members
  bool is_communication() const { return plan::IsCommunication(kind); }
};

class TraceIndex {
 public:
  // INVALID_ARGUMENT names rank and op: programs and ranks that do not belong together, unknown kind or
  // stream, a span of no op, of no sense (it ends before it starts) or one that is there twice.
  static absl::StatusOr<TraceIndex> Create(const v1::Trace& trace);

  const v1::Trace& trace() const { return *trace_; }
  int num_ranks() const { return static_cast<int>(ranks_.size()); }
  const std::vector<OpInfo>& ops(int rank) const { return ranks_[rank].ops; }
  const v1::OpDef& def(int rank, int32_t op) const { return trace_->programs(rank).ops(op); }

  // All participants of a communication op, itself included; a peer without a partner stands alone.
  const std::vector<OpRef>& members(int32_t match) const { return matches_[match]; }

  // nullptr: not recorded.
  const v1::OpSpan* span(int rank, int step, int32_t op) const;
  const v1::StepMark* mark(int rank, int step) const;

  // Steps that have ended on every rank, ascending.
  const std::vector<int>& steps() const { return steps_; }
  // Is every op of the step recorded, on every rank?
  bool HasSpans(int step) const;

  // The first step of every statistic: RunSpec.warmup. In a trace that goes on from a checkpoint so many
  // steps after its own first one, which is as cold, or its last step if that comes before.
  int warmup() const;

  // When the transfer of a communication op really began: all participants it needs were there, clamped to
  // its span. A send that ended before its receive was posted needed nobody.
  int64_t TransferBegin(int rank, int step, int32_t op) const;

 private:
  struct Row {  // spans of one step, by op
    int step;
    std::vector<const v1::OpSpan*> spans;
  };
  struct Rank {
    std::vector<OpInfo> ops;
    std::vector<Row> rows;                   // by step
    std::vector<const v1::StepMark*> marks;  // by step
  };

  absl::Status AddOps(int rank);
  absl::Status AddSpans(int rank);
  void Match();
  void FindSteps();
  const Row* FindRow(int rank, int step) const;

  const v1::Trace* trace_ = nullptr;
  std::vector<Rank> ranks_;
  std::vector<std::vector<OpRef>> matches_;
  std::vector<int> steps_;
};

}  // namespace ringside::trace
