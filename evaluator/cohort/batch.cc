#include "evaluator/cohort/batch.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/status_macros.h"
#include "evaluator/cohort/dispatch.h"
#include "evaluator/design/fingerprint.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr int kIngestAnswers = 500;  // a transaction

bool Cancelled(const BatchHooks& hooks) {
  return hooks.cancelled && hooks.cancelled();
}

// The dispatcher, the answers it numbers and the grades that came, shared by the workers' threads. The store
// is touched by the caller's thread alone.
class Floor {
 public:
  Floor(const BatchOptions& options, size_t workers)
      : dispatcher_(options.chunk_answers),
        failures_in_a_row_(options.failures_in_a_row),
        workers_(workers) {}

  void Add(std::vector<StoredAnswer> answers) {
    const std::lock_guard lock(mutex_);
    std::vector<int64_t> numbers;
    for (StoredAnswer& stored : answers) {
      numbers.push_back(stored.number);
      answers_[stored.number] = std::move(stored.answer);
    }
    dispatcher_.Add(numbers);
    changed_.notify_all();
  }

  // Until there are grades, all is idle or no worker is left. Wakes at least every 200 ms, for who asks to
  // stop.
  std::vector<NumberedGrade> Take() {
    std::unique_lock lock(mutex_);
    taken_.wait_for(lock, std::chrono::milliseconds(200),
                    [&] { return !grades_.empty() || dispatcher_.idle() || workers_ == 0; });
    return std::exchange(grades_, {});
  }

  int64_t open() {
    const std::lock_guard lock(mutex_);
    return dispatcher_.open();
  }
  absl::Status last_failure() {
    const std::lock_guard lock(mutex_);
    return last_failure_;
  }
  bool no_worker_left() {
    const std::lock_guard lock(mutex_);
    return workers_ == 0;
  }

  void Stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  void Work(GradeWorker& worker) {
    int failures = 0;
    while (auto chunk = NextChunk()) {
      std::vector<v1::CohortAnswer> answers = AnswersOf(*chunk);
      absl::StatusOr<std::vector<v1::CohortGrade>> grades = worker.Grade(answers);
      if (grades.ok() && grades->size() != answers.size()) {
        grades = absl::InternalError(fmt::format("{} grades for {} answers", grades->size(), answers.size()));
      }
      const std::lock_guard lock(mutex_);
      if (grades.ok()) {
        failures = 0;
        for (size_t i = 0; i < answers.size(); ++i) End(chunk->answers[i], std::move((*grades)[i]));
        dispatcher_.Done(chunk->ticket);
      } else {
        last_failure_ = grades.status();
        const auto given_up = dispatcher_.Failed(chunk->ticket, std::string(grades.status().message()));
        if (given_up) {
          End(given_up->answer,
              ErrorGrade(answers_[given_up->answer], fmt::format("the grader failed on it {} times: {}",
                                                                 Dispatcher::kTries, given_up->reason)));
        }
        ++failures;
      }
      changed_.notify_all();
      taken_.notify_all();
      if (failures >= failures_in_a_row_) break;
    }
    const std::lock_guard lock(mutex_);
    --workers_;
    taken_.notify_all();
  }

 private:
  std::optional<Dispatcher::Chunk> NextChunk() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || dispatcher_.waiting() > 0; });
    return stopped_ ? std::nullopt : dispatcher_.Next();
  }
  std::vector<v1::CohortAnswer> AnswersOf(const Dispatcher::Chunk& chunk) {
    const std::lock_guard lock(mutex_);
    std::vector<v1::CohortAnswer> answers;
    for (const int64_t number : chunk.answers) answers.push_back(answers_.at(number));
    return answers;
  }
  void End(int64_t number, v1::CohortGrade grade) {
    answers_.erase(number);
    grades_.push_back({number, std::move(grade)});
  }

  std::mutex mutex_;
  std::condition_variable changed_, taken_;
  Dispatcher dispatcher_;
  std::map<int64_t, v1::CohortAnswer> answers_;
  std::vector<NumberedGrade> grades_;
  absl::Status last_failure_;
  const int failures_in_a_row_;
  size_t workers_;
  bool stopped_ = false;
};

}  // namespace

