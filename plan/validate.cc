#include "plan/validate.h"

#include <fmt/format.h>

#include <string>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "plan/collective.h"
#include "plan/op_schema.h"
#include "plan/stream_clock.h"

namespace ringside::plan {
namespace {

constexpr int64_t kMaxElems = int64_t{1} << 40;
constexpr size_t kMaxOps = 20'000'000;
constexpr size_t kMaxBuffers = 20'000'000;
constexpr int32_t kMaxRanks = 1 << 20;

absl::Status Bad(const Program& program, const std::string& reason) {
  return absl::InvalidArgumentError(fmt::format("program of rank {}: {}", program.rank, reason));
}

absl::Status CheckView(const Program& program, const View& view) {
  if (view.buffer < 0 || view.buffer >= static_cast<int32_t>(program.buffers.size())) {
    return absl::InvalidArgumentError(fmt::format("there is no buffer {}", view.buffer));
  }
  const Buffer& buffer = program.buffers[view.buffer];
  if (view.offset < 0 || view.elems < 0 || view.offset > buffer.elems ||
      view.elems > buffer.elems - view.offset) {
    return absl::InvalidArgumentError(
        fmt::format("view [{}, +{}) is outside of buffer \"{}\" with {} elements", view.offset, view.elems,
                    buffer.name, buffer.elems));
  }
  return absl::OkStatus();
}

absl::Status CheckBuffers(const Program& program) {
  const auto num_ops = static_cast<int32_t>(program.ops.size());
  if (program.buffers.size() > kMaxBuffers) return Bad(program, "too many buffers");
  for (const Buffer& buffer : program.buffers) {
    if (buffer.elems < 1 || buffer.elems > kMaxElems) {
      return Bad(program, fmt::format("buffer \"{}\" has {} elements, outside of 1..{}", buffer.name,
                                      buffer.elems, kMaxElems));
    }
    const bool persistent = buffer.first_op == -1 && buffer.last_op == -1;
    const bool in_step =
        buffer.first_op >= 0 && buffer.last_op >= buffer.first_op && buffer.last_op < num_ops;
    if (!persistent && !in_step) {
      return Bad(program, fmt::format("buffer \"{}\" has the lifetime {}..{} in a step of {} ops",
                                      buffer.name, buffer.first_op, buffer.last_op, num_ops));
    }
    if (in_step && program.ops[buffer.last_op].stream != Stream::kCompute) {
      return Bad(program, fmt::format("buffer \"{}\" is released at op {}, which is no compute op",
                                      buffer.name, buffer.last_op));
    }
  }
  return absl::OkStatus();
}

// Kind, dims, operands and their sizes; not where it stands in the list.
absl::Status CheckOp(const Program& program, const Op& op) {
  RINGSIDE_ASSIGN_OR_RETURN(const OpSchema schema, SchemaOf(op));
  if (schema.operands.size() != op.operands.size()) {
    return absl::InvalidArgumentError(
        fmt::format("takes {} operands, got {}", schema.operands.size(), op.operands.size()));
  }
  if (IsCommunication(op.kind) != (op.stream != Stream::kCompute)) {
    return absl::InvalidArgumentError(fmt::format("stands on stream {}", Name(op.stream)));
  }
  if (op.flops < 0 || op.bytes < 0) return absl::InvalidArgumentError("has a negative cost");
  for (size_t i = 0; i < op.operands.size(); ++i) {
    const View& view = op.operands[i];
    const OperandSpec& spec = schema.operands[i];
    if (absl::Status status = CheckView(program, view); !status.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("operand {}: {}", spec.name, std::string(status.message())));
    }
    const DType dtype = program.buffers[view.buffer].dtype;
    const DType expected = spec.element != Element::kAny ? TypeOf(spec.element, program.real)
                                                         : program.buffers[op.operands[0].buffer].dtype;
    if (dtype != expected) {
      return absl::InvalidArgumentError(
          fmt::format("operand {} is {}, not {}", spec.name, Name(dtype), Name(expected)));
    }
    const bool fits = spec.access == Access::kScratch ? view.elems >= spec.elems : view.elems == spec.elems;
    if (!fits) {
      return absl::InvalidArgumentError(
          fmt::format("operand {} has {} elements, not {}", spec.name, view.elems, spec.elems));
    }
  }
  if (!IsCollective(op.kind) && op.group != -1) return absl::InvalidArgumentError("is of no group");
  if (op.kind != OpKind::kSend && op.kind != OpKind::kRecv && op.peer != -1) {
    return absl::InvalidArgumentError("has no peer");
  }
  if (IsCollective(op.kind)) {
    if (op.group < 0 || op.group >= static_cast<int32_t>(program.groups.size())) {
      return absl::InvalidArgumentError(fmt::format("there is no group {}", op.group));
    }
    if (op.kind == OpKind::kAllToAll && op.dims[0] % program.groups[op.group].ranks.size() != 0) {
      return absl::InvalidArgumentError(fmt::format("{} elements have no equal chunks for {} ranks",
                                                    op.dims[0], program.groups[op.group].ranks.size()));
    }
    const bool reduces = op.kind == OpKind::kAllReduce || op.kind == OpKind::kReduceScatter;
    const int64_t scratch = reduces ? ScratchElems(RoundsOf(op, program.groups, program.rank)) : 0;
    if (reduces && op.operands[1].elems < scratch) {
      return absl::InvalidArgumentError(
          fmt::format("scratch has {} elements, its rounds need {}", op.operands[1].elems, scratch));
    }
  }
  if ((op.kind == OpKind::kSend || op.kind == OpKind::kRecv) &&
      (op.peer < 0 || op.peer >= program.world_size || op.peer == program.rank)) {
    return absl::InvalidArgumentError(
        fmt::format("peer {} is not another rank of {}", op.peer, program.world_size));
  }
  return absl::OkStatus();
}

absl::Status CheckGroups(const Program& program) {
  for (const Group& group : program.groups) {
    if (IndexInGroup(group, program.rank) < 0) {
      return Bad(program, fmt::format("group on {} does not hold the rank itself", group.axis));
    }
    absl::flat_hash_set<int32_t> seen;
    for (const int32_t rank : group.ranks) {
      if (rank < 0 || rank >= program.world_size) {
        return Bad(program,
                   fmt::format("group on {} holds rank {} of {}", group.axis, rank, program.world_size));
      }
      if (!seen.insert(rank).second) {
        return Bad(program, fmt::format("group on {} holds rank {} twice", group.axis, rank));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckInit(const Program& program) {
  for (size_t i = 0; i < program.init_ops.size(); ++i) {
    const Op& op = program.init_ops[i];
    const auto bad = [&](std::string_view reason) {
      return Bad(program, fmt::format("init op {} {}: {}", i, Name(op.kind), reason));
    };
    if (absl::Status status = CheckOp(program, op); !status.ok()) return bad(std::string(status.message()));
    if (op.stream != Stream::kCompute || !op.deps.empty()) return bad("must be a compute op without deps");
    for (const View& view : op.operands) {
      if (program.buffers[view.buffer].first_op != -1)
        return bad("touches a buffer that only lives in the step");
    }
  }
  return absl::OkStatus();
}

// Two ops that may run at the same time must not touch the same range if one of them writes it.
class RaceCheck {
 public:
  explicit RaceCheck(const Program& program) : program_(program), open_(program.buffers.size()) {}

  absl::Status Add(int32_t index, const StreamClock& clock) {
    const Op& op = program_.ops[index];
    const auto schema = SchemaOf(op);
    for (size_t i = 0; i < op.operands.size(); ++i) {
      const View& view = op.operands[i];
      const bool writes = schema->operands[i].access != Access::kRead;
      auto& open = open_[view.buffer];
      std::erase_if(open, [&](const Use& use) { return clock.Ended(use.op); });
      for (const Use& use : open) {
        const bool overlap =
            use.view.offset < view.offset + view.elems && view.offset < use.view.offset + use.view.elems;
        if (overlap && (writes || use.writes) && use.op != index && !clock.EndedBefore(use.op, index)) {
          return absl::InvalidArgumentError(fmt::format("races with op {} {} on buffer \"{}\"", use.op,
                                                        Describe(program_.ops[use.op]),
                                                        program_.buffers[view.buffer].name));
        }
      }
      if (op.stream != Stream::kCompute) open.push_back({index, view, writes});
    }
    return absl::OkStatus();
  }

 private:
  struct Use {
    int32_t op;
    View view;
    bool writes;
  };

  const Program& program_;
  std::vector<std::vector<Use>> open_;  // by buffer: communication that may still run
};

absl::Status CheckStep(const Program& program) {
  StreamClock clock;
  RaceCheck races(program);
  std::vector<std::vector<int32_t>> uses(program.buffers.size());
  std::vector<std::vector<int32_t>> released(program.ops.size());
  for (size_t id = 0; id < program.buffers.size(); ++id) {
    const Buffer& buffer = program.buffers[id];
    if (buffer.last_op >= 0) released[buffer.last_op].push_back(static_cast<int32_t>(id));
  }
  for (int32_t i = 0; i < static_cast<int32_t>(program.ops.size()); ++i) {
    const Op& op = program.ops[i];
    const auto bad = [&](std::string_view reason) {
      return Bad(program, fmt::format("op {} {}: {}", i, Describe(op), reason));
    };
    if (absl::Status status = CheckOp(program, op); !status.ok()) return bad(std::string(status.message()));
    for (int32_t dep : op.deps) {
      if (dep < 0 || dep >= i) return bad(fmt::format("depends on op {}, which is no earlier op", dep));
    }
    clock.Advance(op);
    if (absl::Status status = races.Add(i, clock); !status.ok()) return bad(std::string(status.message()));
    for (const View& view : op.operands) {
      const Buffer& buffer = program.buffers[view.buffer];
      if (buffer.first_op < 0) continue;
      if (i < buffer.first_op || i > buffer.last_op) {
        return bad(fmt::format("uses buffer \"{}\" outside of its lifetime {}..{}", buffer.name,
                               buffer.first_op, buffer.last_op));
      }
      if (uses[view.buffer].empty() || uses[view.buffer].back() != i) uses[view.buffer].push_back(i);
    }
    for (int32_t id : released[i]) {
      for (int32_t use : uses[id]) {
        if (!clock.Ended(use)) {
          return bad(fmt::format("releases buffer \"{}\", which op {} {} may still use",
                                 program.buffers[id].name, use, Describe(program.ops[use])));
        }
      }
    }
  }
  return absl::OkStatus();
}

// Persistent, and of this type.
bool Holds(const Program& program, const View& view, DType dtype) {
  return CheckView(program, view).ok() && program.buffers[view.buffer].first_op == -1 &&
         program.buffers[view.buffer].dtype == dtype;
}

// One statistic that outlives the step.
bool IsFigure(const Program& program, const View& view) {
  return view.elems == 1 && Holds(program, view, StatType(program.real));
}

absl::Status CheckParam(const Program& program, const Param& param) {
  const auto bad = [&](std::string_view reason) {
    return Bad(program, fmt::format("param \"{}\": {}", param.name, reason));
  };
  if (param.outer < 1 || param.inner < 1 || param.mid_count < 1 || param.mid_begin < 0 ||
      param.mid_begin > param.mid_total - param.mid_count || param.outer > kMaxElems ||
      param.inner > kMaxElems || param.mid_total > kMaxElems) {
    return bad("its part is not within its tensor");
  }
  for (const Piece* piece : {&param.weights, &param.grad}) {
    if (!Holds(program, piece->view, program.real)) return bad("a piece is of the wrong type or lifetime");
    if (piece->begin < 0 || piece->begin > param.elems() - piece->view.elems) {
      return bad("a piece reaches beyond its part");
    }
  }
  for (const View* state : {&param.master, &param.m, &param.v}) {
    if (state->buffer < 0) continue;
    if (state->elems != param.grad.view.elems || !Holds(program, *state, StatType(program.real))) {
      return bad("an optimizer state does not go with its gradient");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateProgram(const Program& program) {
  if (program.world_size < 1 || program.world_size > kMaxRanks || program.rank < 0 ||
      program.rank >= program.world_size) {
    return Bad(program, fmt::format("is not one of {} ranks", program.world_size));
  }
  if (program.ops.empty()) return Bad(program, "has no ops");
  if (program.ops.size() > kMaxOps) return Bad(program, "too many ops");
  if (program.real == DType::kI32) return Bad(program, "its real type is i32");
  if (program.run.steps() < 1) return Bad(program, "run.steps is less than 1");
  if (program.memory_limit_bytes < 0) return Bad(program, "its memory limit is negative");
  RINGSIDE_RETURN_IF_ERROR(CheckBuffers(program));
  RINGSIDE_RETURN_IF_ERROR(CheckGroups(program));
  RINGSIDE_RETURN_IF_ERROR(CheckInit(program));
  RINGSIDE_RETURN_IF_ERROR(CheckStep(program));
  for (const Param& param : program.params) RINGSIDE_RETURN_IF_ERROR(CheckParam(program, param));
  for (const Metric& metric : program.metrics) {
    if (!IsFigure(program, metric.view)) {
      return Bad(program, fmt::format("metric \"{}\" is no persistent figure", metric.name));
    }
  }
  if (program.loss_buffer >= 0 && !IsFigure(program, {program.loss_buffer, 0, 1})) {
    return Bad(program, "its loss buffer is missing, of the wrong type or not persistent");
  }
  return absl::OkStatus();
}

}  // namespace ringside::plan
