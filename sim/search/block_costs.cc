#include "sim/search/block_costs.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "plan/mesh.h"
#include "sim/fold/walk.h"

namespace ringside::sim {
namespace {

using Kind = plan::InstructionKind;

// The ops' costs with groups that stand where the key says, whatever the small program's ranks.
class PlacedCosts : public FoldCosts {
 public:
  PlacedCosts(const GpuCluster& cluster, const BlockKey& key) : ops_(cluster, key.tp > 1), key_(key) {}

  double ComputeNs(const plan::Op& op, plan::DType real) const override { return ops_.ComputeNs(op, real); }
  double CollectiveNs(const plan::Op& op, const plan::Program& program) const override {
    const plan::DType dtype = program.buffers[op.operands[0].buffer].dtype;
    const auto bytes = static_cast<double>(op.dims[0] * plan::SizeOf(dtype));
    const std::string& axis = program.groups[op.group].axis;
    if (axis != "tp" && axis != "cp" && axis != "ep") return 0;  // of the step's end
    const gpu::Group& group = axis == "tp" ? key_.tp_group : axis == "cp" ? key_.cp_group : key_.ep_group;
    if (op.kind == plan::OpKind::kRotate) return ops_.MessageNs(group.domains() <= 1, bytes);
    return ops_.CollectiveNs(op.kind, group, bytes);
  }
  double TransferNs(int64_t, int, int) const override { return 0; }
  double HostNs(const plan::Op& op) const override { return ops_.HostNs(op); }
  double instruction_host_ns() const override { return ops_.instruction_host_ns(); }