absl::StatusOr<std::vector<v1::CohortGrade>> LocalGradeWorker::Grade(
    const std::vector<v1::CohortAnswer>& answers) {
  std::vector<v1::CohortGrade> grades;
  for (const v1::CohortAnswer& answer : answers) grades.push_back(grader_->Grade(answer));
  return grades;
}

std::string AnonymousName(std::string_view key, std::string_view candidate) {
  const std::string text = fmt::format("{0}\n{1}\n{0}", key, candidate);
  return "c" + evaluator::FingerprintText(text).substr(0, 12);
}

absl::Status Ingest(AnswerReader& source, CohortStore& store, const BatchHooks& hooks) {
  RINGSIDE_ASSIGN_OR_RETURN(const bool complete, store.complete());
  if (complete) return absl::OkStatus();
  std::vector<StoredAnswer> some;
  int64_t number = 0;
  while (true) {
    if (Cancelled(hooks)) return absl::CancelledError("stopped while reading the answers");
    RINGSIDE_ASSIGN_OR_RETURN(auto read, source.Next());
    if (read) some.push_back({number++, std::move(read->answer), std::move(read->error)});
    if (!read || static_cast<int>(some.size()) == kIngestAnswers) {
      RINGSIDE_RETURN_IF_ERROR(store.Add(some));
      some.clear();
      if (hooks.progress) hooks.progress({number, 0});
    }
    if (!read) return store.SetComplete();
  }
}

absl::Status GradeUngraded(CohortStore& store, std::string_view key,
                           const std::vector<std::unique_ptr<GradeWorker>>& workers,
                           const BatchOptions& options, const BatchHooks& hooks) {
  Floor floor(options, workers.size());
  std::vector<std::thread> threads;
  for (const auto& worker : workers) threads.emplace_back([&floor, &worker] { floor.Work(*worker); });

  const auto grade_all = [&]() -> absl::Status {
    BatchProgress progress;
    RINGSIDE_ASSIGN_OR_RETURN(const int64_t answers, store.NumAnswers());
    progress.answers = answers / options.shards + (answers % options.shards > options.shard ? 1 : 0);
    RINGSIDE_ASSIGN_OR_RETURN(progress.graded, store.NumGraded());
    int64_t next = 0;
    bool all_out = false;
    while (!all_out || floor.open() > 0) {
      if (Cancelled(hooks)) return absl::CancelledError("stopped; what was graded is kept");
      std::vector<NumberedGrade> grades;
      if (!all_out && floor.open() < options.window / 2) {
        RINGSIDE_ASSIGN_OR_RETURN(std::vector<StoredAnswer> some, store.Ungraded(next, options.window));
        all_out = some.empty();
        if (!some.empty()) next = some.back().number + 1;
        std::vector<StoredAnswer> good;
        for (StoredAnswer& stored : some) {
          if (stored.number % options.shards != options.shard) continue;
          if (!stored.answer.candidate().empty()) {
            stored.answer.set_candidate(AnonymousName(key, stored.answer.candidate()));
          }
          if (stored.error.empty()) {
            good.push_back(std::move(stored));
          } else {
            grades.push_back({stored.number, ErrorGrade(stored.answer, stored.error)});
          }
        }
        floor.Add(std::move(good));
      }
      if (floor.open() > 0) {
        for (NumberedGrade& grade : floor.Take()) grades.push_back(std::move(grade));
        if (floor.no_worker_left() && grades.empty() && floor.open() > 0) {
          return absl::UnavailableError(fmt::format("no worker is left that grades; the last said: {}",
                                                    std::string(floor.last_failure().message())));
        }
      }
      if (grades.empty()) continue;
      RINGSIDE_RETURN_IF_ERROR(store.Put(grades));
      progress.graded += static_cast<int64_t>(grades.size());
      if (hooks.progress) hooks.progress(progress);
    }
    // What came between the last look and the end.
    const std::vector<NumberedGrade> rest = floor.Take();
    return rest.empty() ? absl::OkStatus() : store.Put(rest);
  };
  const absl::Status status = grade_all();
  floor.Stop();
  for (std::thread& thread : threads) thread.join();
  return status;
}

}  // namespace ringside::cohort
