// `ringside grade COHORT`: thousands of answers graded by processes, evaluators elsewhere or the ranks of an
// mpirun; stopped at any moment, it goes on with --resume.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "base/status_macros.h"
#include "cli/cohort_designs.h"
#include "cli/cohort_judge.h"
#include "cli/cohort_report.h"
#include "cli/cohort_share.h"
#include "cli/cohort_source.h"
#include "cli/command.h"
#include "cli/grade_worker.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/temporary_directory.h"
#include "evaluator/cohort/batch.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

namespace fs = std::filesystem;

// One run of the command, step by step.
class CohortRun {
 public:
  explicit CohortRun(const GradeOptions& options) : options_(options), source_(options.answers[0]) {
    const fs::path path = fs::path(source_).lexically_normal();
    const std::string name = path.has_filename() ? path.stem().string() : path.parent_path().stem().string();
    out_ = options.out.empty() ? "out/grade-" + AsFileName(name) : options.out;
  }

  absl::Status Run();
  const std::string& out() const { return out_; }
  const Share& share() const { return share_; }
  bool all_graded() const { return all_graded_; }
  CohortReport& report() { return report_; }

 private:
  std::string StorePath(const Share& share) const {
    return share.whole() ? out_ + "/cohort.sqlite"
                         : fmt::format("{}/share-{}-of-{}.sqlite", out_, share.shard, share.shards);
  }
  absl::Status Lock(const std::string& name, bool wait);
  absl::Status CheckWhatIsThere(cohort::CohortStore& store);
  absl::Status Grade(cohort::CohortStore& store, const std::string& fingerprint);
  absl::StatusOr<bool> Merge(const std::string& fingerprint);
  absl::StatusOr<std::vector<std::unique_ptr<cohort::GradeWorker>>> Workers();

  const GradeOptions& options_;
  const std::string source_;
  std::string out_;
  Share share_;
  Progress progress_;
  Interrupt interrupt_;
  std::unique_ptr<TemporaryDirectory> sockets_;
  std::unique_ptr<CohortDesigns> designs_;
  std::unique_ptr<cohort::CohortGrader> grader_;
  evaluator::Bank bank_ = evaluator::EmbeddedBank();
  CohortReport report_;
  bool all_graded_ = false;
};

// Held until this process ends.
absl::Status CohortRun::Lock(const std::string& name, bool wait) {
  const std::string path = out_ + "/" + name;
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::PermissionDeniedError(fmt::format("{}: {}", path, std::strerror(errno)));
  if (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  close(fd);
  return absl::FailedPreconditionError(
      fmt::format("{}: another ringside grades into this folder; wait for it or choose another --out", out_));
}

absl::Status CohortRun::CheckWhatIsThere(cohort::CohortStore& store) {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t graded, store.NumGraded());
  if (options_.regrade) {
    RINGSIDE_ASSIGN_OR_RETURN(const int64_t answers, store.NumAnswers());
    if (!options_.resume && graded > 0) {
      if (share_.whole() && graded < answers) {
        return absl::FailedPreconditionError(
            fmt::format("{}: {} of {} answers are graded; end that with --resume before --regrade", out_,
                        graded, answers));
      }
      return store.BeginRegrade();
    }
    return absl::OkStatus();
  }
  if (graded > 0 && !options_.resume) {
    return absl::AlreadyExistsError(fmt::format(
        "{}: holds {} grades of this cohort; go on with --resume, grade anew with --regrade or choose "
        "another --out",
        out_, graded));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::unique_ptr<cohort::GradeWorker>>> CohortRun::Workers() {
  std::vector<std::unique_ptr<cohort::GradeWorker>> workers;
  for (const std::string& address : options_.evaluators) workers.push_back(RemoteGradeWorker(address));
  if (!workers.empty()) return workers;
  // The ranks of an mpirun are the workers; each grades by itself.
  const int processes = options_.workers >= 0 ? options_.workers
                        : share_.whole() ? static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))
                                         : 0;
  if (processes == 0) {
    designs_ = std::make_unique<CohortDesigns>(options_.profile);
    grader_ = std::make_unique<cohort::CohortGrader>(
        bank_, [this](const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
          return designs_->Grade(question, answer);
        });
    workers.push_back(std::make_unique<cohort::LocalGradeWorker>(grader_.get()));
    return workers;
  }
  RINGSIDE_ASSIGN_OR_RETURN(sockets_, TemporaryDirectory::Create());
  for (int i = 0; i < processes; ++i) {
    workers.push_back(ProcessGradeWorker(sockets_->path(), i, options_.bank, options_.profile));
  }
  return workers;
}

