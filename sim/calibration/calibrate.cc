#include "sim/calibration/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "plan/compile.h"
#include "plan/program_proto.h"
#include "sim/calibration/samples.h"
#include "sim/calibration/suite.h"
#include "sim/profile.h"
#include "sim/simulate.h"

namespace ringside::sim {
namespace {

// More cores than this are not loaded at once: the pools of that many ranks would not fit a small machine.
constexpr int kMostRanks = 16;

constexpr double kMostWakeupMisfit = 0.1;

// Programs and what was seen of them.
struct Experiment {
  std::string what;
  std::vector<plan::Program> programs;
  bool between_nodes = false;
  std::vector<v1::Trace> traces;  // of each pass
};

struct MessageExperiment : Experiment {
  int group_size = 0;
  const char* link() const { return between_nodes ? "inter_node" : "intra_node"; }
};

class Calibration {
 public:
  explicit Calibration(const CalibrationOptions& options) : options_(options) {
    profile_.set_version(kProfileVersion);
    profile_.set_machine(options.machine);
    profile_.set_name(options.name);
    profile_.set_measured_on(options.measured_on);
    profile_.set_cores_per_node(options.cores);
  }

  absl::StatusOr<v1::DeviceProfile> Run() {
    RINGSIDE_RETURN_IF_ERROR(Design());
    RINGSIDE_RETURN_IF_ERROR(MeasureAll());
    RINGSIDE_RETURN_IF_ERROR(FitAllKernels());
    profile_.set_op_overhead_ns(OverheadNs(overhead_.programs.front(), overhead_.traces));
    for (const MessageExperiment& e : messages_) {
      RINGSIDE_RETURN_IF_ERROR(FitMessages(e.programs, e.traces, e.link(), e.group_size, &profile_));
    }
    AddDefaultInterNodeLaw(&profile_);
    FitPolling();
    RINGSIDE_RETURN_IF_ERROR(FitWakeups());
    return profile_;
  }

 private:
  bool MeasuresOversubscription() const { return 2 * options_.cores <= kMostRanks; }

  absl::Status Design() {
    // A few steps in each of several passes: what else the machine does changes from minute to minute.
    passes_ = options_.quick ? 2 : 4;
    const Repeats kernel_repeats{1, options_.quick ? 3 : 5};
    const Repeats message_repeats{3, options_.quick ? 8 : 16};
    kernels_alone_ = {"kernels, one rank", KernelPrograms(1, kernel_repeats)};
    if (options_.cores > 1) {
      kernels_together_ = {"kernels, all cores at once",
                           KernelPrograms(std::min(options_.cores, kMostRanks), kernel_repeats)};
    }

    // What a real training step takes between its ops: allocation, tracing, the walk.
    v1::Scenario scenario;
    scenario.mutable_model()->set_preset("gpt2-nano");
    scenario.mutable_plan()->set_micro_batch(4);
    scenario.mutable_run()->set_warmup(message_repeats.warmup);
    scenario.mutable_run()->set_steps(message_repeats.warmup + message_repeats.steps);
    RINGSIDE_ASSIGN_OR_RETURN(auto training, plan::Compile(scenario));
    overhead_ = {"overhead between ops", std::move(training)};

    const auto add_messages = [&](int ranks, int group_size, bool between_nodes) {
      MessageExperiment e;
      e.programs = MessagePrograms(ranks, group_size, message_repeats);
      e.between_nodes = between_nodes;
      e.group_size = group_size;
      e.what = fmt::format("messages, {}, groups of {}, {} ranks", e.link(), group_size, ranks);
      messages_.push_back(std::move(e));
    };
    add_messages(2, 2, false);
    add_messages(4, 2, false);
    add_messages(4, 4, false);
    if (options_.run_between_nodes) add_messages(4, 4, true);

    const auto wakeups = [&](int ranks) {
      return Experiment{fmt::format("wake-ups, {} ranks", ranks), WakeupPrograms(ranks, message_repeats)};
    };
    wakeups_ = wakeups(2);
    if (MeasuresOversubscription()) {
      const int cores = options_.cores;
      const auto computing = [&](const char* what, int ranks, int stride) {
        return Experiment{what, ComputePrograms(ranks, stride, message_repeats)};
      };
      own_core_ = computing("computing, a core for each rank", cores, 1);
      beside_waiting_ = computing("computing beside waiting ranks", 2 * cores, 2);
      oversubscribed_wakeups_ = wakeups(2 * cores);
    }
    return absl::OkStatus();
  }

