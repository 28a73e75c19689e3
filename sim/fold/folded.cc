#include "sim/fold/folded.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "plan/mesh.h"
#include "plan/schedule.h"
#include "sim/fold/pipeline_clock.h"
#include "sim/fold/stage_runs.h"

namespace ringside::sim {
namespace {

using Stages = std::vector<std::shared_ptr<const StageRuns>>;  // by stage

// The ends of the step of all stages: stages meet in the collectives that span them.
class Tails {
 public:
  Tails(const plan::Resolved& r, const Stages& stages, const FoldCosts& costs, PipelineTimes times)
      : r_(r),
        stages_(stages),
        costs_(costs),
        times_(std::move(times)),
        next_(stages.size()),
        ended_(stages.size()),
        spent_(stages.size()) {
    for (size_t s = 0; s < stages.size(); ++s) {
      next_[s] = stages[s]->tail;
      ended_[s].resize(stages[s]->program.ops.size(), 0);
      before_.push_back(times_.stream_ends[s]);
    }
  }

  double End() {
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t s = 0; s < stages_.size(); ++s) {
        while (next_[s] < static_cast<int32_t>(stages_[s]->program.ops.size()) &&
               Execute(static_cast<int>(s))) {
          ++next_[s];
          moved = true;
        }
      }
    }
    double end = 0;
    for (size_t s = 0; s < stages_.size(); ++s) {
      RINGSIDE_CHECK(next_[s] == static_cast<int32_t>(stages_[s]->program.ops.size()));
      end = std::max(end, times_.stage_end_ns[s]);
      for (const double stream : times_.stream_ends[s]) end = std::max(end, stream);
    }
    return end;
  }

  // Of the ops of the tail of stage `s`.
  const WalkTimes& TimesOf(int s) const { return spent_[s]; }

 private:
  int StagesIn(const plan::Group& group) const {
    std::vector<bool> seen(r_.pp, false);
    for (const int32_t rank : group.ranks) seen[plan::CoordinatesOf(r_, rank).pp] = true;
    return static_cast<int>(std::count(seen.begin(), seen.end(), true));
  }

  // `on`: the stream that is waited for; may be null.
  double Ready(int s, const plan::Op& op, int* on = nullptr) const {
    double ready = times_.stage_end_ns[s];
    const auto wait = [&](double until, plan::Stream stream) {
      if (until > ready && on != nullptr) *on = static_cast<int>(stream);
      ready = std::max(ready, until);
    };
    for (const int32_t dep : op.deps) {
      const plan::Op& before = stages_[s]->program.ops[dep];
      if (!plan::IsCommunication(before.kind)) continue;
      // What was sent before has its own times; all else of an earlier instruction has ended with its stream.
      const bool transfer = before.kind == plan::OpKind::kSend || before.kind == plan::OpKind::kRecv;
      if (dep >= stages_[s]->tail) wait(ended_[s][dep], before.stream);
      if (dep < stages_[s]->tail && !transfer) {
        wait(before_[s][static_cast<int>(before.stream)], before.stream);
      }
    }
    return ready;
  }

  // False: it meets with other stages, and not all of them have come.
  bool Execute(int s) {
    const plan::Program& program = stages_[s]->program;
    const plan::Op& op = program.ops[next_[s]];
    double& ended = ended_[s][next_[s]];
    if (!plan::IsCommunication(op.kind)) {
      const bool joins = op.kind == plan::OpKind::kJoin;
      const double ns = joins ? 0 : costs_.ComputeNs(op, program.real) + costs_.op_overhead_ns();
      int on = 0;
      const double ready = Ready(s, op, &on);
      spent_[s].exposed_ns[on] += ready - times_.stage_end_ns[s];
      spent_[s].compute_ns += ns;
      ended = times_.stage_end_ns[s] = ready + ns;
      return true;
    }
    double& stream = times_.stream_ends[s][static_cast<int>(op.stream)];
    double start = std::max(Ready(s, op), stream);
    const plan::Group& group = program.groups[op.group];
    if (const int spans = StagesIn(group); spans > 1) {
      const int ordinal = met_[{s, group.axis}];
      auto& came = meetings_[{group.axis, ordinal}];
      came[s] = start;
      if (static_cast<int>(came.size()) < spans) return false;
      for (const auto& [stage, when] : came) start = std::max(start, when);
      ++met_[{s, group.axis}];
    }
    ended = stream = start + costs_.CollectiveNs(op, program);
    return true;
  }

