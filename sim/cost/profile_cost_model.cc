#include "sim/cost/profile_cost_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace ringside::sim {
namespace {

const v1::KernelLaw* FindLaw(const v1::DeviceProfile& profile, std::string_view kind) {
  for (const v1::KernelLaw& law : profile.kernels()) {
    if (law.kind() == kind) return &law;
  }
  return nullptr;
}

v1::KernelLaw LawOrNothing(const v1::DeviceProfile& profile, std::string_view kind) {
  const v1::KernelLaw* law = FindLaw(profile, kind);
  return law != nullptr ? *law : v1::KernelLaw();
}

bool IsAttention(plan::OpKind kind) {
  return kind == plan::OpKind::kAttention || kind == plan::OpKind::kAttentionBackward ||
         kind == plan::OpKind::kRingAttention || kind == plan::OpKind::kRingAttentionBackward;
}

// The kind whose law holds for one that is not calibrated by itself: the same loops over the same memory.
plan::OpKind LawKind(plan::OpKind kind) {
  switch (kind) {
    case plan::OpKind::kRingAttention:
      return plan::OpKind::kAttention;
    case plan::OpKind::kRingAttentionBackward:
      return plan::OpKind::kAttentionBackward;
    case plan::OpKind::kRmsNorm:
      return plan::OpKind::kLayerNorm;
    case plan::OpKind::kRmsNormBackward:
      return plan::OpKind::kLayerNormBackward;
    case plan::OpKind::kFillStat:
      return plan::OpKind::kFill;
    default:
      return kind;
  }
}

// A day: what costs longer is no measurement, and the clock would not hold many of them.
constexpr double kLongestNs = 86'400e9;

bool Good(double value) {
  return std::isfinite(value) && value >= 0 && value <= kLongestNs;
}

absl::Status Bad(const v1::DeviceProfile& profile, const std::string& reason) {
  return absl::InvalidArgumentError(fmt::format(
      "device profile \"{}\": {}; make it anew with `ringside calibrate`", profile.name(), reason));
}

double Oversubscription(int ranks, int cores) {
  return std::max(1.0, static_cast<double>(ranks) / cores);
}

}  // namespace

LawInput LawInputOf(const plan::Op& op, plan::DType real) {
  const plan::OpCost cost = plan::CostOf(op, real);
  LawInput input{static_cast<double>(cost.flops), static_cast<double>(cost.bytes)};
  if (IsAttention(op.kind)) {
    const double b = static_cast<double>(op.dims[0]), t = static_cast<double>(op.dims[1]);
    const double h = static_cast<double>(op.dims[2]), d = static_cast<double>(op.dims[4]);
    // FLOPs are 4 D a visible pair of query and key, 10 D backward.
    const bool backward =
        op.kind == plan::OpKind::kAttentionBackward || op.kind == plan::OpKind::kRingAttentionBackward;
    const double pairs = input.flops / ((backward ? 10 : 4) * d);
    input.bytes = pairs * static_cast<double>(plan::SizeOf(real));
    input.calls = b * h * t;
  }
  return input;
}

double Evaluate(const v1::KernelLaw& law, const LawInput& input) {
  return input.calls * law.overhead_ns() + input.bytes * law.ns_per_byte() + input.flops * law.ns_per_flop();
}

absl::StatusOr<ProfileCostModel> ProfileCostModel::Create(const v1::DeviceProfile& profile,
                                                          int ranks_per_host) {
  for (const char* kind : {"gemm", "memory_bound"}) {
    if (FindLaw(profile, kind) == nullptr) return Bad(profile, fmt::format("it has no law for \"{}\"", kind));
  }
  for (const char* link : {"intra_node", "inter_node"}) {
    const bool found = std::any_of(profile.links().begin(), profile.links().end(),
                                   [&](const v1::LinkLaw& law) { return law.link() == link; });
    if (!found) return Bad(profile, fmt::format("it has no link law for \"{}\"", link));
  }
  for (const v1::KernelLaw& law : profile.kernels()) {
    if (!Good(law.overhead_ns()) || !Good(law.ns_per_byte()) || !Good(law.ns_per_flop())) {
      return Bad(profile,
                 fmt::format("the law of \"{}\" has a figure that is negative or absurd", law.kind()));
    }
  }
  for (const v1::LinkLaw& law : profile.links()) {
    if (!Good(law.alpha_ns()) || !Good(law.beta_ns_per_byte())) {
      return Bad(profile, fmt::format("the law of {} on {} has a figure that is negative or absurd",
                                      law.kind(), law.link()));
    }
  }
  for (const v1::GemmPoint& p : profile.gemm()) {
    if (p.m() < 1 || p.n() < 1 || p.k() < 1 || !Good(p.ns()) || p.ns() == 0) {
      return Bad(profile, fmt::format("gemm point {}x{}x{} took {} ns", p.m(), p.n(), p.k(), p.ns()));
    }
  }
  if (!Good(profile.op_overhead_ns()) || !Good(profile.wakeup_ns()) || !Good(profile.poll_weight())) {
    return Bad(profile, "op_overhead_ns, wakeup_ns and poll_weight must be between 0 and a day");
  }
  if (profile.cores_per_node() < 1) return Bad(profile, "cores_per_node must be at least 1");
  const v1::KernelLaw& gemm = *FindLaw(profile, "gemm");
  if (gemm.overhead_ns() + gemm.ns_per_flop() + gemm.ns_per_byte() <= 0)
    return Bad(profile, "its gemm law is zero");
  return ProfileCostModel(profile, ranks_per_host);
}

