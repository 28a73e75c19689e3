#include "plan/op_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "plan/count.h"

namespace ringside::plan {
namespace {

constexpr int64_t kMaxDim = int64_t{1} << 40;
constexpr int64_t kMaxPlace = int64_t{1} << 60;

// The dims of an op, for arithmetic with them.
using Dims = std::array<Count, 9>;

Dims DimsOf(const Op& op) {
  Dims dims;
  std::copy(op.dims.begin(), op.dims.end(), dims.begin());
  return dims;
}

struct Arity {
  int dims;
  int scalars;
};

Arity ArityOf(OpKind kind) {
  switch (kind) {
    case OpKind::kJoin:
      return {0, 0};
    case OpKind::kControl:
      return {0, 1};
    case OpKind::kConvert:
    case OpKind::kGelu:
    case OpKind::kGeluBackward:
    case OpKind::kBatchNormGrad:
    case OpKind::kSquareSum:
    case OpKind::kAdamW:
    case OpKind::kSgd:
    case OpKind::kAllReduce:
    case OpKind::kReduceScatter:
    case OpKind::kAllGather:
    case OpKind::kAllToAll:
    case OpKind::kRotate:
    case OpKind::kSend:
    case OpKind::kRecv:
      return {1, 0};
    case OpKind::kFill:
    case OpKind::kFillStat:
      return {1, 1};
    case OpKind::kActivation:
    case OpKind::kSwiglu:
    case OpKind::kBiasResidual:
    case OpKind::kXentMax:
    case OpKind::kColumnSums:
    case OpKind::kLayerNormBackward:
    case OpKind::kRmsNormBackward:
    case OpKind::kBiasGrad:
    case OpKind::kActivationBackward:
    case OpKind::kSwigluBackward:
      return {2, 0};
    case OpKind::kLayerNorm:
    case OpKind::kRmsNorm:
    case OpKind::kDeadShare:
      return {2, 1};
    case OpKind::kGemm:
    case OpKind::kXentSum:
    case OpKind::kMeanRows:
    case OpKind::kMeanRowsBackward:
      return {3, 0};
    case OpKind::kBatchNorm:
    case OpKind::kBatchNormSums:
    case OpKind::kBatchNormBackward:
      return {3, 1};
    case OpKind::kEmbedding:
    case OpKind::kDispatch:
    case OpKind::kCombine:
    case OpKind::kEmbeddingBackward:
    case OpKind::kCombineBackward:
    case OpKind::kDispatchBackward:
      return {4, 0};
    case OpKind::kAuxLoss:
      return {4, 1};
    case OpKind::kAttention:
    case OpKind::kAttentionBackward:
      return {5, 0};
    case OpKind::kRouterBackward:
      return {5, 1};
    case OpKind::kAddPosition:
    case OpKind::kCopy:
    case OpKind::kRouter:
    case OpKind::kIm2col:
    case OpKind::kPositionBackward:
    case OpKind::kCol2im:
      return {6, 0};
    case OpKind::kLoadBatch:
    case OpKind::kLoadImages:
      return {7, 0};
    case OpKind::kRope:
      return {7, 1};
    case OpKind::kRingAttention:
    case OpKind::kRingAttentionBackward:
      return {8, 0};
    case OpKind::kInitNormal:
      return {8, 1};
    case OpKind::kDropout:
      return {9, 1};
    case OpKind::kXentLoss:
      return {3, 2};
    case OpKind::kExpertGemm:
    case OpKind::kExpertWeightGrad:
      return {5, 1};
  }
  RINGSIDE_CHECK(false);
}

// Dims that count things must be positive; offsets, ranks and ids may be zero.
bool MayBeZero(OpKind kind, int dim) {
  switch (kind) {
    case OpKind::kLoadBatch:
      return dim == 2 || dim == 3 || dim == 6;
    case OpKind::kLoadImages:
      return dim == 4 || dim == 5;
    case OpKind::kInitNormal:
      return dim == 0 || dim == 3 || dim == 6;
    case OpKind::kEmbedding:
    case OpKind::kEmbeddingBackward:
    case OpKind::kXentSum:
    case OpKind::kXentLoss:
      return dim == 2;
    case OpKind::kAddPosition:
    case OpKind::kPositionBackward:
      return dim >= 4;
    case OpKind::kRope:
      return dim == 6;
    case OpKind::kRingAttention:
    case OpKind::kRingAttentionBackward:
      return dim >= 6;
    case OpKind::kDropout:
      return dim >= 4;
    case OpKind::kCopy:
      return dim == 3 || dim == 5;
    case OpKind::kActivation:
    case OpKind::kActivationBackward:
      return dim == 1;
    default:
      return false;
  }
}

// Dims that are places in a run, or counts over all ranks: no buffer is as large as they may be.
int64_t MaxOf(OpKind kind, int dim) {
  switch (kind) {
    case OpKind::kLoadBatch:
      return dim == 2 || dim == 3 ? kMaxPlace : kMaxDim;
    case OpKind::kLoadImages:
      return dim == 4 || dim == 5 ? kMaxPlace : kMaxDim;
    case OpKind::kDropout:
      return dim == 6 || dim == 7 ? kMaxPlace : kMaxDim;
    case OpKind::kBatchNorm:
    case OpKind::kBatchNormSums:
    case OpKind::kBatchNormBackward:
      return dim == 2 ? kMaxPlace : kMaxDim;
    default:
      return kMaxDim;
  }
}

// Rows of the columns matrix of a convolution: output pixels.
Count ConvRows(const Dims& d) {
  const Count stride = d[5], before = stride.value - 1;
  return d[0] * ((d[1] + before) / stride) * ((d[2] + before) / stride);
}

// Pairs of a query and a key that it sees, of one head and sequence: rank `q_rank`'s positions against
// `kv_rank`'s.
Count VisiblePairs(Count seq_len, int64_t cp, int64_t q_rank, int64_t kv_rank) {
  if (q_rank == kv_rank) {
    // One piece sees itself, the later one all of the earlier and itself.
    return cp == 1 ? seq_len * (seq_len + 1) / 2
                   : seq_len / 2 * (seq_len / 2 + 1) + (seq_len / 2) * (seq_len / 2);
  }
  return seq_len * seq_len / 2;  // two of the four pairs of pieces, whichever rank is first
}

// What must hold between the dims of an op beside their sizes; "" if it does.
std::string Misfit(const Op& op) {
  const auto& d = op.dims;
  const auto misfit = [](bool holds, const char* why) { return holds ? "" : why; };
  switch (op.kind) {
    case OpKind::kLoadBatch:
      return misfit(d[6] < d[5] && (d[5] == 1 || d[1] % 2 == 0), "its share of a sequence is none");
    case OpKind::kInitNormal:
      return misfit(d[3] + d[4] <= d[2] && d[6] + d[7] <= (Count(d[1]) * d[4] * d[5]).value,
                    "it reaches beyond its tensor");
    case OpKind::kAddPosition:
    case OpKind::kPositionBackward:
      return misfit(d[4] < d[3] && (d[3] == 1 || d[2] % 2 == 0), "its share of a sequence is none");
    case OpKind::kRope:
      return misfit(d[1] <= d[2] && d[3] % 2 == 0 && d[6] < d[5] && (d[5] == 1 || d[4] % 2 == 0),
                    "heads or positions do not fit");
    case OpKind::kAttention:
    case OpKind::kAttentionBackward:
      return misfit(d[2] % d[3] == 0, "its key/value heads do not divide its heads");
    case OpKind::kRingAttention:
    case OpKind::kRingAttentionBackward:
      return misfit(d[2] % d[3] == 0 && d[6] < d[5] && d[7] < d[5] && (d[5] == 1 || d[1] % 2 == 0),
                    "heads or ranks do not fit");
    case OpKind::kDropout:
      return misfit(d[4] < d[3] && op.scalars[0] >= 0 && op.scalars[0] < 1, "rank or probability do not fit");
    case OpKind::kCopy:
      return misfit(d[3] + d[1] <= d[2] && d[5] + d[1] <= d[4], "its columns reach beyond the rows");
    case OpKind::kActivation:
    case OpKind::kActivationBackward:
      return misfit(d[1] <= static_cast<int64_t>(Activation::kSigmoid), "there is no such activation");
    case OpKind::kRouter:
      return misfit(d[0] % d[3] == 0 && d[2] <= d[1], "sequences or choices do not fit");
    case OpKind::kAuxLoss:
      return misfit(d[0] % d[2] == 0, "sequences do not fit");
    case OpKind::kRouterBackward:
      return misfit(d[0] % d[3] == 0 && d[2] <= d[1], "sequences or choices do not fit");
    case OpKind::kExpertGemm:
    case OpKind::kExpertWeightGrad:
      return misfit(d[0] % d[1] == 0, "its experts do not divide its blocks");
    case OpKind::kIm2col:
    case OpKind::kCol2im:
      return misfit(d[4] % 2 == 1, "its window has no middle");
    default:
      return "";
  }
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
  for (int i = 0; i < arity.dims; ++i) {
    const int64_t low = MayBeZero(op.kind, i) ? 0 : 1, high = MaxOf(op.kind, i);
    if (op.dims[i] < low || op.dims[i] > high) {
      return absl::InvalidArgumentError(
          fmt::format("{}: dim {} is {}, outside of {}..{}", Name(op.kind), i, op.dims[i], low, high));
    }
  }
  if (std::string misfit = Misfit(op); !misfit.empty()) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", Name(op.kind), misfit));
  }
  const Dims d = DimsOf(op);
  bool too_large = false;
  auto add = [&](const char* name, Element element, Access access, Count n) {
    schema.operands.push_back({name, element, access, n.value});
    too_large |= n.too_many();
  };
  auto in = [&](const char* name, Count n) { add(name, Element::kReal, Access::kRead, n); };
  auto in_stat = [&](const char* name, Count n) { add(name, Element::kStat, Access::kRead, n); };
  auto in_int = [&](const char* name, Count n) { add(name, Element::kInt, Access::kRead, n); };
  auto out = [&](const char* name, Count n) { add(name, Element::kReal, Access::kWrite, n); };
  auto out_stat = [&](const char* name, Count n) { add(name, Element::kStat, Access::kWrite, n); };
  auto out_int = [&](const char* name, Count n) { add(name, Element::kInt, Access::kWrite, n); };
  auto both = [&](const char* name, Count n) { add(name, Element::kReal, Access::kReadWrite, n); };
  auto both_stat = [&](const char* name, Count n) { add(name, Element::kStat, Access::kReadWrite, n); };
  auto scratch = [&](Count n) { add("scratch", Element::kStat, Access::kScratch, n); };
  // What is assigned on its first use and added to later.
  auto sum = [&](const char* name, Count n) { op.Has(kAccumulate) ? both(name, n) : out(name, n); };
  auto sum_stat = [&](const char* name, Count n) {
    op.Has(kAccumulate) ? both_stat(name, n) : out_stat(name, n);
  };

