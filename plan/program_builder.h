// Assembles one rank's program: ops in issue order, with hazards between streams, lifetimes and costs
// worked out here, so that the compilers above say only what is computed from what.
//
//  * Dependencies: an op depends on the last writer of what it reads, and on every communication still under
//    way whose range it overlaps where one of the two writes (communication runs beside the walk).
//  * Lifetimes: a step buffer is allocated at the first op that touches it and released at the first compute
//    op by which every use has surely ended (StreamClock). Finish appends a join if the last uses are
//    communication.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "plan/op_schema.h"
#include "plan/program.h"
#include "plan/stream_clock.h"

namespace ringside::plan {

class ProgramBuilder {
 public:
  // `algorithm`: what scenarios say of all-reduces.
  explicit ProgramBuilder(Program program, v1::CollectiveAlgorithm algorithm = v1::ALGORITHM_AUTO)
      : program_(std::move(program)), algorithm_(algorithm) {}

  // A buffer that lives as long as the job / only while the step uses it.
  View AddPersistent(std::string name, Category category, int64_t elems, Element element = Element::kReal);
  View AddTemp(std::string name, Category category, int64_t elems, Element element = Element::kReal);

  // Index of the group; equal groups are shared.
  int AddGroup(std::string axis, std::vector<int32_t> ranks);

  void AddParam(Param param) { program_.params.push_back(std::move(param)); }
  void SetLossBuffer(int32_t buffer) { program_.loss_buffer = buffer; }
  void AddMetric(Metric metric) { program_.metrics.push_back(std::move(metric)); }

  // Ops before the first step.
  void EmitInit(Op op);

  // Appends an op of the step and returns its index; deps already in `op` are kept.
  int Emit(Op op);

  // A collective (op.kind) on `buf`: an all-reduce or reduce-scatter with the scratch that its stream shares,
  // an all-to-all or rotation into `out`. Chooses the algorithm. None is emitted in a group of one: returns
  // -1.
  int EmitCollective(Op op, const View& buf, const View& out = {});

  DType real() const { return program_.real; }
  int32_t last_op() const { return static_cast<int32_t>(program_.ops.size()) - 1; }
  const std::vector<Param>& params() const { return program_.params; }

  // Lifetimes, scratch sizes, final join. The builder is empty afterwards.
  Program Finish();

 private:
  struct Pending {  // a communication op that may still run
    int32_t op;
    View view;
    bool writes;
  };

  View AddBuffer(std::string name, Category category, int64_t elems, Element element, bool temporary);
  int32_t ScratchOf(Stream stream, DType dtype);
  void AddHazards(Op* op);
  void SizeScratch();
  void SetLifetimes();

  Program program_;
  const v1::CollectiveAlgorithm algorithm_;
  StreamClock clock_;
  std::vector<bool> temporary_;                                           // by buffer
  std::vector<std::vector<Pending>> pending_;                             // by buffer
  absl::flat_hash_map<std::pair<int32_t, int64_t>, int32_t> last_write_;  // (buffer, offset) -> op
  absl::flat_hash_map<std::pair<int, int>, int32_t> scratch_;             // (stream, type) -> buffer
};

}  // namespace ringside::plan
