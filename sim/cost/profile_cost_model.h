// Costs from a device profile (proto/ringside/v1/device.proto).
//
// Names of the laws in DeviceProfile.kernels:
//  * an op kind ("layer_norm"): of that kind; bytes and flops are the op's own (plan::CostOf);
//  * "attention", "attention_backward": bytes are those of the causal half of the scores, B*H*T*(T+1)/2
//    elements (the exponentials), flops the op's own (the products);
//  * "gemm": the base law under the measured points (gemm_law.h);
//  * "gemm_gelu", "gemm_accumulate": what kGelu and kAccumulate add to it, bytes are those of c;
//  * "memory_bound": any other kind; a kind without a law falls back to it.
// Links: the law of the same kind, then of the nearest oversubscription (ranks to a core), then of the
// nearest group size; a kind without a law takes any other's. A law's alpha is latency, its beta is work of
// the receiver's cores: what was measured with r ranks on c < r cores is c / r of that in work.
#pragma once

#include <array>
#include <optional>

#include "absl/status/statusor.h"
#include "ringside/v1/device.pb.h"
#include "sim/cost/cost_model.h"
#include "sim/cost/gemm_law.h"

namespace ringside::sim {

// What the law of an op kind is a function of. An attention has a call for every sequence, head and query row
// (softmax, and its share of the small matrix products); all other ops are one call.
struct LawInput {
  double flops = 0;
  double bytes = 0;
  double calls = 1;
};
LawInput LawInputOf(const plan::Op& op, plan::DType real);

double Evaluate(const v1::KernelLaw& law, const LawInput& input);

class ProfileCostModel : public CostModel {
 public:
  // INVALID_ARGUMENT: the profile lacks what every prediction needs (a "gemm" and a "memory_bound" law, a
  // link law for each of "intra_node" and "inter_node"), or a figure in it is negative or not finite.
  // `ranks_per_host`: the most ranks that share a host's cores in what is to be predicted.
  static absl::StatusOr<ProfileCostModel> Create(const v1::DeviceProfile& profile, int ranks_per_host);

  ComputeCost Compute(const plan::Op& op, plan::DType real) const override;
  MessageCost Message(plan::OpKind kind, int group_size, bool same_node) const override;
  double op_overhead_ns() const override { return profile_.op_overhead_ns(); }
  double wakeup_ns() const override;
  double poll_weight() const override;

 private:
  ProfileCostModel(const v1::DeviceProfile& profile, int ranks_per_host);

  const v1::KernelLaw& LawOf(plan::OpKind kind) const;
  double ContentionOf(const v1::KernelLaw& law) const;

  v1::DeviceProfile profile_;
  int ranks_per_host_;
  GemmLaw gemm_;
  v1::KernelLaw memory_bound_, gelu_, accumulate_;
  std::array<std::optional<v1::KernelLaw>, plan::kNumOpKinds> by_kind_;
};

}  // namespace ringside::sim
