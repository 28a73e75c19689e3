// One attempt of one job, from Launch to the end of its last process: who has connected, who was heard when,
// what is still missing, and what is wrong.
//
//   connecting --all said hello--> running --all done--> storing --stored--> finishing --exit--> ended
//   connecting, running --trouble--> collecting --cause named--> stopping --exit--> ended
//   connecting, running, collecting --cancel, deadline, own fault of a rank--> stopping
//
// Collecting waits a bounded time for the evidence that tells a cause from its echoes (cause.h).
// An attempt ends only when the launcher says that no process is left, or when that takes too long.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/core/cause.h"
#include "coordinator/core/types.h"
#include "ringside/v1/worker.pb.h"

namespace ringside::coordinator {

// "forward gemm layer 3 mb 1" for an op of a rank of a running job; empty if not known.
using OpNamer = std::function<std::string(const std::string& job_id, int rank, int op)>;

class Attempt {
 public:
  // `limits` and `namer` outlive the attempt. Emits Launch.
  Attempt(AttemptId id, const JobSpec& spec, const Limits& limits, const OpNamer& namer, Instant now,
          Actions* out);

  // INVALID_ARGUMENT, ALREADY_EXISTS, ABORTED as worker.proto says; on success emits SendProgram.
  absl::Status Hello(int rank, int world_size, Instant now, Actions* out);
  void Heard(int rank, const v1::WorkerMessage& message, Instant now, Actions* out);  // any but hello
  void StreamBroke(int rank, Instant now, Actions* out);
  void TraceStored(const absl::Status& status, Instant now, Actions* out);
  void LauncherExited(LauncherExit exit, Instant now, Actions* out);
  void Tick(Instant now, Actions* out);
  // False: too late, the outcome is already known.
  bool Cancel(Instant now, Actions* out);

  const AttemptId& id() const { return id_; }
  bool ended() const { return ended_; }
  v1::JobState outcome() const { return outcome_; }  // once ended
  const v1::Failure& failure() const { return failure_; }
  const std::string& note() const { return note_; }  // appended to launcher_note
  // A step's progress that has not been taken yet.
  std::optional<v1::Progress> TakeProgress();

 private:
  enum class Phase { kConnecting, kRunning, kCollecting, kStoring, kFinishing, kStopping };
  struct Rank {
    bool connected = false;  // has said hello
    bool open = false;       // its stream is
    bool done = false;
    int64_t last_heard_ns = 0;
    int step = -1;
    int op = -1;
    int64_t ops_done = -1;
    v1::Heartbeat last_beat;
    int64_t live_bytes = 0;
    int64_t peak_bytes = 0;
    v1::RankTrace trace;
    bool has_trace = false;
  };

  void OnProgress(int rank, const v1::Progress& progress);
  void OnTracePart(int rank, const v1::RankTrace& part, Instant now, Actions* out);
  void OnFailure(int rank, v1::Failure failure, Instant now, Actions* out);
  void OnDone(int rank, const v1::WorkerDone& done, Instant now, Actions* out);
  void Collect(Sign sign, Instant now);
  void DecideIfComplete(Instant now, Actions* out);
  void Decide(v1::JobState outcome, v1::Failure failure, Instant now, Actions* out);
  void Fail(absl::StatusCode code, int rank, std::string message, Instant now, Actions* out);
  void CheckLaunch(Instant now, Actions* out);
  void CheckLiveness(Instant now, Actions* out);
  void End() { ended_ = true; }
  bool Decided() const { return phase_ == Phase::kStopping || phase_ == Phase::kFinishing; }
  void AddNote(const std::string& text);
  Sign Position(int rank) const;
  std::string MissingRanks() const;  // "rank 1", "ranks 1, 3"; empty: none
  int FurthestBehind() const;
  std::string Stall() const;  // "; stalled: ..." (stall_report.h), or nothing

  const AttemptId id_;
  const JobSpec spec_;
  const Limits& limits_;
  const OpNamer& namer_;
  const int64_t start_ns_;
  Phase phase_ = Phase::kConnecting;
  std::vector<Rank> ranks_;
  std::vector<Sign> signs_;
  std::optional<LauncherExit> exit_;
  int64_t trouble_ns_ = 0;        // first sign
  int64_t last_progress_ns_ = 0;  // any rank
  int64_t decided_ns_ = 0;        // stopping or finishing since
  int64_t trace_bytes_ = 0;
  bool kill_sent_ = false;
  int last_published_step_ = -1;
  std::optional<v1::Progress> progress_;
  std::optional<v1::Environment> environment_;
  v1::JobState outcome_ = v1::JOB_STATE_UNSPECIFIED;
  v1::Failure failure_;
  std::string note_;
  bool ended_ = false;
};

}  // namespace ringside::coordinator