absl::Status CohortRun::Grade(cohort::CohortStore& store, const std::string& fingerprint) {
  RINGSIDE_RETURN_IF_ERROR(store.Claim(fingerprint));
  RINGSIDE_RETURN_IF_ERROR(CheckWhatIsThere(store));
  RINGSIDE_ASSIGN_OR_RETURN(const std::string key, NamesKey(out_));
  cohort::BatchHooks hooks;
  hooks.cancelled = [this] { return interrupt_.requested(); };
  hooks.progress = [this](const cohort::BatchProgress& progress) {
    progress_.Detail(progress.graded == 0
                         ? fmt::format("{} answers read", progress.answers)
                         : fmt::format("{} of {} answers graded", progress.graded, progress.answers));
  };
  progress_.Headline(fmt::format("grading {}", source_));
  RINGSIDE_ASSIGN_OR_RETURN(const auto reader, cohort::OpenAnswers(source_));
  RINGSIDE_RETURN_IF_ERROR(cohort::Ingest(*reader, store, hooks));
  RINGSIDE_ASSIGN_OR_RETURN(const auto workers, Workers());
  cohort::BatchOptions batch;
  batch.shard = share_.shard;
  batch.shards = share_.shards;
  return cohort::GradeUngraded(store, key, workers, batch, hooks);
}

// False: other shares are not done yet.
absl::StatusOr<bool> CohortRun::Merge(const std::string& fingerprint) {
  RINGSIDE_RETURN_IF_ERROR(Lock(".merge.lock", /*wait=*/true));
  int64_t graded = 0, answers = 0;
  for (int shard = 0; shard < share_.shards; ++shard) {
    const std::string path = StorePath({shard, share_.shards});
    if (!fs::exists(path)) return false;
    RINGSIDE_ASSIGN_OR_RETURN(cohort::CohortStore store, cohort::CohortStore::Open(path));
    RINGSIDE_ASSIGN_OR_RETURN(const bool complete, store.complete());
    RINGSIDE_ASSIGN_OR_RETURN(const int64_t of_share, store.NumGraded());
    if (!complete) return false;
    RINGSIDE_ASSIGN_OR_RETURN(answers, store.NumAnswers());
    graded += of_share;
  }
  if (graded < answers) return false;
  RINGSIDE_ASSIGN_OR_RETURN(cohort::CohortStore all, cohort::CohortStore::Open(StorePath({})));
  RINGSIDE_RETURN_IF_ERROR(all.Claim(fingerprint));
  for (int shard = 0; shard < share_.shards; ++shard) {
    RINGSIDE_RETURN_IF_ERROR(all.MergeFrom(StorePath({shard, share_.shards})));
  }
  RINGSIDE_RETURN_IF_ERROR(all.SetComplete());
  return true;
}

absl::Status CohortRun::Run() {
  RINGSIDE_ASSIGN_OR_RETURN(share_,
                            ShareOf(options_.shard, [](const char* name) { return std::getenv(name); }));
  if (options_.regrade && !share_.whole()) {
    return absl::InvalidArgumentError("--regrade: not for a share; grade the whole cohort anew");
  }
  if (!options_.bank.empty()) {
    RINGSIDE_ASSIGN_OR_RETURN(bank_, evaluator::LoadBank(options_.bank));
  }
  RINGSIDE_RETURN_IF_ERROR(cohort::OpenAnswers(source_).status());  // before anything is made
  std::error_code error;
  fs::create_directories(out_, error);
  if (error) return absl::PermissionDeniedError(fmt::format("{}: {}", out_, error.message()));
  RINGSIDE_RETURN_IF_ERROR(
      Lock(share_.whole() ? ".lock" : fmt::format(".lock-{}", share_.shard), /*wait=*/false));
  RINGSIDE_ASSIGN_OR_RETURN(const std::string fingerprint, FingerprintOfSource(source_));
  {
    RINGSIDE_ASSIGN_OR_RETURN(cohort::CohortStore store, cohort::CohortStore::Open(StorePath(share_)));
    RINGSIDE_RETURN_IF_ERROR(Grade(store, fingerprint));
  }
  all_graded_ = true;
  if (!share_.whole()) {
    RINGSIDE_ASSIGN_OR_RETURN(all_graded_, Merge(fingerprint));
    if (!all_graded_) return absl::OkStatus();
  }
  progress_.Detail("writing the reports");
  RINGSIDE_ASSIGN_OR_RETURN(const cohort::CohortStore store, cohort::CohortStore::Open(StorePath({})));
  RINGSIDE_ASSIGN_OR_RETURN(const auto opinions,
                            AskJudge(
                                store, bank_, out_, options_, [this] { return interrupt_.requested(); },
                                [this](const std::string& doing) { progress_.Detail(doing); }));
  RINGSIDE_ASSIGN_OR_RETURN(report_, ReportCohort(store, bank_, source_, out_, opinions, options_));
  progress_.Clear();
  return absl::OkStatus();
}

}  // namespace

int GradeCohort(const GradeOptions& options) {
  const Output output(options.json);
  CohortRun run(options);
  if (const absl::Status status = run.Run(); !status.ok()) {
    const int code = Fail(status);
    if (absl::IsCancelled(status)) {
      fmt::print(stderr, "what was graded is kept in {}; go on with --resume\n", run.out());
    }
    return code;
  }
  if (!run.all_graded()) {
    output.Print(fmt::format("share {} of {} is graded; the last one to end writes the reports into {}\n",
                             run.share().shard, run.share().shards, run.out()));
    return kExitOk;
  }
  output.Print(run.report().text);
  for (const std::string& line : run.report().complaints) fmt::print(stderr, "ringside: {}\n", line);
  if (absl::Status written = output.WriteJson(run.report().json); !written.ok()) return Fail(written);
  return run.report().errors > 0 ? kExitFailed : kExitOk;
}

}  // namespace ringside::cli
