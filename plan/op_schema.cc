#include "plan/op_schema.h"

#include <fmt/format.h>

#include "base/check.h"

namespace ringside::plan {
namespace {

// Products of up to three dims stay below 2^62.
constexpr int64_t kMaxDim = int64_t{1} << 40;

struct Arity {
  int dims;
  int scalars;
};

Arity ArityOf(OpKind kind) {
  switch (kind) {
    case OpKind::kLoadBatch:
      return {5, 0};
    case OpKind::kFill:
      return {1, 1};
    case OpKind::kInitNormal:
      return {6, 1};
    case OpKind::kEmbedding:
      return {4, 0};
    case OpKind::kAddPosition:
      return {3, 0};
    case OpKind::kLayerNorm:
      return {2, 1};
    case OpKind::kGemm:
      return {3, 0};
    case OpKind::kAttention:
      return {4, 0};
    case OpKind::kBiasResidual:
      return {2, 0};
    case OpKind::kXentMax:
      return {2, 0};
    case OpKind::kXentSum:
      return {3, 0};
    case OpKind::kXentLoss:
      return {3, 1};
    case OpKind::kEmbeddingBackward:
      return {4, 0};
    case OpKind::kPositionBackward:
      return {3, 0};
    case OpKind::kLayerNormBackward:
      return {2, 0};
    case OpKind::kBiasGrad:
      return {2, 0};
    case OpKind::kGelu:
      return {1, 0};
    case OpKind::kGeluBackward:
      return {1, 0};
    case OpKind::kAttentionBackward:
      return {4, 0};
    case OpKind::kAdamW:
      return {1, 0};
    case OpKind::kSgd:
      return {1, 0};
    case OpKind::kJoin:
      return {0, 0};
    case OpKind::kAllReduce:
    case OpKind::kReduceScatter:
    case OpKind::kAllGather:
      return {1, 0};
    case OpKind::kSend:
      return {1, 0};
    case OpKind::kRecv:
      return {1, 0};
  }
  RINGSIDE_CHECK(false);
}

// Dims that count things must be positive; offsets and ids may be zero.
bool MayBeZero(OpKind kind, int dim) {
  switch (kind) {
    case OpKind::kLoadBatch:
      return dim == 2;
    case OpKind::kInitNormal:
      return dim == 0 || dim == 3;
    case OpKind::kEmbedding:
    case OpKind::kEmbeddingBackward:
    case OpKind::kXentSum:
    case OpKind::kXentLoss:
      return dim == 2;
    default:
      return false;
  }
}

// The others are ids and places.
bool SizesOperands(OpKind kind, int dim) {
  if (kind == OpKind::kLoadBatch) return dim <= 1;
  if (kind == OpKind::kInitNormal) return dim == 1 || dim == 4 || dim == 5;
  return true;
}

}  // namespace

absl::StatusOr<OpSchema> SchemaOf(const Op& op) {
  const Arity arity = ArityOf(op.kind);
  OpSchema schema{arity.dims, arity.scalars, {}};
  if (static_cast<int>(op.dims.size()) != arity.dims ||
      static_cast<int>(op.scalars.size()) != arity.scalars) {
    return absl::InvalidArgumentError(fmt::format("{} takes {} dims and {} scalars, got {} and {}",
                                                  Name(op.kind), arity.dims, arity.scalars, op.dims.size(),
                                                  op.scalars.size()));
  }
  double product = 1;
  for (int i = 0; i < arity.dims; ++i) {
    const int64_t low = MayBeZero(op.kind, i) ? 0 : 1;
    if (op.dims[i] < low || op.dims[i] > kMaxDim) {
      return absl::InvalidArgumentError(
          fmt::format("{}: dim {} is {}, outside of {}..{}", Name(op.kind), i, op.dims[i], low, kMaxDim));
    }
    if (SizesOperands(op.kind, i)) product *= static_cast<double>(op.dims[i] > 0 ? op.dims[i] : 1);
  }
  if (product > 4e18) {
    return absl::InvalidArgumentError(fmt::format("{}: the product of its dims overflows", Name(op.kind)));
  }
  const auto& d = op.dims;
  auto in = [&](const char* name, int64_t n) { schema.operands.push_back({name, false, Access::kRead, n}); };
  auto in_int = [&](const char* name, int64_t n) {
    schema.operands.push_back({name, true, Access::kRead, n});
  };
  auto out = [&](const char* name, int64_t n) {
    schema.operands.push_back({name, false, Access::kWrite, n});
  };
  auto both = [&](const char* name, int64_t n) {
    schema.operands.push_back({name, false, Access::kReadWrite, n});
  };
  auto scratch = [&](const char* name, int64_t n) {
    schema.operands.push_back({name, false, Access::kScratch, n});
  };
  // A gradient that is assigned on its first use and added to later.
  auto grad = [&](const char* name, int64_t n) { op.Has(kAccumulate) ? both(name, n) : out(name, n); };

  switch (op.kind) {
    case OpKind::kLoadBatch:
      schema.operands.push_back({"tokens", true, Access::kWrite, d[0] * d[1]});
      schema.operands.push_back({"targets", true, Access::kWrite, d[0] * d[1]});
      break;
    case OpKind::kFill:
      out("out", d[0]);
      break;
    case OpKind::kInitNormal:
      out("out", d[1] * d[4] * d[5]);
      break;
    case OpKind::kEmbedding:
      in_int("tokens", d[0]), in("table", d[3] * d[1]), out("out", d[0] * d[1]);
      break;
    case OpKind::kAddPosition:
      both("x", d[0] * d[1]), in("table", d[2] * d[1]);
      break;
    case OpKind::kLayerNorm:
      in("x", d[0] * d[1]), in("gamma", d[1]), in("beta", d[1]);
      out("y", d[0] * d[1]), out("mean", d[0]), out("rstd", d[0]);
      break;
    case OpKind::kGemm:
      in("a", d[0] * d[2]), in("b", d[1] * d[2]);
      if (op.Has(kBias)) in("bias", d[1]);
      grad("c", d[0] * d[1]);
      if (op.Has(kGelu)) out("pre", d[0] * d[1]);
      break;
    case OpKind::kAttention:
      in("qkv", d[0] * d[1] * 3 * d[2] * d[3]), out("out", d[0] * d[1] * d[2] * d[3]);
      out("lse", d[0] * d[2] * d[1]), scratch("scratch", AttentionScratchElems(op.kind, d[1]));
      break;
    case OpKind::kBiasResidual:
      both("x", d[0] * d[1]), in("bias", d[1]), in("residual", d[0] * d[1]);
      break;
    case OpKind::kXentMax:
      in("logits", d[0] * d[1]), out("row_max", d[0]);
      break;
    case OpKind::kXentSum:
      in("logits", d[0] * d[1]), in("row_max", d[0]), in_int("targets", d[0]), out("stats", d[0] * 2);
      break;
    case OpKind::kXentLoss:
      both("logits", d[0] * d[1]), in("row_max", d[0]), in("stats", d[0] * 2), in_int("targets", d[0]);
      both("loss", 1);
      break;
    case OpKind::kEmbeddingBackward:
      in_int("tokens", d[0]), in("dout", d[0] * d[1]), both("dtable", d[3] * d[1]);
      break;
    case OpKind::kPositionBackward:
      in("dout", d[0] * d[1]), grad("dtable", d[2] * d[1]);
      break;
    case OpKind::kLayerNormBackward:
      in("dy", d[0] * d[1]), in("x", d[0] * d[1]), in("gamma", d[1]), in("mean", d[0]), in("rstd", d[0]);
      both("dx", d[0] * d[1]), grad("dgamma", d[1]), grad("dbeta", d[1]);
      break;
    case OpKind::kBiasGrad:
      in("dout", d[0] * d[1]), grad("dbias", d[1]);
      break;
    case OpKind::kGelu:
      in("pre", d[0]), out("out", d[0]);
      break;
    case OpKind::kGeluBackward:
      in("pre", d[0]), both("dout", d[0]);
      break;
    case OpKind::kAttentionBackward:
      in("dout", d[0] * d[1] * d[2] * d[3]), in("qkv", d[0] * d[1] * 3 * d[2] * d[3]);
      in("out", d[0] * d[1] * d[2] * d[3]), in("lse", d[0] * d[2] * d[1]);
      out("dqkv", d[0] * d[1] * 3 * d[2] * d[3]), scratch("scratch", AttentionScratchElems(op.kind, d[1]));
      break;
    case OpKind::kAdamW:
      both("w", d[0]), in("g", d[0]), both("m", d[0]), both("v", d[0]);
      break;
    case OpKind::kSgd:
      both("w", d[0]), in("g", d[0]);
      break;
    case OpKind::kJoin:
      break;
    case OpKind::kAllReduce:
    case OpKind::kReduceScatter:
      both("buf", d[0]), scratch("scratch", 0);
      break;
    case OpKind::kAllGather:
      both("buf", d[0]);
      break;
    case OpKind::kSend:
      in("buf", d[0]);
      break;
    case OpKind::kRecv:
      out("buf", d[0]);
      break;
  }
  return schema;
}

OpCost CostOf(const Op& op, DType real) {
  const auto schema = SchemaOf(op);
  RINGSIDE_CHECK(schema.ok());
  const auto& d = op.dims;
  OpCost cost;
  if (IsCommunication(op.kind)) return {0, d[0] * SizeOf(real)};
  for (const OperandSpec& operand : schema->operands) {
    if (operand.access == Access::kScratch) continue;
    const int64_t times = operand.access == Access::kReadWrite ? 2 : 1;
    cost.bytes += times * operand.elems * SizeOf(operand.is_int ? DType::kI32 : real);
  }
  switch (op.kind) {
    case OpKind::kGemm:
      cost.flops = 2 * d[0] * d[1] * d[2];
      break;
    case OpKind::kAttention:
      cost.flops = 2 * d[0] * d[2] * d[1] * (d[1] + 1) * d[3];
      break;
    case OpKind::kAttentionBackward:
      cost.flops = 5 * d[0] * d[2] * d[1] * (d[1] + 1) * d[3];
      break;
    case OpKind::kEmbedding:  // reads only the rows of its tokens
      cost.bytes = d[0] * (4 + 2 * d[1] * SizeOf(real));
      break;
    case OpKind::kEmbeddingBackward:
      cost.flops = d[0] * d[1];
      cost.bytes = d[0] * (4 + 3 * d[1] * SizeOf(real));
      break;
    case OpKind::kAddPosition:
      cost.flops = d[0] * d[1];
      break;
    case OpKind::kPositionBackward:
      cost.flops = d[0] * d[1];
      break;
    case OpKind::kLayerNorm:
      cost.flops = 8 * d[0] * d[1];
      break;
    case OpKind::kLayerNormBackward:
      cost.flops = 14 * d[0] * d[1];
      break;
    case OpKind::kBiasResidual:
      cost.flops = 2 * d[0] * d[1];
      break;
    case OpKind::kXentMax:
      cost.flops = d[0] * d[1];
      break;
    case OpKind::kXentSum:
      cost.flops = 3 * d[0] * d[1];
      break;
    case OpKind::kXentLoss:
      cost.flops = 4 * d[0] * d[1];
      break;
    case OpKind::kBiasGrad:
      cost.flops = d[0] * d[1];
      break;
    case OpKind::kGelu:
      cost.flops = 10 * d[0];
      break;
    case OpKind::kGeluBackward:
      cost.flops = 16 * d[0];
      break;
    case OpKind::kAdamW:
      cost.flops = 14 * d[0];
      break;
    case OpKind::kSgd:
      cost.flops = 3 * d[0];
      break;
    default:
      break;
  }
  if (op.kind == OpKind::kGemm && op.Has(kGelu)) cost.flops += 10 * d[0] * d[1];
  return cost;
}

}  // namespace ringside::plan