 private:
  const GpuOpCosts ops_;
  const BlockKey& key_;
};

plan::InstructionList Instructions(Role role, bool split) {
  const bool first = role == Role::kFirst || role == Role::kOnly;
  const bool last = role == Role::kLast || role == Role::kOnly;
  plan::InstructionList list;
  for (int m = 0; m < 2; ++m) {
    if (!first) list.push_back({Kind::kRecvForward, m});
    list.push_back({Kind::kForward, m});
    if (!last) list.push_back({Kind::kSendForward, m}), list.push_back({Kind::kRecvBackward, m});
    list.push_back({split ? Kind::kBackwardInput : Kind::kBackward, m});
    if (!first) list.push_back({Kind::kSendBackward, m});
    if (split) list.push_back({Kind::kBackwardWeight, m});
  }
  return list;
}

// Bytes of temporary buffers, before each op and at its issue.
struct Levels {
  std::vector<double> before, at;
};
Levels LevelsOf(const plan::Program& program) {
  const size_t ops = program.ops.size();
  std::vector<double> starts(ops), ends(ops);
  for (const plan::Buffer& buffer : program.buffers) {
    if (buffer.first_op < 0) continue;
    starts[buffer.first_op] += static_cast<double>(buffer.bytes());
    ends[buffer.last_op] += static_cast<double>(buffer.bytes());
  }
  Levels levels{std::vector<double>(ops + 1), std::vector<double>(ops)};
  for (size_t i = 0; i < ops; ++i) {
    levels.at[i] = levels.before[i] + starts[i];
    levels.before[i + 1] = levels.at[i] - ends[i];
  }
  return levels;
}

void MeasureMemory(const plan::MarkedProgram& marked, BlockFigures* out) {
  const Levels levels = LevelsOf(marked.program);
  for (const plan::Buffer& buffer : marked.program.buffers) {
    const bool scratch =
        buffer.category == plan::Category::kWorkspace || buffer.category == plan::Category::kCommunication;
    if (buffer.first_op < 0 && scratch) out->persistent += static_cast<double>(buffer.bytes());
  }
  // The second micro-batch: its forward part, then its backward part.
  const size_t half = marked.marks.size() / 2;
  const int32_t begin = marked.marks[half].first_op;
  int32_t backward = begin, weight = -1;
  for (size_t i = half; i < marked.marks.size(); ++i) {
    const Kind kind = marked.marks[i].instruction.kind;
    if (kind == Kind::kBackward || kind == Kind::kBackwardInput) backward = marked.marks[i].first_op;
    if (kind == Kind::kBackwardWeight) weight = marked.marks[i].first_op;
  }
  const double base = levels.before[begin];
  double forward_peak = 0, backward_peak = 0;
  for (int32_t i = begin; i < backward; ++i) forward_peak = std::max(forward_peak, levels.at[i]);
  for (int32_t i = backward; i < marked.tail; ++i) backward_peak = std::max(backward_peak, levels.at[i]);
  out->kept = levels.before[backward] - base;
  out->forward_peak = forward_peak - base;
  out->backward_peak = backward_peak - levels.before[backward];
  if (weight >= 0) out->kept_split = levels.before[weight] - base;
}

BlockFigures FiguresOf(const plan::MarkedProgram& marked, const FoldCosts& costs) {
  BlockFigures out;
  for (size_t i = 0; i < marked.marks.size(); ++i) {
    const auto& [instruction, begin] = marked.marks[i];
    const bool computes = instruction.kind == Kind::kForward || instruction.kind == Kind::kBackward ||
                          instruction.kind == Kind::kBackwardInput ||
                          instruction.kind == Kind::kBackwardWeight;
    if (!computes) continue;
    const int32_t end = i + 1 < marked.marks.size() ? marked.marks[i + 1].first_op : marked.tail;
    BlockFigures::Pass& pass = out.passes[{instruction.kind, instruction.micro_batch}];
    const Run run = MakeRun(
        marked.program, begin, end,
        instruction.kind == Kind::kForward ? plan::Stream::kRecvForward : plan::Stream::kRecvBackward, costs);
    StreamEnds ends{};
    pass.device_ns = Walk(run, 0, {}, &ends);
    for (const WalkOp& op : run) pass.compute_ns += op.stream == 0 ? op.ns : 0;
    if (!run.empty() && (run.front().needs >> kReceived & 1) == 0) {
      // What is left once it comes, all else being long done.
      constexpr double kLate = 1e12;
      StreamEnds idle{};
      pass.lead_ns = std::max(0.0, pass.device_ns - (Walk(run, 0, {kLate, 0, 0}, &idle) - kLate));
    }
    pass.host_ns = costs.instruction_host_ns();
    for (int32_t op = begin; op < end; ++op) pass.host_ns += costs.HostNs(marked.program.ops[op]);
  }
  MeasureMemory(marked, &out);
  return out;
}

}  // namespace

BlockFigures BlockCosts::Measure(const BlockKey& key, Role role, int blocks) {
  const PlacedCosts costs(cluster_, key);
  const int pp = role == Role::kOnly ? 1 : role == Role::kMiddle ? 3 : 2;
  PlanPoint point;
  point.dp = key.ep, point.tp = key.tp, point.pp = pp, point.cp = key.cp, point.ep = key.ep;
  point.micro_batch = key.micro_batch, point.micro_batches = 2;
  point.recompute = key.recompute, point.sequence_parallel = key.sequence_parallel;
  point.precision = key.precision;
  v1::Scenario scenario = ScenarioOf(base_, point, point.ranks());
  scenario.mutable_model()->set_layers(pp * blocks);
  scenario.mutable_plan()->clear_overlap();
  scenario.mutable_run()->set_eval_micro_batches(0);
  scenario.clear_faults();
  const absl::StatusOr<plan::Resolved> resolved = plan::Resolve(scenario);
  RINGSIDE_CHECK(resolved.ok());
  const int stage = role == Role::kMiddle || role == Role::kLast ? 1 : 0;
  const int rank = plan::RankAt(*resolved, {stage, 0, 0, 0});
  ++compiled_;
  return FiguresOf(plan::CompileInstructions(*resolved, rank, Instructions(role, key.split)), costs);
}

namespace {

// From the figures of a chunk of one block, and what every further block adds: `two` less `one`.
ChunkCosts CostsOf(const BlockFigures& ends, const BlockFigures& one, const BlockFigures& two) {
  const auto pass = [&](Kind kind, int m) {
    const auto at = [&](const BlockFigures& figures) {
      const auto found = figures.passes.find({kind, m});
      return found != figures.passes.end() ? found->second : BlockFigures::Pass();
    };
    const BlockFigures::Pass e = at(ends), a = at(one), b = at(two);
    return PassCost{{e.device_ns, b.device_ns - a.device_ns},
                    {e.compute_ns, b.compute_ns - a.compute_ns},
                    {e.host_ns, b.host_ns - a.host_ns},
                    e.lead_ns};
  };
  ChunkCosts out;
  out.forward = pass(Kind::kForward, 1);
  for (int m = 0; m < 2; ++m) {
    out.backward[m] = pass(Kind::kBackward, m);
    out.backward_input[m] = pass(Kind::kBackwardInput, m);
    out.backward_weight[m] = pass(Kind::kBackwardWeight, m);
  }
  const auto line = [&](double BlockFigures::*figure) {
    return Affine{ends.*figure, two.*figure - one.*figure};
  };
  out.memory = {line(&BlockFigures::kept), line(&BlockFigures::forward_peak),
                line(&BlockFigures::backward_peak), line(&BlockFigures::kept_split),
                std::max(ends.persistent, two.persistent)};
  return out;
}

}  // namespace

const BlockCostSet& BlockCosts::Of(const BlockKey& key) {
  std::unique_ptr<BlockCostSet>& set = remembered_[key];
  if (set != nullptr) return *set;
  set = std::make_unique<BlockCostSet>();
  const Role plain = key.piped ? Role::kMiddle : Role::kOnly;
  const BlockFigures one = Measure(key, plain, 1), two = Measure(key, plain, 2);
  (*set)[static_cast<int>(plain)] = CostsOf(one, one, two);
  if (key.piped) {
    for (const Role role : {Role::kFirst, Role::kLast})
      (*set)[static_cast<int>(role)] = CostsOf(Measure(key, role, 1), one, two);
  }
  return *set;
}

}  // namespace ringside::sim