  absl::Status MeasureAll() {
    std::vector<Experiment*> all = {&kernels_alone_, &overhead_, &wakeups_};
    if (!kernels_together_.programs.empty()) all.push_back(&kernels_together_);
    for (MessageExperiment& e : messages_) all.push_back(&e);
    if (MeasuresOversubscription()) {
      all.insert(all.end(), {&own_core_, &beside_waiting_, &oversubscribed_wakeups_});
    }
    const int total = passes_ * static_cast<int>(all.size());
    int done = 0;
    for (int pass = 0; pass < passes_; ++pass) {
      for (Experiment* e : all) {
        if (options_.progress) options_.progress(done++, total, e->what);
        RINGSIDE_RETURN_IF_ERROR(Measure(e));
      }
    }
    if (options_.progress) options_.progress(total, total, "done");
    return absl::OkStatus();
  }

  absl::Status Measure(Experiment* e) {
    v1::ProgramSet set;
    set.set_name(fmt::format("calibrate: {}", e->what));
    for (const plan::Program& program : e->programs) {
      *set.add_programs() = plan::ToProto(program);
      if (e->between_nodes) set.mutable_programs(program.rank)->set_node(program.rank);
    }
    const auto ranks = static_cast<int>(e->programs.size());
    set.mutable_cluster()->set_nodes(e->between_nodes ? ranks : 1);
    set.mutable_cluster()->set_devices_per_node(e->between_nodes ? 1 : ranks);
    set.mutable_cluster()->set_device("local-cpu");
    absl::StatusOr<v1::Trace> trace = e->between_nodes ? options_.run_between_nodes(set) : options_.run(set);
    if (!trace.ok()) {
      return absl::Status(trace.status().code(),
                          fmt::format("calibration, {}: {}", e->what, std::string(trace.status().message())));
    }
    e->traces.push_back(*std::move(trace));
    return absl::OkStatus();
  }

  absl::Status FitAllKernels() {
    const auto& alone = kernels_alone_;
    RINGSIDE_ASSIGN_OR_RETURN(const std::vector<double> alone_ns, ComputeNs(alone.programs, alone.traces));
    FitKernels(alone.programs.front(), alone_ns, &profile_);
    profile_.add_notes(fmt::format("kernels: {}", alone.traces.front().environment().kernels()));
    profile_.add_notes(fmt::format("transport: {}", alone.traces.front().environment().transport()));
    if (options_.cores < 2) {
      profile_.set_compute_contention(1);
      profile_.set_memory_contention(1);
      return absl::OkStatus();
    }
    const auto& together = kernels_together_;
    RINGSIDE_ASSIGN_OR_RETURN(const std::vector<double> together_ns,
                              ComputeNs(together.programs, together.traces));
    // The barriers of the larger program shift its ops: compare by position among the compute ops.
    const auto compute_only = [](const plan::Program& program, const std::vector<double>& ns) {
      std::vector<double> kept;
      for (size_t i = 0; i < ns.size(); ++i) {
        const plan::OpKind kind = program.ops[i].kind;
        if (!plan::IsCommunication(kind) && kind != plan::OpKind::kJoin) kept.push_back(ns[i]);
      }
      return kept;
    };
    plan::Program ops_only = alone.programs.front();
    std::erase_if(ops_only.ops, [](const plan::Op& op) { return op.kind == plan::OpKind::kJoin; });
    FitContention(ops_only, compute_only(alone.programs.front(), alone_ns),
                  compute_only(together.programs.front(), together_ns), &profile_);
    return absl::OkStatus();
  }

