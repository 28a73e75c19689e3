#include "cli/cluster.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "base/status_macros.h"
#include "cli/remote.h"
#include "cli/units.h"
#include "coordinator/client.h"
#include "coordinator/server.h"
#include "fmt/format.h"

namespace ringside::cli {

absl::StatusOr<std::unique_ptr<Cluster>> Cluster::Open(const Options& options) {
  std::unique_ptr<Cluster> cluster(new Cluster(options));
  std::string address = options.address;
  if (!address.empty()) {
    RINGSIDE_RETURN_IF_ERROR(CheckCoordinatorAddress(address));
  } else {
    RINGSIDE_ASSIGN_OR_RETURN(cluster->store_, TemporaryDirectory::Create());
    coordinator::CoordinatorOptions server;
    server.data_dir = cluster->store_->path();
    server.files = options.files;
    server.log = [](const std::string&) {};  // what matters to this one user ends up in Job.failure
    RINGSIDE_ASSIGN_OR_RETURN(cluster->server_, coordinator::CoordinatorServer::Start(std::move(server)));
    address = cluster->server_->address();
  }
  cluster->address_ = address;
  cluster->client_ = std::make_unique<coordinator::CoordinatorClient>(address);
  return cluster;
}

Cluster::Cluster(const Options& options) : options_(options) {}
Cluster::~Cluster() = default;

absl::StatusOr<evaluator::JobResult> Cluster::RunJob(const v1::Scenario& scenario) {
  v1::SubmitRequest request;
  *request.mutable_scenario() = scenario;
  return Run(request);
}

absl::StatusOr<v1::Trace> Cluster::RunPrograms(const v1::ProgramSet& programs) {
  v1::SubmitRequest request;
  *request.mutable_programs() = programs;
  RINGSIDE_ASSIGN_OR_RETURN(evaluator::JobResult result, Run(request));
  RINGSIDE_RETURN_IF_ERROR(ToStatus(result.job));
  return std::move(result.trace);
}

absl::StatusOr<evaluator::JobResult> Cluster::Run(const v1::SubmitRequest& request) {
  if (options_.interrupt != nullptr && options_.interrupt->requested())
    return absl::CancelledError("interrupted");
  std::string id;
  absl::StatusOr<evaluator::JobResult> result = RunSubmitted(request, &id);
  if (!result.ok()) return ExplainCoordinatorError(result.status(), address_, id);
  return result;
}

absl::StatusOr<evaluator::JobResult> Cluster::RunSubmitted(const v1::SubmitRequest& request,
                                                           std::string* submitted_id) {
  evaluator::JobResult result;
  RINGSIDE_ASSIGN_OR_RETURN(result.job, client_->Submit(request));
  const std::string id = *submitted_id = result.job.id();
  if (options_.interrupt != nullptr) {
    // A job that has just ended cannot be cancelled, and need not be.
    options_.interrupt->OnRequest([this, id] { (void)client_->Cancel(id); });
  }
  const absl::Cleanup forget_job = [this] {
    if (options_.interrupt != nullptr) options_.interrupt->OnRequest(nullptr);
  };
  RINGSIDE_ASSIGN_OR_RETURN(result.job, client_->Watch(id, [&](const v1::JobEvent& event) {
    Show(event, /*headline=*/request.has_scenario());
    return true;
  }));
  if (options_.interrupt != nullptr && options_.interrupt->requested())
    return absl::CancelledError("interrupted");
  if (result.job.state() == v1::JOB_STATE_SUCCEEDED) {
    RINGSIDE_ASSIGN_OR_RETURN(result.trace, client_->FetchTrace(id));
  }
  return result;
}

void Cluster::Show(const v1::JobEvent& event, bool headline) {
  if (options_.progress == nullptr) return;
  const v1::Job& job = event.job();
  const bool started =
      job.state() == v1::JOB_STATE_RUNNING && !job.launcher().empty() && !event.has_progress();
  if (started && headline) {
    options_.progress->Headline(
        fmt::format("{}: {} ranks, {}", job.name(), job.world_size(), job.launcher()));
  }
  if (!event.has_progress()) return;
  const v1::Progress& at = event.progress();
  std::string line = fmt::format("step {} of {}", at.step() + 1, at.steps());
  if (at.has_loss())
    line += fmt::format(", loss {:.4f}, {} tokens/s", at.loss(), TokensPerSecond(at.tokens_per_s()));
  options_.progress->Detail(line);
}

absl::Status ToStatus(const v1::Job& job) {
  if (job.state() == v1::JOB_STATE_SUCCEEDED) return absl::OkStatus();
  if (job.state() == v1::JOB_STATE_CANCELLED)
    return absl::CancelledError(fmt::format("job {}: cancelled", job.name()));
  const v1::Failure& failure = job.failure();
  std::string place;
  if (failure.rank() >= 0) place += fmt::format("rank {}, ", failure.rank());
  if (failure.step() >= 0) place += fmt::format("step {}, ", failure.step());
  if (!failure.op().empty()) place += failure.op() + ", ";
  if (!place.empty()) place.replace(place.size() - 2, 2, ": ");
  return absl::AbortedError(fmt::format("job {} failed: {}{}", job.name(), place, failure.message()));
}

}  // namespace ringside::cli
