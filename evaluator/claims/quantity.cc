#include "evaluator/claims/quantity.h"

namespace ringside::claims {

std::string_view Name(Unit unit) {
  switch (unit) {
    case Unit::kCount:
      return "";
    case Unit::kRatio:
      return "1";
    case Unit::kBytes:
      return "bytes";
    case Unit::kSeconds:
      return "s";
    case Unit::kTokensPerSecond:
      return "tokens/s";
    case Unit::kFlops:
      return "FLOP";
    case Unit::kFlopsPerSecond:
      return "FLOP/s";
    case Unit::kBytesPerSecond:
      return "bytes/s";
    case Unit::kUsd:
      return "USD";
  }
  return "";
}

std::string_view Name(Quantity quantity) {
  static constexpr std::string_view kNames[] = {
      "",
      "memory.weights",
      "memory.gradients",
      "memory.optimizer",
      "memory.master_weights",
      "memory.moments",
      "memory.model_states",
      "memory.activations",
      "memory.peak",
      "memory.limit",
      "checkpoint",
      "parameters",
      "parameters.embedding",
      "layers",
      "hidden",
      "heads",
      "seq_len",
      "vocab",
      "experts",
      "ways",
      "model_parallel_ways",
      "ranks",
      "nodes",
      "devices_per_node",
      "micro_batches",
      "micro_batch",
      "global_batch",
      "tokens",
      "tokens_of_micro_batch",
      "chunks",
      "micro_batches_in_flight",
      "flops_per_token",
      "flops_per_parameter_and_token",
      "flops",
      "peak_flops",
      "achieved_flops",
      "compute_factor",
      "attention_scores",
      "bytes",
      "calls",
      "volume_relative_to_dp",
      "link_rate",
      "memory_rate",
      "bubble",
      "share",
      "step_time",
      "tokens_per_s",
      "mfu",
      "price_per_hour",
      "usd_per_million_tokens",
  };
  static_assert(std::size(kNames) == static_cast<size_t>(Quantity::kUsdPerMillionTokens) + 1);
  return kNames[static_cast<size_t>(quantity)];
}

std::string_view Name(Axis axis) {
  static constexpr std::string_view kNames[] = {"",   "dp",      "tp",     "pp",         "cp",
                                                "ep", "compute", "bubble", "intra_node", "inter_node"};
  return kNames[static_cast<size_t>(axis)];
}

std::string_view Name(OpName op) {
  static constexpr std::string_view kNames[] = {"",           "all_reduce", "reduce_scatter",
                                                "all_gather", "all_to_all", "send"};
  return kNames[static_cast<size_t>(op)];
}

std::string_view Name(Scope scope) {
  static constexpr std::string_view kNames[] = {
      "",         "in total", "per node",  "per rank",      "per stage", "per layer", "per micro-batch",
      "per step", "per call", "per token", "per parameter", "forward",   "backward",  "of the ideal time"};
  return kNames[static_cast<size_t>(scope)];
}

std::string Describe(Quantity quantity, Axis axis, OpName op, Scope scope) {
  std::string text(Name(quantity));
  if (op != OpName::kNone) text.append(".").append(Name(op));
  if (axis != Axis::kNone) text.append(" of ").append(Name(axis));
  if (scope != Scope::kNone) text.append(" ").append(Name(scope));
  return text;
}

}  // namespace ringside::claims