  static double StepOf(const Experiment& e) { return StepNs(e.traces, e.programs.front().run.warmup()); }

  // What it costs those who compute that those who wait poll.
  void FitPolling() {
    if (!MeasuresOversubscription()) return;
    // Pass by pass, as the two were measured one right after the other. The least of them: in some passes the
    // system puts two computing ranks on one core for a while, which no weight describes.
    std::vector<double> slowdowns;
    const int warmup = own_core_.programs.front().run.warmup();
    for (int pass = 0; pass < passes_; ++pass) {
      slowdowns.push_back(StepNs({beside_waiting_.traces[pass]}, warmup) /
                          StepNs({own_core_.traces[pass]}, warmup));
    }
    profile_.set_poll_weight(std::max(0.0, *std::min_element(slowdowns.begin(), slowdowns.end()) - 1));
    profile_.add_notes(fmt::format("a waiting rank takes {:.2f} of a computing one's share of a core",
                                   profile_.poll_weight()));
  }

  // The wake-up that makes the simulated step of a chain of dependent GEMMs and all-reduces as long as the
  // measured.
  absl::StatusOr<double> FitWakeup(const Experiment& chain) {
    const double measured = StepOf(chain);
    SimulateRequest request{chain.programs, profile_};
    request.steps = 3;
    const auto simulated = [&](double wakeup_ns) -> absl::StatusOr<double> {
      request.profile.set_wakeup_ns(wakeup_ns);
      request.profile.set_oversubscribed_wakeup_ns(wakeup_ns);
      RINGSIDE_ASSIGN_OR_RETURN(const Timeline timeline, SimulateTimes(request));
      return static_cast<double>(SteadyStepNs(timeline, 1));
    };
    double low = 0, high = 1e6;
    for (int i = 0; i < 30; ++i) {
      const double middle = (low + high) / 2;
      RINGSIDE_ASSIGN_OR_RETURN(const double ns, simulated(middle));
      (ns < measured ? low : high) = middle;
    }
    RINGSIDE_ASSIGN_OR_RETURN(const double reached, simulated(low));
    // At either end of the range no wake-up explains what was measured: another law is off.
    if (std::abs(reached / measured - 1) > kMostWakeupMisfit) {
      profile_.add_notes(
          fmt::format("WARNING, {}: no wake-up makes the simulated chain as long as the measured; "
                      "predictions with many small messages are off, calibrate again",
                      chain.what));
    }
    profile_.add_notes(fmt::format("{}: chain of {:.3f} ms measured, {:.3f} ms with the fitted {:.1f} us",
                                   chain.what, measured / 1e6, reached / 1e6, low / 1e3));
    return low;
  }

  absl::Status FitWakeups() {
    RINGSIDE_ASSIGN_OR_RETURN(const double alone, FitWakeup(wakeups_));
    double oversubscribed = alone;
    if (MeasuresOversubscription()) {
      RINGSIDE_ASSIGN_OR_RETURN(oversubscribed, FitWakeup(oversubscribed_wakeups_));
    } else {
      profile_.add_notes(
          "wake-ups with more ranks than cores: not measured on this many cores, taken as without");
    }
    profile_.set_wakeup_ns(alone);
    profile_.set_oversubscribed_wakeup_ns(oversubscribed);
    return absl::OkStatus();
  }

  const CalibrationOptions& options_;
  int passes_ = 1;
  Experiment kernels_alone_, overhead_, wakeups_;
  // Without programs where this machine has no use for them:
  Experiment kernels_together_, own_core_, beside_waiting_, oversubscribed_wakeups_;
  std::vector<MessageExperiment> messages_;
  v1::DeviceProfile profile_;
};

}  // namespace

absl::StatusOr<v1::DeviceProfile> Calibrate(const CalibrationOptions& options) {
  if (!options.run) return absl::InvalidArgumentError("calibration has nothing to run programs with");
  return Calibration(options).Run();
}

}  // namespace ringside::sim
