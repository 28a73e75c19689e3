#include "plan/program_proto.h"

#include <fmt/format.h>

#include <optional>

#include "base/status_macros.h"
#include "plan/validate.h"

namespace ringside::plan {
namespace {

v1::DType ToProto(DType dtype) {
  return static_cast<v1::DType>(static_cast<int>(dtype) + 1);
}
v1::MemoryCategory ToProto(Category category) {
  return static_cast<v1::MemoryCategory>(static_cast<int>(category) + 1);
}

// The enumerator below `count` that has this name.
template <class Enum>
std::optional<Enum> FromName(std::string_view name, int count) {
  for (int i = 0; i < count; ++i) {
    if (Name(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

void SetView(const View& view, v1::View* out) {
  out->set_buffer(view.buffer);
  out->set_offset(view.offset);
  out->set_elems(view.elems);
}

View FromProto(const v1::View& view) {
  return {view.buffer(), view.offset(), view.elems()};
}

void SetPiece(const Piece& piece, v1::Piece* out) {
  SetView(piece.view, out->mutable_view());
  out->set_begin(piece.begin);
}

Piece FromProto(const v1::Piece& piece) {
  return {FromProto(piece.view()), piece.begin()};
}

// States that are not there are absent.
View StateFromProto(bool has, const v1::View& view) {
  return has ? FromProto(view) : View{};
}

v1::Precision PrecisionOf(DType real) {
  switch (real) {
    case DType::kF64:
      return v1::PRECISION_FP64;
    case DType::kBf16:
      return v1::PRECISION_BF16;
    case DType::kF16:
      return v1::PRECISION_FP16;
    default:
      return v1::PRECISION_FP32;
  }
}

void SetParam(const Param& param, v1::ParamDef* out) {
  out->set_name(param.name);
  out->set_id(param.id);
  out->set_outer(param.outer);
  out->set_mid_total(param.mid_total);
  out->set_mid_begin(param.mid_begin);
  out->set_mid_count(param.mid_count);
  out->set_inner(param.inner);
  out->set_decays(param.decays);
  SetPiece(param.weights, out->mutable_weights());
  SetPiece(param.grad, out->mutable_grad());
  if (param.master.buffer >= 0) SetView(param.master, out->mutable_master());
  if (param.m.buffer >= 0) SetView(param.m, out->mutable_m());
  if (param.v.buffer >= 0) SetView(param.v, out->mutable_v());
}

Param FromProto(const v1::ParamDef& in) {
  Param param;
  param.name = in.name(), param.id = in.id();
  param.outer = in.outer(), param.mid_total = in.mid_total(), param.mid_begin = in.mid_begin();
  param.mid_count = in.mid_count(), param.inner = in.inner(), param.decays = in.decays();
  param.weights = FromProto(in.weights()), param.grad = FromProto(in.grad());
  param.master = StateFromProto(in.has_master(), in.master());
  param.m = StateFromProto(in.has_m(), in.m());
  param.v = StateFromProto(in.has_v(), in.v());
  return param;
}

void SetOp(const Op& op, v1::OpDef* out) {
  out->set_kind(std::string(Name(op.kind)));
  out->set_stream(std::string(Name(op.stream)));
  out->set_phase(std::string(Name(op.phase)));
  out->set_layer(op.layer);
  out->set_micro_batch(op.micro_batch);
  for (const View& view : op.operands) SetView(view, out->add_operands());
  out->mutable_dims()->Add(op.dims.begin(), op.dims.end());
  out->mutable_scalars()->Add(op.scalars.begin(), op.scalars.end());
  out->set_flags(op.flags);
  out->set_group(op.group);
  out->set_peer(op.peer);
  out->mutable_deps()->Add(op.deps.begin(), op.deps.end());
  out->set_flops(op.flops);
  out->set_bytes(op.bytes);
  if (op.algorithm != Algorithm::kRing) out->set_algorithm(std::string(Name(op.algorithm)));
}

absl::StatusOr<Op> OpFromProto(const v1::OpDef& in) {
  const auto kind = FromName<OpKind>(in.kind(), kNumOpKinds);
  const auto stream = FromName<Stream>(in.stream(), kNumStreams);
  const auto phase = FromName<Phase>(in.phase(), kNumPhases);
  if (!kind) return absl::InvalidArgumentError(fmt::format("unknown kind \"{}\"", in.kind()));
  if (!stream) return absl::InvalidArgumentError(fmt::format("unknown stream \"{}\"", in.stream()));
  const auto algorithm = in.algorithm().empty() ? std::optional(Algorithm::kRing)
                                                : FromName<Algorithm>(in.algorithm(), kNumAlgorithms);
  if (!algorithm) return absl::InvalidArgumentError(fmt::format("unknown algorithm \"{}\"", in.algorithm()));
  if (!phase) return absl::InvalidArgumentError(fmt::format("unknown phase \"{}\"", in.phase()));
  const auto in_range = [](int32_t value) { return value >= -1 && value <= INT16_MAX; };
  if (!in_range(in.layer()) || !in_range(in.micro_batch())) {
    return absl::InvalidArgumentError("layer or micro-batch out of range");
  }
  if ((in.flags() & ~kAllFlags) != 0) return absl::InvalidArgumentError("unknown flags");
  Op op;
  op.kind = *kind, op.stream = *stream, op.phase = *phase;
  op.layer = static_cast<int16_t>(in.layer());
  op.micro_batch = static_cast<int16_t>(in.micro_batch());
  op.flags = in.flags();
  op.algorithm = *algorithm;
  op.group = in.group(), op.peer = in.peer();
  for (const v1::View& view : in.operands()) op.operands.push_back(FromProto(view));
  op.dims.assign(in.dims().begin(), in.dims().end());
  op.scalars.assign(in.scalars().begin(), in.scalars().end());
  op.deps.assign(in.deps().begin(), in.deps().end());
  op.flops = in.flops(), op.bytes = in.bytes();
  return op;
}

absl::Status OpsFromProto(const google::protobuf::RepeatedPtrField<v1::OpDef>& in, std::string_view list,
                          int rank, std::vector<Op>* out) {
  for (int i = 0; i < in.size(); ++i) {
    absl::StatusOr<Op> op = OpFromProto(in[i]);
    if (!op.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("program of rank {}: {} {}: {}", rank, list, i, std::string(op.status().message())));
    }
    out->push_back(*std::move(op));
  }
  return absl::OkStatus();
}

}  // namespace

v1::Program ToProto(const Program& program) {
  v1::Program out;
  out.set_rank(program.rank);
  out.set_world_size(program.world_size);
  out.set_node(program.node);
  for (const Buffer& buffer : program.buffers) {
    v1::BufferDef* def = out.add_buffers();
    def->set_name(buffer.name);
    def->set_category(ToProto(buffer.category));
    def->set_dtype(ToProto(buffer.dtype));
    def->set_elems(buffer.elems);
    def->set_first_op(buffer.first_op);
    def->set_last_op(buffer.last_op);
  }
  for (const Op& op : program.init_ops) SetOp(op, out.add_init_ops());
  for (const Op& op : program.ops) SetOp(op, out.add_ops());
  for (const Group& group : program.groups) {
    v1::Group* def = out.add_groups();
    def->set_axis(group.axis);
    def->mutable_ranks()->Add(group.ranks.begin(), group.ranks.end());
  }
  for (const Param& param : program.params) {
    SetParam(param, out.add_params());
  }
  for (const Metric& metric : program.metrics) {
    v1::MetricDef* def = out.add_metrics();
    def->set_name(metric.name);
    SetView(metric.view, def->mutable_view());
    def->set_partial(metric.partial);
  }
  out.set_loss_buffer(program.loss_buffer);
  out.set_tokens_per_step(program.tokens_per_step);
  *out.mutable_run() = program.run;
  out.set_precision(PrecisionOf(program.real));
  out.set_memory_limit_bytes(program.memory_limit_bytes);
  for (const v1::Fault& fault : program.faults) *out.add_faults() = fault;
  return out;
}

absl::StatusOr<Program> FromProto(const v1::Program& in) {
  Program program;
  program.rank = in.rank(), program.world_size = in.world_size(), program.node = in.node();
  for (const v1::BufferDef& def : in.buffers()) {
    if (def.category() < v1::CATEGORY_WEIGHTS || def.category() > v1::CATEGORY_WORKSPACE ||
        def.dtype() < v1::DTYPE_F32 || def.dtype() > v1::DTYPE_F16) {
      return absl::InvalidArgumentError(fmt::format(
          "program of rank {}: buffer \"{}\" has an unknown category or type", in.rank(), def.name()));
    }
    program.buffers.push_back({def.name(), static_cast<Category>(def.category() - 1),
                               static_cast<DType>(def.dtype() - 1), def.elems(), def.first_op(),
                               def.last_op()});
  }
  RINGSIDE_RETURN_IF_ERROR(OpsFromProto(in.init_ops(), "init op", in.rank(), &program.init_ops));
  RINGSIDE_RETURN_IF_ERROR(OpsFromProto(in.ops(), "op", in.rank(), &program.ops));
  for (const v1::Group& def : in.groups()) {
    program.groups.push_back({def.axis(), {def.ranks().begin(), def.ranks().end()}});
  }
  for (const v1::ParamDef& def : in.params()) program.params.push_back(FromProto(def));
  for (const v1::MetricDef& def : in.metrics()) {
    program.metrics.push_back({def.name(), FromProto(def.view()), def.partial()});
  }
  program.loss_buffer = in.loss_buffer();
  program.tokens_per_step = in.tokens_per_step();
  program.run = in.run();
  if (in.precision() < v1::PRECISION_FP32 || in.precision() > v1::PRECISION_FP16) {
    return absl::InvalidArgumentError(fmt::format("program of rank {}: unknown precision", in.rank()));
  }
  program.real = RealOf(in.precision());
  program.memory_limit_bytes = in.memory_limit_bytes();
  program.faults.assign(in.faults().begin(), in.faults().end());
  RINGSIDE_RETURN_IF_ERROR(ValidateProgram(program));
  return program;
}

}  // namespace ringside::plan
