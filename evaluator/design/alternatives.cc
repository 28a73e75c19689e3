#include "evaluator/design/alternatives.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "evaluator/design/scenario_of.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr int kAxes = 4;
constexpr std::array<const char*, kAxes> kAxisNames = {"dp", "tp", "pp", "cp"};

int OrOne(bool given, int value) {
  return given ? value : 1;
}

std::array<int, kAxes> AxesOf(const v1::ParallelPlan& plan) {
  return {OrOne(plan.has_dp(), plan.dp()), OrOne(plan.has_tp(), plan.tp()), OrOne(plan.has_pp(), plan.pp()),
          OrOne(plan.has_cp(), plan.cp())};
}

void SetAxes(const std::array<int, kAxes>& axes, v1::ParallelPlan* plan) {
  plan->set_dp(axes[0]), plan->set_tp(axes[1]), plan->set_pp(axes[2]), plan->set_cp(axes[3]);
  // What makes no sense without its axis.
  if (axes[1] == 1) plan->set_sequence_parallel(false);
  if (axes[2] == 1) plan->clear_schedule(), plan->clear_interleave();
  plan->clear_zero_group();
}

class Collector {
 public:
  Collector(const v1::DesignQuestion& question, const v1::ParallelPlan& plan)
      : constraints_(question.constraints()), plan_(plan) {
    seen_.insert(plan.SerializeAsString());
  }

  // Keeps the batch by the number of micro-batches.
  void Add(const std::string& knob, v1::ParallelPlan plan) {
    const int dp = OrOne(plan.has_dp(), plan.dp());
    const int micro_batch = OrOne(plan.has_micro_batch(), plan.micro_batch());
    const int64_t at_once = int64_t{dp} * micro_batch;
    if (at_once < 1 || constraints_.global_batch() % at_once != 0) return;
    if (micro_batch > constraints_.max_micro_batch()) return;
    plan.set_micro_batches(static_cast<int>(constraints_.global_batch() / at_once));
    if (!seen_.insert(plan.SerializeAsString()).second) return;
    out_.push_back({knob, std::move(plan)});
  }

  const v1::ParallelPlan& plan() const { return plan_; }
  std::vector<Alternative> Take() { return std::move(out_); }

 private:
  const v1::DesignConstraints& constraints_;
  const v1::ParallelPlan& plan_;
  std::set<std::string> seen_;
  std::vector<Alternative> out_;
};

void AddAxes(const v1::ParallelPlan& towards, Collector* out) {
  const std::array<int, kAxes> axes = AxesOf(out->plan()), wanted = AxesOf(towards);
  for (int from = 0; from < kAxes; ++from) {
    for (int to = 0; to < kAxes; ++to) {
      if (from == to) continue;
      std::set<int> factors = {2, 4, 8};
      if (wanted[to] > axes[to] && wanted[to] % axes[to] == 0) factors.insert(wanted[to] / axes[to]);
      if (wanted[from] > 0 && axes[from] % wanted[from] == 0) factors.insert(axes[from] / wanted[from]);
      for (const int factor : factors) {
        if (factor == 1 || axes[from] % factor != 0) continue;
        std::array<int, kAxes> changed = axes;
        changed[from] /= factor, changed[to] *= factor;
        v1::ParallelPlan plan = out->plan();
        SetAxes(changed, &plan);
        // One name for both directions: only the better one is told.
        out->Add(fmt::format("{} and {}", kAxisNames[std::min(from, to)], kAxisNames[std::max(from, to)]),
                 std::move(plan));
      }
    }
  }
}

void AddExperts(const v1::ParallelPlan& towards, int experts, Collector* out) {
  const int ep = OrOne(out->plan().has_ep(), out->plan().ep());
  for (const int value : {ep / 2, ep * 2, ep * 4, OrOne(towards.has_ep(), towards.ep())}) {
    if (value < 1 || value == ep || experts % value != 0) continue;
    v1::ParallelPlan plan = out->plan();
    plan.set_ep(value);
    out->Add("ep", std::move(plan));
  }
}

void AddSharding(const v1::ParallelPlan& towards, Collector* out) {
  for (int zero = 0; zero <= 3; ++zero) {
    v1::ParallelPlan plan = out->plan();
    if (zero == plan.zero()) continue;
    plan.set_zero(zero);
    plan.clear_zero_group();
    out->Add("zero", std::move(plan));
  }
  if (out->plan().zero() == 0 || out->plan().zero_group() == towards.zero_group()) return;
  v1::ParallelPlan plan = out->plan();
  plan.clear_zero_group();
  if (towards.has_zero_group()) plan.set_zero_group(towards.zero_group());
  out->Add("zero_group", std::move(plan));
}

void AddBatching(const v1::ParallelPlan& towards, Collector* out) {
  const int size = OrOne(out->plan().has_micro_batch(), out->plan().micro_batch());
  for (const int value : {size / 2, size * 2, size / 4, size * 4, towards.micro_batch()}) {
    if (value < 1 || value == size) continue;
    v1::ParallelPlan plan = out->plan();
    plan.set_micro_batch(value);
    out->Add("micro_batch", std::move(plan));
  }
}

void AddSchedules(const v1::ParallelPlan& towards, Collector* out) {
  if (OrOne(out->plan().has_pp(), out->plan().pp()) == 1) return;
  for (const auto schedule : {v1::SCHEDULE_GPIPE, v1::SCHEDULE_1F1B, v1::SCHEDULE_ZERO_BUBBLE}) {
    v1::ParallelPlan plan = out->plan();
    if (plan.schedule() == schedule || (schedule == v1::SCHEDULE_1F1B && !plan.has_schedule())) continue;
    plan.set_schedule(schedule);
    plan.clear_interleave();
    out->Add("schedule", std::move(plan));
  }
  for (const int chunks : std::set<int>{2, 3, 4, towards.interleave()}) {
    v1::ParallelPlan plan = out->plan();
    if (chunks < 2 || (plan.schedule() == v1::SCHEDULE_INTERLEAVED && plan.interleave() == chunks)) continue;
    plan.set_schedule(v1::SCHEDULE_INTERLEAVED);
    plan.set_interleave(chunks);
    out->Add("schedule", std::move(plan));
  }
}

