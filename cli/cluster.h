// Where jobs run: a coordinator elsewhere, or one inside of this process whose store is a temporary directory
// that goes with it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/temporary_directory.h"
#include "coordinator/client.h"
#include "coordinator/server.h"
#include "evaluator/jobs.h"
#include "ringside/v1/coordinator.pb.h"
#include "ringside/v1/program.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::cli {

class Cluster : public evaluator::JobRunner {
 public:
  struct Options {
    std::string address;             // of a coordinator; empty: one is started here
    Progress* progress = nullptr;    // shows each job's steps; may be null
    Interrupt* interrupt = nullptr;  // cancels the job under way; may be null
  };

  // UNAVAILABLE: none can be started here, and why. One elsewhere is not called before the first job.
  static absl::StatusOr<std::unique_ptr<Cluster>> Open(const Options& options);

  // Called from several threads only if neither progress nor interrupt was given. CANCELLED: interrupted.
  absl::StatusOr<evaluator::JobResult> RunJob(const v1::Scenario& scenario) override;

  // The trace of a job that must succeed; its failure is the error (ToStatus).
  absl::StatusOr<v1::Trace> RunPrograms(const v1::ProgramSet& programs);

 private:
  Cluster(const Options& options, std::unique_ptr<TemporaryDirectory> store,
          std::unique_ptr<coordinator::CoordinatorServer> server, const std::string& address)
      : options_(options), store_(std::move(store)), server_(std::move(server)), client_(address) {}

  absl::StatusOr<evaluator::JobResult> Run(const v1::SubmitRequest& request);
  void Show(const v1::JobEvent& event);

  const Options options_;
  const std::unique_ptr<TemporaryDirectory> store_;  // null: the coordinator is elsewhere
  const std::unique_ptr<coordinator::CoordinatorServer> server_;
  coordinator::CoordinatorClient client_;
};

// OK for a job that succeeded, CANCELLED for one that was cancelled, else ABORTED with its failure: "job dp4:
// ...".
absl::Status ToStatus(const v1::Job& job);

}  // namespace ringside::cli
