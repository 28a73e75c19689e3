// Grades a cohort: reads its answers into the store, has what is ungraded graded by workers, and puts every
// grade into the store as it comes. Killed at any moment, it goes on where it was when called again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/cohort/grader.h"
#include "evaluator/cohort/store.h"

namespace ringside::cohort {

// One that grades, e.g. a process behind gRPC. Called from one thread at a time.
class GradeWorker {
 public:
  virtual ~GradeWorker() = default;
  // As many grades as answers, in their order. An error: the worker died or cannot be reached; it will be
  // asked again, and begins anew if it can.
  virtual absl::StatusOr<std::vector<v1::CohortGrade>> Grade(
      const std::vector<v1::CohortAnswer>& answers) = 0;
};

// In this process.
class LocalGradeWorker : public GradeWorker {
 public:
  explicit LocalGradeWorker(CohortGrader* grader) : grader_(grader) {}
  absl::StatusOr<std::vector<v1::CohortGrade>> Grade(const std::vector<v1::CohortAnswer>& answers) override;

 private:
  CohortGrader* grader_;
};

struct BatchOptions {
  int chunk_answers = 64;
  // Of answers in memory at once.
  int window = 2048;
  // The share of several that grade one cohort, each with a store of its own: answers whose number leaves
  // `shard` when divided by `shards`.
  int shard = 0, shards = 1;
  // After so many failures of a worker in a row it is not asked any more.
  int failures_in_a_row = 8;
};

struct BatchProgress {
  int64_t answers = 0, graded = 0;  // of this shard
};

struct BatchHooks {
  std::function<void(const BatchProgress&)> progress;  // may be empty; called from the caller's thread
  std::function<bool()> cancelled;                     // may be empty
};

// Anonymous names: stable in a cohort, and not to be told back without its key.
std::string AnonymousName(std::string_view key, std::string_view candidate);

// Reads all of the source into the store. CANCELLED, or errors of the source or the store.
absl::Status Ingest(AnswerReader& source, CohortStore& store, const BatchHooks& hooks);

// REQUIRES: ingested. UNAVAILABLE: no worker is left. CANCELLED: what was graded is kept.
absl::Status GradeUngraded(CohortStore& store, std::string_view key,
                           const std::vector<std::unique_ptr<GradeWorker>>& workers,
                           const BatchOptions& options, const BatchHooks& hooks);

}  // namespace ringside::cohort