void AddSwitches(const v1::DesignQuestion& question, const v1::ParallelPlan& towards, Collector* out) {
  for (const auto recompute : {v1::RECOMPUTE_NONE, v1::RECOMPUTE_SELECTIVE, v1::RECOMPUTE_FULL}) {
    v1::ParallelPlan plan = out->plan();
    if (plan.recompute() == recompute || (recompute == v1::RECOMPUTE_NONE && !plan.has_recompute())) continue;
    plan.set_recompute(recompute);
    out->Add("recompute", std::move(plan));
  }
  if (OrOne(out->plan().has_tp(), out->plan().tp()) > 1) {
    v1::ParallelPlan plan = out->plan();
    plan.set_sequence_parallel(!plan.sequence_parallel());
    out->Add("sequence_parallel", std::move(plan));
  }
  for (const int precision : question.constraints().precisions()) {
    v1::ParallelPlan plan = out->plan();
    plan.set_precision(static_cast<v1::Precision>(precision));
    out->Add("precision", std::move(plan));
  }
  if (towards.overlap_size() > out->plan().overlap_size()) {
    v1::ParallelPlan plan = out->plan();
    *plan.mutable_overlap() = towards.overlap();
    out->Add("overlap", std::move(plan));
  }
  if (towards.has_bucket_mib() && towards.bucket_mib() != out->plan().bucket_mib()) {
    v1::ParallelPlan plan = out->plan();
    plan.set_bucket_mib(towards.bucket_mib());
    out->Add("bucket_mib", std::move(plan));
  }
  const int dp = OrOne(out->plan().has_dp(), out->plan().dp());
  for (int fewer = 2; question.constraints().at_most() && fewer <= dp; fewer *= 2) {
    if (dp % fewer != 0) continue;
    v1::ParallelPlan plan = out->plan();
    plan.set_dp(dp / fewer);
    plan.clear_zero_group();
    out->Add("ranks", std::move(plan));
  }
}

std::string LowerName(std::string name) {
  name.erase(0, name.find('_') + 1);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

}  // namespace

std::vector<Alternative> AlternativesOf(const v1::DesignQuestion& question, const v1::ParallelPlan& plan,
                                        const v1::ParallelPlan& towards) {
  Collector out(question, plan);
  AddAxes(towards, &out);
  if (question.model().experts() > 0) AddExperts(towards, question.model().experts(), &out);
  AddSharding(towards, &out);
  AddBatching(towards, &out);
  AddSchedules(towards, &out);
  AddSwitches(question, towards, &out);
  return out.Take();
}

std::string ChangeBetween(const v1::ParallelPlan& from, const v1::ParallelPlan& to) {
  std::string text;
  const auto add = [&text](const char* name, const auto& a, const auto& b) {
    if (a != b) text += fmt::format("{}{} {} -> {}", text.empty() ? "" : ", ", name, a, b);
  };
  const std::array<int, kAxes> a = AxesOf(from), b = AxesOf(to);
  for (const int axis : {1, 2, 3, 0}) add(kAxisNames[axis], a[axis], b[axis]);
  add("ep", OrOne(from.has_ep(), from.ep()), OrOne(to.has_ep(), to.ep()));
  add("zero", from.zero(), to.zero());
  if (to.zero() > 0 && from.zero() > 0) {
    const auto group = [](const v1::ParallelPlan& p) {
      const int replicas = OrOne(p.has_dp(), p.dp()) * OrOne(p.has_cp(), p.cp());
      return p.has_zero_group() && p.zero_group() != replicas ? fmt::to_string(p.zero_group()) : "all";
    };
    add("zero_group", group(from), group(to));
  }
  add("micro_batch", OrOne(from.has_micro_batch(), from.micro_batch()),
      OrOne(to.has_micro_batch(), to.micro_batch()));
  const auto schedule = [](const v1::ParallelPlan& p) {
    std::string name = p.has_schedule() ? LowerName(v1::PipelineSchedule_Name(p.schedule())) : "1f1b";
    if (p.schedule() == v1::SCHEDULE_INTERLEAVED && p.has_interleave())
      name += fmt::format(" x{}", p.interleave());
    return name;
  };
  if (a[2] > 1 && b[2] > 1) add("schedule", schedule(from), schedule(to));
  const auto recompute = [](const v1::ParallelPlan& p) {
    return p.has_recompute() ? LowerName(v1::Recompute_Name(p.recompute())) : std::string("none");
  };
  add("recompute", recompute(from), recompute(to));
  if (b[1] > 1)
    add("sequence_parallel", from.sequence_parallel() ? "on" : "off", to.sequence_parallel() ? "on" : "off");
  if (from.has_precision() && to.has_precision())
    add("precision", LowerName(v1::Precision_Name(from.precision())),
        LowerName(v1::Precision_Name(to.precision())));
  add("overlap", from.overlap_size() > 0 ? "on" : "off", to.overlap_size() > 0 ? "on" : "off");
  if (from.has_bucket_mib() && to.has_bucket_mib()) add("bucket_mib", from.bucket_mib(), to.bucket_mib());
  if (text.empty()) {
    add("micro_batches", OrOne(from.has_micro_batches(), from.micro_batches()),
        OrOne(to.has_micro_batches(), to.micro_batches()));
  }
  return text;
}

}  // namespace ringside::evaluator
