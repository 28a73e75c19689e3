#include <filesystem>
#include <utility>

#include "base/status_macros.h"
#include "cli/calibration.h"
#include "cli/demo.h"
#include "cli/output.h"
#include "cli/prediction.h"
#include "coordinator/launch/virtual_network.h"

namespace ringside::cli {
namespace {

constexpr const char* kVirtualNodes = "virtual-nodes";  // Job.launcher

struct PlanOfDemo {
  const char* title;
  const char* costs;
};
constexpr PlanOfDemo kPlans[] = {
    {"dp4",
     "Four replicas: every rank holds the whole model, and all gradients cross the links once a step."},
    {"tp4",
     "Every matrix split over four ranks: four all-reduces of activations in every block, hard to hide."},
    {"pp4",
     "One block a rank, eight micro-batches: stages wait for each other while the pipeline fills and "
     "drains."},
    {"dp2tp2",
     "Two replicas of two halves: half the memory of dp4, half the ranks in each of tp4's all-reduces."},
};

// The profile of this machine, measured now if there is none.
absl::StatusOr<ChosenProfile> ProfileOfThisMachine(Cluster& cluster, Progress* progress) {
  RINGSIDE_ASSIGN_OR_RETURN(ChosenProfile chosen, ChooseProfile(""));
  if (chosen.calibrated) return chosen;
  RINGSIDE_ASSIGN_OR_RETURN(const v1::DeviceProfile profile, CalibrateOn(cluster, /*quick=*/true, progress));
  RINGSIDE_RETURN_IF_ERROR(SaveProfileWithParents(profile, DefaultProfilePath()));
  return ChooseProfile("");
}

class DemoRun {
 public:
  DemoRun(const DemoOptions& options, Cluster& cluster, Progress* progress, Interrupt* interrupt)
      : options_(options), cluster_(cluster), progress_(progress), interrupt_(interrupt) {}

  absl::StatusOr<DemoResult> Run() {
    DemoResult result;
    result.out = options_.out;
    result.report = options_.out + "/report.html";
    RINGSIDE_ASSIGN_OR_RETURN(result.profile, ProfileOfThisMachine(cluster_, progress_));
    profile_ = result.profile;
    for (const PlanOfDemo& plan : kPlans) {
      RINGSIDE_ASSIGN_OR_RETURN(ScenarioRun run, RunFile(std::string("demo-") + plan.title));
      result.plans.push_back({plan.title, plan.costs, std::move(run)});
    }
    RINGSIDE_ASSIGN_OR_RETURN(result.links, SlowLink());
    RINGSIDE_ASSIGN_OR_RETURN(result.grading, Grade());
    return result;
  }

 private:
  absl::StatusOr<ScenarioRun> RunFile(const std::string& name) {
    RINGSIDE_ASSIGN_OR_RETURN(CompiledScenario compiled,
                              LoadScenario(options_.source + "/scenarios/" + name + ".yaml"));
    RINGSIDE_ASSIGN_OR_RETURN(ScenarioRun run, RunScenario(std::move(compiled), profile_, cluster_,
                                                           options_.out + "/traces/" + name));
    RINGSIDE_RETURN_IF_ERROR(run.prediction.status());
    return run;
  }

  absl::StatusOr<LinkExperiment> SlowLink() {
    LinkExperiment links;
    if (const absl::Status probed = coordinator::ProbeVirtualNodes(); !probed.ok()) {
      links.unavailable = std::string(probed.message());
      return links;
    }
    RINGSIDE_ASSIGN_OR_RETURN(links.equal, RunFile("demo-equal-links"));
    RINGSIDE_ASSIGN_OR_RETURN(links.slow, RunFile("demo-slow-link"));
    for (const auto* run : {&links.equal, &links.slow}) {
      const v1::Job& job = (*run)->job;
      if (job.launcher() == kVirtualNodes) continue;
      links = {};
      links.unavailable = job.launcher_note();
      break;
    }
    return links;
  }

  absl::StatusOr<Grading> Grade() {
    GradingOptions grading;
    grading.question = options_.source + "/evaluator/bank/design/small-gpt-four-ranks.yaml";
    for (const char* answer : {"good", "does-not-fit", "wrong-bottleneck"}) {
      grading.answers.push_back(options_.source + "/scenarios/answers/" + answer + ".yaml");
    }
    grading.out = options_.out + "/graded";
    grading.progress = progress_;
    grading.interrupt = interrupt_;
    return GradeAnswers(grading, cluster_);
  }

  const DemoOptions& options_;
  Cluster& cluster_;
  Progress* progress_;
  Interrupt* interrupt_;
  ChosenProfile profile_;
};

}  // namespace

absl::StatusOr<DemoResult> RunDemo(const DemoOptions& options, Cluster& cluster, Progress* progress,
                                   Interrupt* interrupt) {
  RINGSIDE_ASSIGN_OR_RETURN(DemoResult result, DemoRun(options, cluster, progress, interrupt).Run());
  RINGSIDE_RETURN_IF_ERROR(WriteFile(result.report, DemoReportHtml(result)));
  return result;
}

}  // namespace ringside::cli