ProfileCostModel::ProfileCostModel(const v1::DeviceProfile& profile, int ranks_per_host)
    : profile_(profile),
      ranks_per_host_(ranks_per_host),
      gemm_({profile.gemm().begin(), profile.gemm().end()}, *FindLaw(profile, "gemm"), 4),
      memory_bound_(*FindLaw(profile, "memory_bound")),
      gelu_(LawOrNothing(profile, "gemm_gelu")),
      accumulate_(LawOrNothing(profile, "gemm_accumulate")) {
  for (int kind = 0; kind < plan::kNumOpKinds; ++kind) {
    const v1::KernelLaw* law = FindLaw(profile, plan::Name(static_cast<plan::OpKind>(kind)));
    if (law != nullptr) by_kind_[kind] = *law;
  }
}

const v1::KernelLaw& ProfileCostModel::LawOf(plan::OpKind kind) const {
  const auto& law = by_kind_[static_cast<int>(LawKind(kind))];
  return law.has_value() ? *law : memory_bound_;
}

ComputeCost ProfileCostModel::Compute(const plan::Op& op, plan::DType real) const {
  if (op.kind == plan::OpKind::kJoin) return {};
  if (op.kind == plan::OpKind::kGemm) {
    const int64_t m = op.dims[0], n = op.dims[1], k = op.dims[2];
    double ns = gemm_.Nanoseconds(op.Has(plan::kTransA), op.Has(plan::kTransB), m, n, k);
    const LawInput c{
        0, static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(plan::SizeOf(real))};
    if (op.Has(plan::kGelu)) ns += Evaluate(gelu_, c);
    if (op.Has(plan::kAccumulate)) ns += Evaluate(accumulate_, c);
    return {ns, WorkClass::kCompute, std::max(1.0, profile_.compute_contention())};
  }
  if (op.kind == plan::OpKind::kExpertGemm || op.kind == plan::OpKind::kExpertWeightGrad) {
    const bool weights = op.kind == plan::OpKind::kExpertWeightGrad;
    const auto rows = std::max<int64_t>(1, std::llround(op.scalars[0] * static_cast<double>(op.dims[2])));
    const int64_t n = op.dims[3], k = op.dims[4];
    const double ns = weights ? gemm_.Nanoseconds(true, false, n, k, rows)
                              : gemm_.Nanoseconds(false, op.Has(plan::kTransB), rows, n, k);
    return {static_cast<double>(op.dims[0]) * ns, WorkClass::kCompute,
            std::max(1.0, profile_.compute_contention())};
  }
  const v1::KernelLaw& law = LawOf(op.kind);
  return {Evaluate(law, LawInputOf(op, real)),
          IsAttention(op.kind) ? WorkClass::kCompute : WorkClass::kMemory, ContentionOf(law)};
}

double ProfileCostModel::ContentionOf(const v1::KernelLaw& law) const {
  return std::max(1.0, law.contention() > 0 ? law.contention() : profile_.memory_contention());
}

MessageCost ProfileCostModel::Message(plan::OpKind kind, int group_size, bool same_node) const {
  const char* link = same_node ? "intra_node" : "inter_node";
  const std::string_view name = plan::Name(kind);
  const int cores = profile_.cores_per_node();
  const double load = Oversubscription(ranks_per_host_, cores);
  const v1::LinkLaw* best = nullptr;
  std::array<double, 3> best_distance{};
  double best_load = 1;
  for (const v1::LinkLaw& law : profile_.links()) {
    if (law.link() != link) continue;
    const int ranks_then = law.ranks_per_node() > 0 ? law.ranks_per_node() : law.ranks();
    const double load_then = same_node || law.ranks_per_node() > 0 ? Oversubscription(ranks_then, cores) : 1;
    const std::array<double, 3> distance{
        law.kind() == name ? 0.0 : 1.0, std::abs(std::log(load_then / load)),
        std::abs(std::log(std::max(2, law.ranks()) / static_cast<double>(group_size)))};
    if (best == nullptr || distance < best_distance) {
      best = &law;
      best_distance = distance;
      best_load = load_then;
    }
  }
  MessageCost cost;
  cost.latency_ns = best->alpha_ns();
  cost.cpu_ns_per_byte = best->beta_ns_per_byte() / best_load;
  return cost;
}

double ProfileCostModel::poll_weight() const {
  return profile_.poll_weight();
}

double ProfileCostModel::wakeup_ns() const {
  const double extra = std::max(0.0, profile_.oversubscribed_wakeup_ns() - profile_.wakeup_ns());
  return profile_.wakeup_ns() + extra * (Oversubscription(ranks_per_host_, profile_.cores_per_node()) - 1);
}

}  // namespace ringside::sim
