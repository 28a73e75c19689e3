// Thousands of random schedules of submissions, cancels, worker messages (doubled, dropped, late, false),
// deaths, launcher exits and coordinator restarts, against the invariants of the state machine.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "coordinator/core/scheduler.h"
#include "coordinator/core/testing.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

constexpr int kSchedules = 4000;
constexpr int kEventsPerSchedule = 250;

// The world outside the core: it carries actions out, plays workers and launchers, and checks.
class World {
 public:
  explicit World(uint64_t seed) : random_(seed), limits_(DrawLimits()) { NewScheduler(); }

  void Play() {
    for (int i = 0; i < kEventsPerSchedule && !::testing::Test::HasFailure(); ++i) OneEvent();
    Drain();
    for (const auto& [id, record] : stored_) {
      EXPECT_TRUE(HasEnded(record.job.state())) << id << " never ended";
      EXPECT_EQ(ends_[id], 1) << id;
    }
    EXPECT_EQ(scheduler_->num_running() + scheduler_->num_queued(), 0);
  }
  // How many jobs succeeded after a rank was lost.
  int CountRestarted() const {
    return static_cast<int>(std::count_if(stored_.begin(), stored_.end(), [](const auto& entry) {
      return entry.second.job.state() == v1::JOB_STATE_SUCCEEDED && entry.second.job.restarts_size() > 0;
    }));
  }
  // How many jobs came to this end, in this attempt.
  int Count(v1::JobState state, int attempt) const {
    return static_cast<int>(std::count_if(stored_.begin(), stored_.end(), [&](const auto& entry) {
      return entry.second.job.state() == state && entry.second.job.attempt() == attempt;
    }));
  }

 private:
  struct Running {
    AttemptId id;
    int world_size;
    bool launcher_alive = true;
    int64_t killed_ms = -1;
    bool store_pending = false;
    bool stored = false;
    std::set<int> connected, done;
  };

