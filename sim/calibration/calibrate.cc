#include "sim/calibration/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

class Calibration {
 public:
  explicit Calibration(const CalibrationOptions& options) : options_(options) {
    if (options.quick) {
      kernel_repeats_ = {1, 5};
      message_repeats_ = {2, 12};
    }
    // Kernels, overhead, three times messages, wake-ups; and what depends on the machine.
    total_ = 6 + (options.cores > 1 ? 1 : 0) + (2 * options.cores <= kMostRanks ? 1 : 0) +
             (options.run_between_nodes ? 1 : 0);
    profile_.set_name(options.name);
    profile_.set_measured_on(options.measured_on);
    profile_.set_cores_per_node(options.cores);
  }

  absl::StatusOr<v1::DeviceProfile> Run() {
    RINGSIDE_RETURN_IF_ERROR(Kernels());
    RINGSIDE_RETURN_IF_ERROR(Overhead());
    RINGSIDE_RETURN_IF_ERROR(Messages());
    AddDefaultInterNodeLaw(&profile_);
    RINGSIDE_RETURN_IF_ERROR(Wakeups());
    if (options_.progress) options_.progress(total_, total_, "done");
    return profile_;
  }

 private:
  absl::StatusOr<v1::Trace> Measure(std::string_view what, const std::vector<plan::Program>& programs,
                                    bool between_nodes = false) {
    if (options_.progress) options_.progress(done_++, total_, what);
    v1::ProgramSet set;
    set.set_name(fmt::format("calibrate: {}", what));
    for (const plan::Program& program : programs) {
      *set.add_programs() = plan::ToProto(program);
      if (between_nodes) set.mutable_programs(program.rank)->set_node(program.rank);
    }
    const auto ranks = static_cast<int>(programs.size());
    set.mutable_cluster()->set_nodes(between_nodes ? ranks : 1);
    set.mutable_cluster()->set_devices_per_node(between_nodes ? 1 : ranks);
    set.mutable_cluster()->set_device("local-cpu");
    const absl::StatusOr<v1::Trace> trace =
        between_nodes ? options_.run_between_nodes(set) : options_.run(set);
    if (trace.ok()) return *trace;
    return absl::Status(trace.status().code(),
                        fmt::format("calibration, {}: {}", what, std::string(trace.status().message())));
  }

  absl::Status Kernels() {
    const auto alone = KernelPrograms(1, kernel_repeats_);
    RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace alone_trace, Measure("kernels, one rank", alone));
    RINGSIDE_ASSIGN_OR_RETURN(const std::vector<double> alone_ns, ComputeNs(alone, alone_trace));
    FitKernels(alone.front(), alone_ns, &profile_);
    profile_.add_notes(fmt::format("kernels: {}", alone_trace.environment().kernels()));
    profile_.add_notes(fmt::format("transport: {}", alone_trace.environment().transport()));
    if (options_.cores < 2) {
      profile_.set_compute_contention(1);
      profile_.set_memory_contention(1);
      return absl::OkStatus();
    }
    const auto together = KernelPrograms(std::min(options_.cores, kMostRanks), kernel_repeats_);
    RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace trace, Measure("kernels, all cores at once", together));
    RINGSIDE_ASSIGN_OR_RETURN(const std::vector<double> together_ns, ComputeNs(together, trace));
    // The barriers of the larger program shift its ops: compare by position among the compute ops.
    const auto compute_only = [](const plan::Program& program, const std::vector<double>& ns) {
      std::vector<double> kept;
      for (size_t i = 0; i < ns.size(); ++i) {
        const plan::OpKind kind = program.ops[i].kind;
        if (!plan::IsCommunication(kind) && kind != plan::OpKind::kJoin) kept.push_back(ns[i]);
      }
      return kept;
    };
    plan::Program ops_only = alone.front();
    std::erase_if(ops_only.ops, [](const plan::Op& op) { return op.kind == plan::OpKind::kJoin; });
    FitContention(ops_only, compute_only(alone.front(), alone_ns),
                  compute_only(together.front(), together_ns), &profile_);
    return absl::OkStatus();
  }

  // What a real training step takes between its ops: allocation, tracing, the walk.
  absl::Status Overhead() {
    v1::Scenario scenario;
    scenario.mutable_model()->set_preset("gpt2-nano");
    scenario.mutable_plan()->set_micro_batch(4);
    scenario.mutable_run()->set_warmup(message_repeats_.warmup);
    scenario.mutable_run()->set_steps(message_repeats_.warmup + message_repeats_.steps);
    RINGSIDE_ASSIGN_OR_RETURN(const auto programs, plan::Compile(scenario));
    RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace trace, Measure("overhead between ops", programs));
    profile_.set_op_overhead_ns(OverheadNs(programs.front(), trace.ranks(0)));
    return absl::OkStatus();
  }

  absl::Status Messages() {
    const auto measure = [&](int ranks, int group_size, const char* link,
                             bool between_nodes) -> absl::Status {
      const auto programs = MessagePrograms(ranks, group_size, message_repeats_);
      const std::string what = fmt::format("messages, {}, groups of {}, {} ranks", link, group_size, ranks);
      RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace trace, Measure(what, programs, between_nodes));
      return FitMessages(programs, trace, link, group_size, &profile_);
    };
    RINGSIDE_RETURN_IF_ERROR(measure(2, 2, "intra_node", false));
    RINGSIDE_RETURN_IF_ERROR(measure(4, 2, "intra_node", false));
    RINGSIDE_RETURN_IF_ERROR(measure(4, 4, "intra_node", false));
    if (options_.run_between_nodes) return measure(4, 4, "inter_node", true);
    return absl::OkStatus();
  }

  // The wake-up that makes the simulated step of a chain of dependent GEMMs and all-reduces as long as the
  // measured.
  absl::StatusOr<double> FitWakeup(int ranks) {
    const auto programs = WakeupPrograms(ranks, message_repeats_);
    RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace trace,
                              Measure(fmt::format("wake-ups, {} ranks", ranks), programs));
    const double measured = StepNs(trace, message_repeats_.warmup);
    SimulateRequest request{programs, profile_};
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
    profile_.add_notes(
        fmt::format("wake-ups, {} ranks: chain of {:.3f} ms measured, {:.3f} ms with the fitted {:.1f} us",
                    ranks, measured / 1e6, reached / 1e6, low / 1e3));
    return low;
  }

  absl::Status Wakeups() {
    RINGSIDE_ASSIGN_OR_RETURN(const double alone, FitWakeup(2));
    profile_.set_wakeup_ns(alone);
    profile_.set_oversubscribed_wakeup_ns(alone);
    if (2 * options_.cores > kMostRanks) {
      profile_.add_notes(
          "wake-ups with more ranks than cores: not measured on this many cores, taken as without");
      return absl::OkStatus();
    }
    RINGSIDE_ASSIGN_OR_RETURN(const double oversubscribed, FitWakeup(2 * std::max(options_.cores, 1)));
    profile_.set_wakeup_ns(alone);
    profile_.set_oversubscribed_wakeup_ns(oversubscribed);
    return absl::OkStatus();
  }

  const CalibrationOptions& options_;
  Repeats kernel_repeats_{2, 18};
  Repeats message_repeats_{4, 48};
  v1::DeviceProfile profile_;
  int total_ = 0;
  int done_ = 0;
};

}  // namespace

absl::StatusOr<v1::DeviceProfile> Calibrate(const CalibrationOptions& options) {
  if (!options.run) return absl::InvalidArgumentError("calibration has nothing to run programs with");
  return Calibration(options).Run();
}

}  // namespace ringside::sim
