#include "plan/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace ringside::plan {

int64_t SizeOf(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return 4;
    case DType::kF64:
      return 8;
    case DType::kI32:
      return 4;
    case DType::kBf16:
    case DType::kF16:
      return 2;
  }
  RINGSIDE_CHECK(false);
}

int64_t AllocatedBytes(DType dtype, int64_t elems) {
  const int64_t bytes = SizeOf(dtype) * elems;
  return (bytes + kAllocationAlignment - 1) / kAllocationAlignment * kAllocationAlignment;
}

std::string_view Name(DType dtype) {
  constexpr std::string_view kNames[] = {"f32", "f64", "i32", "bf16", "f16"};
  return kNames[static_cast<int>(dtype)];
}

DType StatType(DType real) {
  return real == DType::kF64 ? DType::kF64 : DType::kF32;
}

DType RealOf(v1::Precision precision) {
  switch (precision) {
    case v1::PRECISION_FP32:
      return DType::kF32;
    case v1::PRECISION_FP64:
      return DType::kF64;
    case v1::PRECISION_BF16:
      return DType::kBf16;
    case v1::PRECISION_FP16:
      return DType::kF16;
    default:
      break;
  }
  RINGSIDE_CHECK(false);
}

std::string_view Name(Category category) {
  constexpr std::string_view kNames[kNumCategories] = {"weights",     "gradients",     "optimizer",
                                                       "activations", "communication", "workspace"};
  return kNames[static_cast<int>(category)];
}

std::string_view Name(OpKind kind) {
  constexpr std::string_view kNames[kNumOpKinds] = {
      "load_batch",
      "fill",
      "fill_stat",
      "init_normal",
      "convert",
      "embedding",
      "add_position",
      "layer_norm",
      "rms_norm",
      "gemm",
      "gelu",
      "activation",
      "swiglu",
      "rope",
      "attention",
      "ring_attention",
      "bias_residual",
      "dropout",
      "copy",
      "xent_max",
      "xent_sum",
      "xent_loss",
      "dead_share",
      "router",
      "aux_loss",
      "dispatch",
      "combine",
      "expert_gemm",
      "load_images",
      "im2col",
      "column_sums",
      "batch_norm",
      "mean_rows",
      "embedding_backward",
      "position_backward",
      "layer_norm_backward",
      "rms_norm_backward",
      "bias_grad",
      "gelu_backward",
      "activation_backward",
      "swiglu_backward",
      "attention_backward",
      "ring_attention_backward",
      "combine_backward",
      "dispatch_backward",
      "router_backward",
      "expert_weight_grad",
      "col2im",
      "batch_norm_sums",
      "batch_norm_backward",
      "batch_norm_grad",
      "mean_rows_backward",
      "square_sum",
      "control",
      "adamw",
      "sgd",
      "join",
      "all_reduce",
      "reduce_scatter",
      "all_gather",
      "all_to_all",
      "rotate",
      "send",
      "recv",
  };
  return kNames[static_cast<int>(kind)];
}

std::string_view Name(Stream stream) {
  constexpr std::string_view kNames[kNumStreams] = {
      "compute",   "tp",           "dp",           "gather",        "cp",           "ep",
      "embedding", "send_forward", "recv_forward", "send_backward", "recv_backward"};
  return kNames[static_cast<int>(stream)];
}

std::string_view Name(Algorithm algorithm) {
  constexpr std::string_view kNames[kNumAlgorithms] = {"ring", "recursive_doubling", "rabenseifner", "tree"};
  return kNames[static_cast<int>(algorithm)];
}

std::string_view Name(Phase phase) {
  constexpr std::string_view kNames[] = {"init", "forward", "backward", "grad_reduce", "optimizer", "eval"};
  return kNames[static_cast<int>(phase)];
}

Stream Counterpart(Stream stream) {
  switch (stream) {
    case Stream::kSendForward:
      return Stream::kRecvForward;
    case Stream::kRecvForward:
      return Stream::kSendForward;
    case Stream::kSendBackward:
      return Stream::kRecvBackward;
    case Stream::kRecvBackward:
      return Stream::kSendBackward;
    default:
      return stream;
  }
}

bool IsCommunication(OpKind kind) {
  return IsCollective(kind) || kind == OpKind::kSend || kind == OpKind::kRecv;
}

bool IsCollective(OpKind kind) {
  return kind == OpKind::kAllReduce || kind == OpKind::kReduceScatter || kind == OpKind::kAllGather ||
         kind == OpKind::kAllToAll || kind == OpKind::kRotate;
}

int64_t AttentionScratchElems(int64_t seq_len) {
  return 2 * std::min(seq_len, kAttentionBlock) * seq_len;
}

int IndexInGroup(const Group& group, int rank) {
  const auto it = std::find(group.ranks.begin(), group.ranks.end(), rank);
  return it == group.ranks.end() ? -1 : static_cast<int>(it - group.ranks.begin());
}

std::string Describe(const Op& op) {
  std::string text = fmt::format("{} {}", Name(op.phase), Name(op.kind));
  if (IsCommunication(op.kind)) text += fmt::format(" on {}", Name(op.stream));
  if (op.layer >= 0) text += fmt::format(" layer {}", op.layer);
  if (op.micro_batch >= 0) text += fmt::format(" mb {}", op.micro_batch);
  if (op.peer >= 0) text += fmt::format(" peer {}", op.peer);
  return text;
}

}  // namespace ringside::plan