  int Draw(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  Limits DrawLimits() { return {.max_running = 1 + Draw(3), .max_queued = 1 + Draw(6)}; }
  Instant Now() const { return At(static_cast<double>(now_ms_) / 1000); }
  void NewScheduler() { scheduler_ = std::make_unique<Scheduler>(limits_, TestOpName); }

  void OneEvent() {
    now_ms_ += Draw(10) == 0 ? Draw(20000) : Draw(300);
    const int kind = Draw(100);
    if (kind < 8)
      Submit();
    else if (kind < 12)
      Cancel();
    else if (kind < 13)
      Restart();
    else if (kind < 20)
      Carry([&](Actions* out) { scheduler_->Tick(Now(), out); });
    else
      WorkerEvent();
  }

  void Submit() {
    if (!scheduler_->Admit().ok()) {
      EXPECT_GE(scheduler_->num_queued(), limits_.max_queued);
      return;
    }
    const std::string id = "j" + std::to_string(stored_.size());
    JobRecord record = MakeJob(id, 1 + Draw(4));
    record.spec.reports_loss = Draw(2) == 0;
    record.spec.max_restarts = 2 * Draw(2);
    stored_[id] = record;
    Carry([&](Actions* out) { scheduler_->Submit(record, Now(), out); });
  }

  void Cancel() {
    if (stored_.empty()) return;
    const std::string id = "j" + std::to_string(Draw(static_cast<int>(stored_.size()) + 1));
    Carry([&](Actions* out) {
      const bool live = stored_.contains(id) && !HasEnded(stored_[id].job.state());
      const absl::Status status = scheduler_->Cancel(id, Now(), out);
      EXPECT_EQ(status.code() == absl::StatusCode::kNotFound, !live) << status;
      if (status.ok()) cancelled_.insert(id);
    });
  }

  void Restart() {
    for (auto& [id, running] : running_) past_.push_back(running);
    running_.clear();
    NewScheduler();
    std::vector<JobRecord> records;
    for (const auto& [id, record] : stored_) {
      if (!HasEnded(record.job.state())) records.push_back(record);
    }
    Carry([&](Actions* out) { scheduler_->Recover(records, Now(), out); });
  }

  // Something happens to a running attempt or, at times, to one that is long over.
  void WorkerEvent() {
    const bool stale = running_.empty() || Draw(12) == 0;
    if (stale && past_.empty()) return;
    auto it = running_.begin();
    if (!stale) std::advance(it, Draw(static_cast<int>(running_.size())));
    Running* attempt = stale ? &past_[Draw(static_cast<int>(past_.size()))] : &it->second;
    const AttemptId id = attempt->id;
    if (!stale && Draw(3) != 0) {
      NaturalEvent(attempt);
      return;
    }
    const int rank = Draw(attempt->world_size + 1) - (Draw(50) == 0);  // now and then out of range
    switch (Draw(16)) {
      case 0:
      case 1:
      case 2:
        Carry([&](Actions* out) {
          const auto status = scheduler_->Hello(id, rank, attempt->world_size, Now(), out);
          if (!status.ok()) return;
          EXPECT_TRUE(attempt->connected.insert(rank).second) << "two hellos of rank " << rank;
        });
        break;
      case 3:
      case 4:
        Hear(id, rank, Beat(attempt->world_size));
        break;
      case 5:
        Hear(id, rank, ProgressMessage(Draw(4), Draw(2) == 0));
        break;
      case 6:
      case 7:
        Hear(id, rank, TracePartMessage(Draw(60) == 0 ? rank + 1 : rank));
        break;
      case 8:
      case 9:
      case 10:
        attempt->done.insert(rank);
        Hear(id, rank, DoneMessage());
        break;
      case 11:
        if (Draw(6) == 0) Hear(id, rank, FailureMessage(static_cast<absl::StatusCode>(Draw(17)), "it broke"));
        break;
      case 12:
        if (Draw(6) == 0) Carry([&](Actions* out) { scheduler_->StreamBroke(id, rank, Now(), out); });
        break;
      case 13:
        if (Draw(6) == 0 || !attempt->launcher_alive) ExitLauncher(attempt);
        break;
      default:
        if (attempt->store_pending) AnswerStore(attempt, Draw(8) != 0);
        break;
    }
  }

  // With positions in sequences that make sense or none: of ranks that are not of the job, of nobody.
  v1::WorkerMessage Beat(int world_size) {
    v1::WorkerMessage message = HeartbeatMessage(Draw(4), Draw(100), Draw(1000));
    for (int i = Draw(3); i > 0; --i) {
      v1::CommPosition* position = message.mutable_heartbeat()->add_positions();
      position->set_axis(Draw(2) == 0 ? "dp" : "tp");
      position->set_step(Draw(4));
      position->set_seq(Draw(5));
      position->set_kind("all_reduce");
      position->set_under_way(Draw(2) == 0);
      const int members = Draw(5) == 0 ? Draw(8) : world_size;
      for (int rank = 0; rank < members; ++rank) position->add_ranks(rank);
    }
    return message;
  }

  // What a healthy attempt does next.
  void NaturalEvent(Running* attempt) {
    const AttemptId id = attempt->id;
    const int rank = Draw(attempt->world_size);
    if (attempt->store_pending) return AnswerStore(attempt, Draw(8) != 0);
    if (attempt->stored) return ExitLauncher(attempt);
    if (!attempt->connected.contains(rank)) {
      Carry([&](Actions* out) {
        if (scheduler_->Hello(id, rank, attempt->world_size, Now(), out).ok())
          attempt->connected.insert(rank);
      });
    } else {
      Hear(id, rank, TracePartMessage(rank));
      if (const auto it = running_.find(id.job_id); it != running_.end()) it->second.done.insert(rank);
      Hear(id, rank, DoneMessage());
    }
  }

  void Hear(const AttemptId& id, int rank, const v1::WorkerMessage& message) {
    const int copies = Draw(10) == 0 ? 2 : 1;
    for (int i = 0; i < copies; ++i)
      Carry([&](Actions* out) { scheduler_->Heard(id, rank, message, Now(), out); });
  }

  void ExitLauncher(Running* attempt) {
    const AttemptId id = attempt->id;
    LauncherExit exit{.exit_code = Draw(3), .signal = Draw(2) * 9};
    if (Draw(3) == 0) {
      exit.stderr_tail = "mpirun noticed that process rank " + std::to_string(Draw(6)) +
                         " with PID 0 on node x exited on signal 9 (Killed).";
    }
    if (Draw(10) == 0) exit.status = absl::InternalError("cannot start");
    attempt->launcher_alive = false;
    Carry([&](Actions* out) { scheduler_->LauncherExited(id, exit, Now(), out); });
  }

  void AnswerStore(Running* attempt, bool ok) {
    const AttemptId id = attempt->id;
    attempt->store_pending = false;
    attempt->stored = ok;
    Carry([&](Actions* out) {
      scheduler_->TraceStored(id, ok ? absl::OkStatus() : absl::ResourceExhaustedError("full"), Now(), out);
    });
  }

  // Nothing more is submitted; launchers obey, time passes, and all must come to an end.
  void Drain() {
    for (int round = 0; round < 4000 && scheduler_->num_running() > 0; ++round) {
      now_ms_ += 500;
      if (!running_.empty() && Draw(2) == 0) {
        auto it = running_.begin();
        std::advance(it, Draw(static_cast<int>(running_.size())));
        if (it->second.store_pending)
          AnswerStore(&it->second, true);
        else if (Draw(4) == 0)
          ExitLauncher(&it->second);
      }
      Carry([&](Actions* out) { scheduler_->Tick(Now(), out); });
    }
  }

  template <class Input>
  void Carry(Input input) {
    Actions out;
    input(&out);
    for (const Action& action : out) std::visit([&](const auto& one) { Perform(one); }, action);
    EXPECT_LE(scheduler_->num_running(), limits_.max_running);
    EXPECT_LE(static_cast<int>(running_.size()), limits_.max_running);
    if (scheduler_->num_queued() > 0) {
      EXPECT_EQ(scheduler_->num_running(), limits_.max_running);
    }
  }

  Running& Live(const AttemptId& id) {
    const auto it = running_.find(id.job_id);
    if (it != running_.end() && it->second.id == id) return it->second;
    ADD_FAILURE() << "action for attempt " << id.attempt << " of " << id.job_id << ", which is not running";
    static Running none;
    return none;
  }

  void Perform(const Persist& action) {
    const v1::Job& job = action.record.job;
    ASSERT_TRUE(stored_.contains(job.id()));
    const v1::Job before = stored_[job.id()].job;
    ASSERT_FALSE(HasEnded(before.state())) << job.id() << " changed after its end";
    stored_[job.id()] = action.record;
    if (job.state() == v1::JOB_STATE_FAILED) {
      EXPECT_FALSE(job.failure().message().empty());
      EXPECT_NE(job.failure().code(), 0);
    }
    EXPECT_EQ(job.state() == v1::JOB_STATE_FAILED, job.has_failure());
    if (job.state() == v1::JOB_STATE_CANCELLED) {
      EXPECT_TRUE(cancelled_.contains(job.id())) << "nobody asked";
    }
    if (job.state() == v1::JOB_STATE_SUCCEEDED) {
      const Running& attempt = Live({job.id(), job.attempt()});
      EXPECT_TRUE(attempt.stored);
      EXPECT_EQ(static_cast<int>(attempt.connected.size()), attempt.world_size);
      for (int rank = 0; rank < attempt.world_size; ++rank) EXPECT_TRUE(attempt.done.contains(rank));
    }
    CheckRestarts(action.record, before);
    if (HasEnded(job.state())) {
      ++ends_[job.id()];
      if (const auto it = running_.find(job.id()); it != running_.end()) {
        const Running& attempt = it->second;
        const bool waited =
            attempt.killed_ms >= 0 && (now_ms_ - attempt.killed_ms) * 1'000'000 >= limits_.kill_timeout_ns;
        EXPECT_TRUE(!attempt.launcher_alive || waited) << "ended before its last process";
        past_.push_back(it->second);
        running_.erase(it);
      }
    }
  }
  // Another attempt of a running job: a rank was lost, no process is left, and it is not one too many.
  void CheckRestarts(const JobRecord& record, const v1::Job& before) {
    const v1::Job& job = record.job;
    if (job.restarts_size() == before.restarts_size()) return;
    EXPECT_EQ(job.restarts_size(), before.restarts_size() + 1);
    EXPECT_EQ(before.state(), v1::JOB_STATE_RUNNING);
    EXPECT_EQ(job.state(), v1::JOB_STATE_RUNNING);
    EXPECT_EQ(job.attempt(), before.attempt() + 1);
    EXPECT_LE(job.attempt(), 1 + record.spec.max_restarts);
    EXPECT_FALSE(cancelled_.contains(job.id())) << "restarted though it was cancelled";
    const v1::Restart& restart = job.restarts(job.restarts_size() - 1);
    EXPECT_EQ(restart.failure().code(), static_cast<int>(absl::StatusCode::kUnavailable));
    const auto it = running_.find(job.id());
    ASSERT_NE(it, running_.end());
    EXPECT_FALSE(it->second.launcher_alive) << "restarted before its last process was gone";
    EXPECT_FALSE(it->second.connected.empty()) << "restarted though nobody had come";
    past_.push_back(it->second);
    running_.erase(it);
  }
  void Perform(const Publish& action) {
    ASSERT_TRUE(stored_.contains(action.job_id));
    const v1::JobState state = stored_[action.job_id].job.state();
    if (!action.event.has_job()) {
      EXPECT_EQ(state, v1::JOB_STATE_RUNNING);
      return;
    }
    EXPECT_EQ(action.event.job().state(), state) << "published before it was persisted";
    if (HasEnded(state)) {
      EXPECT_TRUE(end_published_.insert(action.job_id).second) << "ended twice";
    }
  }
  void Perform(const Launch& action) {
    const v1::Job& job = stored_[action.id.job_id].job;
    EXPECT_EQ(job.state(), v1::JOB_STATE_RUNNING);
    EXPECT_EQ(job.attempt(), action.id.attempt);
    EXPECT_LE(action.id.attempt, 1 + std::max(1, stored_[action.id.job_id].spec.max_restarts));
    EXPECT_EQ(action.id.attempt, ++launches_[action.id.job_id]);
    EXPECT_TRUE(
        running_.emplace(action.id.job_id, Running{.id = action.id, .world_size = job.world_size()}).second);
  }
  void Perform(const SendProgram& action) { EXPECT_LT(action.rank, Live(action.id).world_size); }
  void Perform(const StoreTrace& action) {
    Running& attempt = Live(action.id);
    EXPECT_FALSE(attempt.store_pending || attempt.stored);
    EXPECT_EQ(static_cast<int>(action.ranks.size()), attempt.world_size);
    for (int rank = 0; rank < attempt.world_size; ++rank) EXPECT_EQ(action.ranks[rank].rank(), rank);
    attempt.store_pending = true;
  }
  void Perform(const FinishWorkers& action) { EXPECT_TRUE(Live(action.id).stored); }
  void Perform(const StopWorkers& action) { Live(action.id); }
  void Perform(const KillLauncher& action) {
    Running& attempt = Live(action.id);
    EXPECT_TRUE(attempt.launcher_alive) << "killed after its exit";
    EXPECT_LT(attempt.killed_ms, 0) << "killed twice";
    attempt.killed_ms = now_ms_;
  }

  std::mt19937_64 random_;
  const Limits limits_;
  std::unique_ptr<Scheduler> scheduler_;
  int64_t now_ms_ = 0;
  std::map<std::string, JobRecord> stored_;
  std::map<std::string, Running> running_;
  std::vector<Running> past_;
  std::map<std::string, int> ends_, launches_;
  std::set<std::string> end_published_, cancelled_;
};

TEST(RandomSchedules, EveryJobEndsExactlyOnceAndNothingActsOnAnEndedOne) {
  int succeeded = 0, retried = 0, failed = 0, cancelled = 0, restarted = 0;
  for (uint64_t seed = 1; seed <= kSchedules; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    world.Play();
    if (HasFailure()) return;
    succeeded += world.Count(v1::JOB_STATE_SUCCEEDED, 1);
    retried += world.Count(v1::JOB_STATE_SUCCEEDED, 2);
    failed += world.Count(v1::JOB_STATE_FAILED, 1);
    cancelled += world.Count(v1::JOB_STATE_CANCELLED, 1);
    restarted += world.CountRestarted();
  }
  // The schedules must reach every end, or the invariants above have been tested on nothing.
  for (const int count : {succeeded, retried, failed, cancelled}) EXPECT_GE(count, 100);
  EXPECT_GE(restarted, 50);
}

}  // namespace
}  // namespace ringside::coordinator