  switch (op.kind) {
    case OpKind::kLoadBatch:
      out_int("tokens", d[0] * d[1]), out_int("targets", d[0] * d[1]);
      break;
    case OpKind::kFill:
      out("out", d[0]);
      break;
    case OpKind::kFillStat:
      out_stat("out", d[0]);
      break;
    case OpKind::kInitNormal:
      out("out", d[7]);
      break;
    case OpKind::kConvert:
      in("x", d[0]), out_stat("out", d[0]);
      break;
    case OpKind::kEmbedding:
      in_int("tokens", d[0]), in("table", d[3] * d[1]), out("out", d[0] * d[1]);
      break;
    case OpKind::kAddPosition:
      both("x", d[0] * d[1]), in("table", d[2] * d[3] * d[1]);
      break;
    case OpKind::kLayerNorm:
      in("x", d[0] * d[1]), in("gamma", d[1]), in("beta", d[1]);
      out("y", d[0] * d[1]), out_stat("mean", d[0]), out_stat("rstd", d[0]);
      break;
    case OpKind::kRmsNorm:
      in("x", d[0] * d[1]), in("gamma", d[1]), out("y", d[0] * d[1]), out_stat("rstd", d[0]);
      break;
    case OpKind::kGemm:
      in("a", d[0] * d[2]), in("b", d[1] * d[2]);
      if (op.Has(kBias)) in("bias", d[1]);
      sum("c", d[0] * d[1]);
      if (op.Has(kGelu)) out("pre", d[0] * d[1]);
      break;
    case OpKind::kGelu:
    case OpKind::kActivation:
      in("pre", d[0]), out("out", d[0]);
      break;
    case OpKind::kSwiglu:
      in("gate_up", d[0] * 2 * d[1]), out("out", d[0] * d[1]);
      break;
    case OpKind::kRope:
      both("qkv", d[0] * d[2] * d[3]);
      break;
    case OpKind::kAttention:
      in("qkv", d[0] * d[1] * (d[2] + 2 * d[3]) * d[4]), out("out", d[0] * d[1] * d[2] * d[4]);
      out_stat("lse", d[0] * d[2] * d[1]), scratch(AttentionScratchElems(op.dims[1]));
      break;
    case OpKind::kRingAttention:
      in("qkv", d[0] * d[1] * (d[2] + 2 * d[3]) * d[4]), in("kv", d[0] * d[1] * 2 * d[3] * d[4]);
      sum("out", d[0] * d[1] * d[2] * d[4]), sum_stat("lse", d[0] * d[2] * d[1]);
      scratch(AttentionScratchElems(op.dims[1]));
      break;
    case OpKind::kBiasResidual:
      in("x", d[0] * d[1]);
      if (op.Has(kBias)) in("bias", d[1]);
      in("residual", d[0] * d[1]), out("out", d[0] * d[1]);
      break;
    case OpKind::kDropout:
      both("x", d[0] * d[1]);
      if (op.Has(kBias)) in("bias", d[1]);
      break;
    case OpKind::kCopy:
      in("from", d[0] * d[2]);
      op.dims[1] == op.dims[4] ? sum("to", d[0] * d[4]) : both("to", d[0] * d[4]);
      break;
    case OpKind::kXentMax:
      in("logits", d[0] * d[1]), out_stat("row_max", d[0]);
      break;
    case OpKind::kXentSum:
      in("logits", d[0] * d[1]), in_stat("row_max", d[0]), in_int("targets", d[0]),
          out_stat("stats", d[0] * 2);
      break;
    case OpKind::kXentLoss:
      both("logits", d[0] * d[1]), in_stat("row_max", d[0]), in_stat("stats", d[0] * 2),
          in_int("targets", d[0]);
      if (op.Has(kScaled)) in_stat("control", 4);
      both_stat("loss", 1);
      break;
    case OpKind::kDeadShare:
      in("act", d[0] * d[1]), sum_stat("out", 1);
      break;
    case OpKind::kRouter:
      in("logits", d[0] * d[1]), out_stat("probs", d[0] * d[1]), out_int("slot", d[0] * d[2]);
      out_int("choice", d[0] * d[2]), out_stat("weight", d[0] * d[2]), out_stat("load", d[0] / d[3] * d[1]);
      break;
    case OpKind::kAuxLoss:
      in_stat("probs", d[0] * d[1]), in_stat("load", d[0] / d[2] * d[1]), both_stat("loss", 1);
      break;
    case OpKind::kDispatch:
      in("x", d[0] * d[2]), in_int("slot", d[0] * d[1]), out("out", d[3] * d[2]);
      break;
    case OpKind::kCombine:
      in("y", d[3] * d[2]), in_int("slot", d[0] * d[1]), in_stat("weight", d[0] * d[1]),
          out("out", d[0] * d[2]);
      break;
    case OpKind::kExpertGemm:
      in("a", d[0] * d[2] * d[4]), in("w", d[1] * d[3] * d[4]), out("c", d[0] * d[2] * d[3]);
      break;
    case OpKind::kLoadImages:
      out("pixels", d[0] * d[1] * d[2] * d[3]), out_int("labels", d[0]);
      break;
    case OpKind::kIm2col:
      in("x", d[0] * d[1] * d[2] * d[3]), out("cols", ConvRows(d) * d[4] * d[4] * d[3]);
      break;
    case OpKind::kColumnSums:
      in("x", d[0] * d[1]), out_stat("sums", 2 * d[1]);
      break;
    case OpKind::kBatchNorm:
      in("x", d[0] * d[1]), in_stat("sums", 2 * d[1]), in("gamma", d[1]), in("beta", d[1]),
          out("y", d[0] * d[1]);
      break;
    case OpKind::kMeanRows:
      in("x", d[0] * d[1] * d[2]), out("out", d[0] * d[2]);
      break;
    case OpKind::kEmbeddingBackward:
      in_int("tokens", d[0]), in("dout", d[0] * d[1]), both("dtable", d[3] * d[1]);
      break;
    case OpKind::kPositionBackward:
      in("dout", d[0] * d[1]), sum("dtable", d[2] * d[3] * d[1]);
      break;
    case OpKind::kLayerNormBackward:
      in("dy", d[0] * d[1]), in("x", d[0] * d[1]), in("gamma", d[1]), in_stat("mean", d[0]),
          in_stat("rstd", d[0]);
      both("dx", d[0] * d[1]), sum("dgamma", d[1]), sum("dbeta", d[1]);
      break;
    case OpKind::kRmsNormBackward:
      in("dy", d[0] * d[1]), in("x", d[0] * d[1]), in("gamma", d[1]), in_stat("rstd", d[0]);
      both("dx", d[0] * d[1]), sum("dgamma", d[1]);
      break;
    case OpKind::kBiasGrad:
      in("dout", d[0] * d[1]), sum("dbias", d[1]);
      break;
    case OpKind::kGeluBackward:
    case OpKind::kActivationBackward:
      in("pre", d[0]), both("dout", d[0]);
      break;
    case OpKind::kSwigluBackward:
      in("gate_up", d[0] * 2 * d[1]), in("dout", d[0] * d[1]), out("dgate_up", d[0] * 2 * d[1]);
      break;
    case OpKind::kAttentionBackward:
      in("dout", d[0] * d[1] * d[2] * d[4]), in("qkv", d[0] * d[1] * (d[2] + 2 * d[3]) * d[4]);
      in("out", d[0] * d[1] * d[2] * d[4]), in_stat("lse", d[0] * d[2] * d[1]);
      out("dqkv", d[0] * d[1] * (d[2] + 2 * d[3]) * d[4]), scratch(AttentionScratchElems(op.dims[1]));
      break;
    case OpKind::kRingAttentionBackward:
      in("dout", d[0] * d[1] * d[2] * d[4]), in("qkv", d[0] * d[1] * (d[2] + 2 * d[3]) * d[4]);
      in("kv", d[0] * d[1] * 2 * d[3] * d[4]), in("out", d[0] * d[1] * d[2] * d[4]);
      in_stat("lse", d[0] * d[2] * d[1]), sum("dqkv", d[0] * d[1] * (d[2] + 2 * d[3]) * d[4]);
      out("dkv", d[0] * d[1] * 2 * d[3] * d[4]), scratch(AttentionScratchElems(op.dims[1]));
      break;
    case OpKind::kCombineBackward:
      in("dout", d[0] * d[2]), in("y", d[3] * d[2]), in_int("slot", d[0] * d[1]),
          in_stat("weight", d[0] * d[1]);
      out("dy", d[3] * d[2]), out_stat("dweight", d[0] * d[1]);
      break;
    case OpKind::kDispatchBackward:
      in("dxe", d[3] * d[2]), in_int("slot", d[0] * d[1]), out("dx", d[0] * d[2]);
      break;
    case OpKind::kRouterBackward:
      in_stat("probs", d[0] * d[1]), in_int("slot", d[0] * d[2]), in_int("choice", d[0] * d[2]);
      in_stat("dweight", d[0] * d[2]), in_stat("load", d[0] / d[3] * d[1]);
      if (op.Has(kScaled)) in_stat("control", 4);
      out("dlogits", d[0] * d[1]);
      break;
    case OpKind::kExpertWeightGrad:
      in("dy", d[0] * d[2] * d[3]), in("x", d[0] * d[2] * d[4]), sum("dw", d[1] * d[3] * d[4]);
      break;
    case OpKind::kCol2im:
      in("dcols", ConvRows(d) * d[4] * d[4] * d[3]), sum("dx", d[0] * d[1] * d[2] * d[3]);
      break;
    case OpKind::kBatchNormSums:
      in("dy", d[0] * d[1]), in("x", d[0] * d[1]), in_stat("sums", 2 * d[1]), out_stat("dsums", 2 * d[1]);
      break;
    case OpKind::kBatchNormBackward:
      in("dy", d[0] * d[1]), in("x", d[0] * d[1]), in_stat("sums", 2 * d[1]), in_stat("dsums", 2 * d[1]);
      in("gamma", d[1]), out("dx", d[0] * d[1]);
      break;
    case OpKind::kBatchNormGrad:
      in_stat("dsums", 2 * d[0]), sum("dgamma", d[0]), sum("dbeta", d[0]);
      break;
    case OpKind::kMeanRowsBackward:
      in("dout", d[0] * d[2]), out("dx", d[0] * d[1] * d[2]);
      break;
    case OpKind::kSquareSum:
      in("g", d[0]), sum_stat("out", 1);
      break;
    case OpKind::kControl:
      in_stat("square_sum", 1), both_stat("control", 4);
      break;
    case OpKind::kAdamW:
      both("w", d[0]), in("g", d[0]);
      if (op.Has(kMaster)) both_stat("master", d[0]);
      both_stat("m", d[0]), both_stat("v", d[0]);
      if (op.Has(kScaled)) in_stat("control", 4);
      break;
    case OpKind::kSgd:
      both("w", d[0]), in("g", d[0]);
      if (op.Has(kMaster)) both_stat("master", d[0]);
      if (op.Has(kScaled)) in_stat("control", 4);
      break;
    case OpKind::kJoin:
      break;
    case OpKind::kAllReduce:
    case OpKind::kReduceScatter:
      add("buf", Element::kAny, Access::kReadWrite, d[0]), add("scratch", Element::kAny, Access::kScratch, 0);
      break;
    case OpKind::kAllGather:
      add("buf", Element::kAny, Access::kReadWrite, d[0]);
      break;
    case OpKind::kAllToAll:
      add("buf", Element::kAny, Access::kRead, d[0]), add("out", Element::kAny, Access::kReadWrite, d[0]);
      break;
    case OpKind::kRotate:
      add("buf", Element::kAny, Access::kRead, d[0]), add("out", Element::kAny, Access::kWrite, d[0]);
      break;
    case OpKind::kSend:
      add("buf", Element::kAny, Access::kRead, d[0]);
      break;
    case OpKind::kRecv:
      add("buf", Element::kAny, Access::kWrite, d[0]);
      break;
  }
  if (too_large) {
    return absl::InvalidArgumentError(fmt::format("{}: an operand is too large to count", Name(op.kind)));
  }
  return schema;
}

DType TypeOf(Element element, DType real) {
  switch (element) {
    case Element::kReal:
      return real;
    case Element::kStat:
      return StatType(real);
    case Element::kInt:
      return DType::kI32;
    case Element::kAny:
      break;
  }
  RINGSIDE_CHECK(false);
}

OpCost CostOf(const Op& op, DType real) {
  const auto schema = SchemaOf(op);
  RINGSIDE_CHECK(schema.ok());
  const Dims d = DimsOf(op);
  Count flops, bytes;
  if (IsCommunication(op.kind)) return {0, (d[0] * SizeOf(real)).value};
  for (const OperandSpec& operand : schema->operands) {
    if (operand.access == Access::kScratch) continue;
    const int64_t times = operand.access == Access::kReadWrite ? 2 : 1;
    bytes = bytes + Count(times * SizeOf(TypeOf(operand.element, real))) * operand.elems;
  }
  switch (op.kind) {
    case OpKind::kGemm:
      flops = 2 * d[0] * d[1] * d[2];
      break;
    case OpKind::kAttention:
      flops = 2 * d[0] * d[2] * d[1] * (d[1] + 1) * d[4];
      break;
    case OpKind::kAttentionBackward:
      flops = 5 * d[0] * d[2] * d[1] * (d[1] + 1) * d[4];
      break;
    case OpKind::kRingAttention:
      flops = 4 * d[0] * d[2] * d[4] * VisiblePairs(d[1], op.dims[5], op.dims[6], op.dims[7]);
      break;
    case OpKind::kRingAttentionBackward:
      flops = 10 * d[0] * d[2] * d[4] * VisiblePairs(d[1], op.dims[5], op.dims[6], op.dims[7]);
      break;
    case OpKind::kExpertGemm:
    case OpKind::kExpertWeightGrad:
      flops = static_cast<int64_t>(std::min(op.scalars[0], 1.0) *
                                   static_cast<double>((2 * d[0] * d[2] * d[3] * d[4]).value));
      break;
    case OpKind::kCopy:
      flops = op.Has(kAccumulate) ? d[0] * d[1] : Count();
      bytes = d[0] * d[1] * (op.Has(kAccumulate) ? 3 : 2) * SizeOf(real);
      break;
    case OpKind::kRmsNorm:
      flops = 5 * d[0] * d[1];
      break;
    case OpKind::kRmsNormBackward:
      flops = 10 * d[0] * d[1];
      break;
    case OpKind::kSwiglu:
      flops = 8 * d[0] * d[1];
      break;
    case OpKind::kSwigluBackward:
      flops = 14 * d[0] * d[1];
      break;
    case OpKind::kRope:
      flops = 3 * d[0] * d[1] * d[3];
      break;
    case OpKind::kDropout:
      flops = 12 * d[0] * d[1];
      break;
    case OpKind::kActivation:
    case OpKind::kActivationBackward:
      flops = 4 * d[0];
      break;
    case OpKind::kRouter:
      flops = (6 + d[2]) * d[0] * d[1];
      break;
    case OpKind::kRouterBackward:
      flops = 6 * d[0] * d[1];
      break;
    case OpKind::kAuxLoss:
      flops = 2 * d[0] * d[1];
      break;
    case OpKind::kCombine:
      flops = 2 * d[0] * d[1] * d[2];
      bytes = d[0] * d[2] * (d[1] + 1) * SizeOf(real);
      break;
    case OpKind::kCombineBackward:
      flops = 4 * d[0] * d[1] * d[2];
      break;
    case OpKind::kDispatchBackward:
      flops = d[0] * d[1] * d[2];
      break;
    case OpKind::kColumnSums:
      flops = 3 * d[0] * d[1];
      break;
    case OpKind::kBatchNorm:
      flops = 4 * d[0] * d[1];
      break;
    case OpKind::kBatchNormSums:
      flops = 4 * d[0] * d[1];
      break;
    case OpKind::kBatchNormBackward:
      flops = 7 * d[0] * d[1];
      break;
    case OpKind::kMeanRows:
    case OpKind::kMeanRowsBackward:
      flops = d[0] * d[1] * d[2];
      break;
    case OpKind::kSquareSum:
      flops = 2 * d[0];
      break;
    case OpKind::kDeadShare:
      flops = d[0] * d[1];
      break;
    case OpKind::kEmbedding:  // reads only the rows of its tokens
      bytes = d[0] * (4 + 2 * d[1] * SizeOf(real));
      break;
    case OpKind::kEmbeddingBackward:
      flops = d[0] * d[1];
      bytes = d[0] * (4 + 3 * d[1] * SizeOf(real));
      break;
    case OpKind::kAddPosition:
      flops = d[0] * d[1];
      break;
    case OpKind::kPositionBackward:
      flops = d[0] * d[1];
      break;
    case OpKind::kLayerNorm:
      flops = 8 * d[0] * d[1];
      break;
    case OpKind::kLayerNormBackward:
      flops = 14 * d[0] * d[1];
      break;
    case OpKind::kBiasResidual:
      flops = 2 * d[0] * d[1];
      break;
    case OpKind::kXentMax:
      flops = d[0] * d[1];
      break;
    case OpKind::kXentSum:
      flops = 3 * d[0] * d[1];
      break;
    case OpKind::kXentLoss:
      flops = 4 * d[0] * d[1];
      break;
    case OpKind::kBiasGrad:
      flops = d[0] * d[1];
      break;
    case OpKind::kGelu:
      flops = 10 * d[0];
      break;
    case OpKind::kGeluBackward:
      flops = 16 * d[0];
      break;
    case OpKind::kAdamW:
      flops = 14 * d[0];
      break;
    case OpKind::kSgd:
      flops = 3 * d[0];
      break;
    default:
      break;
  }
  if (op.kind == OpKind::kGemm && op.Has(kGelu)) flops = flops + 10 * d[0] * d[1];
  return {flops.value, bytes.value};
}

}  // namespace ringside::plan
