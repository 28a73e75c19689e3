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
#include "coordinator/launch/launcher.h"
#include "evaluator/jobs.h"
#include "ringside/v1/coordinator.pb.h"
#include "ringside/v1/program.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::coordinator {  // their headers bring all of gRPC
class CoordinatorClient;
class CoordinatorServer;
}  // namespace ringside::coordinator

namespace ringside::cli {

class Cluster : public evaluator::JobRunner {
 public:
  struct Options {
    std::string address;             // of a coordinator; empty: one is started here
    Progress* progress = nullptr;    // shows each job's steps; may be null
    Interrupt* interrupt = nullptr;  // cancels the job under way; may be null
    coordinator::WorkerFiles files;  // what its jobs read and write; only of one that is started here
  };

  // UNAVAILABLE: none can be started here, and why. INVALID_ARGUMENT: the address is none. One elsewhere is
  // not called before the first job.
  static absl::StatusOr<std::unique_ptr<Cluster>> Open(const Options& options);

  ~Cluster() override;

  // Called from several threads only if neither progress nor interrupt was given. CANCELLED: interrupted.
  // Where the coordinator is lost, the error names it and the job that may go on without this process.
  absl::StatusOr<evaluator::JobResult> RunJob(const v1::Scenario& scenario) override;

  // The trace of a job that must succeed; its failure is the error (ToStatus).
  absl::StatusOr<v1::Trace> RunPrograms(const v1::ProgramSet& programs);

 private:
  explicit Cluster(const Options& options);

  absl::StatusOr<evaluator::JobResult> Run(const v1::SubmitRequest& request);
  // `submitted_id`: of the job, as soon as it is known.
  absl::StatusOr<evaluator::JobResult> RunSubmitted(const v1::SubmitRequest& request,
                                                    std::string* submitted_id);
  // `headline`: say when the job starts; whoever submits bare programs says better what they are for.
  void Show(const v1::JobEvent& event, bool headline);

  const Options options_;
  std::string address_;                        // of the coordinator, here or elsewhere
  std::unique_ptr<TemporaryDirectory> store_;  // null: the coordinator is elsewhere
  std::unique_ptr<coordinator::CoordinatorServer> server_;
  std::unique_ptr<coordinator::CoordinatorClient> client_;
};

// OK for a job that succeeded, CANCELLED for one that was cancelled, else ABORTED with its failure: "job dp4:
// ...".
absl::Status ToStatus(const v1::Job& job);

}  // namespace ringside::cli