  const plan::Resolved& r_;
  const Stages& stages_;
  const FoldCosts& costs_;
  PipelineTimes times_;
  std::vector<int32_t> next_;
  std::vector<std::vector<double>> ended_;  // by stage, op
  std::vector<WalkTimes> spent_;
  std::vector<StreamEnds> before_;                                         // when the pipeline was through
  std::map<std::pair<std::string, int>, std::map<int, double>> meetings_;  // axis, ordinal -> stage -> came
  std::map<std::pair<int, std::string>, int> met_;                         // stage, axis -> so often
};

}  // namespace

// All instructions of a stage, each from idle streams.
WalkTimes TimesOf(const StageRuns& stage, int micro_batches) {
  WalkTimes sum;
  sum.compute_ns = stage.begin_ns;
  for (const ChunkRuns& chunk : stage.chunks) {
    for (const auto* runs :
         {&chunk.forward, &chunk.backward, &chunk.backward_input, &chunk.backward_weight}) {
      for (size_t v = 0; v < runs->size(); ++v) {
        WalkTimes times = (*runs)[v].TimesFromIdle();
        const double often = v == 1 && micro_batches > kMostVariants ? micro_batches - 2 : 1;
        times.compute_ns *= often, times.host_ns *= often;
        for (double& ns : times.exposed_ns) ns *= often;
        sum += times;
      }
    }
  }
  return sum;
}

absl::StatusOr<FoldedStep> SimulateFolded(const plan::Resolved& r, const FoldCosts& costs) {
  for (const v1::Fault& fault : r.scenario.faults()) {
    if (fault.has_straggler() || fault.has_jitter_link() || fault.has_slow_link()) {
      return absl::InvalidArgumentError(
          "faults of single ranks or nodes make ranks differ that are simulated as one; simulate rank by "
          "rank");
    }
  }
  const plan::PipelineShape shape = plan::ShapeOf(r);
  std::vector<plan::InstructionList> lists;
  Stages stages;
  const bool split = r.schedule == v1::SCHEDULE_ZERO_BUBBLE;
  for (int s = 0; s < r.pp; ++s) {
    lists.push_back(plan::ScheduleOf(r, s));
    // Stages in the middle do the same.
    const bool like_before = s > 1 && s < r.pp - 1;
    stages.push_back(like_before ? stages.back()
                                 : std::make_shared<const StageRuns>(MakeStageRuns(r, s, split, costs)));
  }
  const int64_t bytes = int64_t{r.micro_batch} * r.local_seq_len() * r.hidden /
                        (r.sequence_parallel ? r.tp : 1) * plan::SizeOf(r.real);
  PipelineClock clock{shape, lists, nullptr, nullptr, {}};
  for (const auto& stage : stages) clock.begin_ns.push_back(stage->begin_ns);
  clock.execute = [&](int s, const plan::Instruction& i, double start_ns, const Arrivals& arrivals,
                      StreamEnds* ends) {
    const ChunkRuns& chunk = stages[s]->chunks[i.chunk];
    const int variant = VariantOf(i.micro_batch, r.micro_batches);
    switch (i.kind) {
      case plan::InstructionKind::kForward:
        return chunk.forward[variant].Walk(start_ns, arrivals, ends);
      case plan::InstructionKind::kBackwardInput:
        return chunk.backward_input[variant].Walk(start_ns, arrivals, ends);
      case plan::InstructionKind::kBackwardWeight:
        return chunk.backward_weight[variant].Walk(start_ns, arrivals, ends);
      default:
        return chunk.backward[variant].Walk(start_ns, arrivals, ends);
    }
  };
  clock.transfer_ns = [&](int from, int to) {
    return costs.TransferNs(bytes, plan::RankAt(r, {from, 0, 0, 0}), plan::RankAt(r, {to, 0, 0, 0}));
  };
  PipelineTimes times = RunPipeline(clock);
  FoldedStep out;
  out.instructions = times.instructions;
  for (int s = 0; s < r.pp; ++s) {
    FoldedStage& stage = out.stages.emplace_back();
    stage.pipeline_end_ns = times.stage_end_ns[s];
    stage.times = s > 1 && s < r.pp - 1 ? out.stages[s - 1].times : TimesOf(*stages[s], r.micro_batches);
  }
  Tails tails(r, stages, costs, std::move(times));
  out.clock_ns = tails.End();
  for (int s = 0; s < r.pp; ++s) {
    FoldedStage& stage = out.stages[s];
    if (s <= 1 || s == r.pp - 1) stage.times += tails.TimesOf(s);
    if (s > 1 && s < r.pp - 1) stage.times = out.stages[1].times;
    stage.idle_ns = std::max(0.0, out.clock_ns - stage.times.total_ns());
  }
  out.step_ns = costs.StepNs(out.clock_ns);
  return out;
}

}  // namespace ringside::sim
