// Records what one rank does, for v1::RankTrace. Storage is taken before the first step, so that recording
// costs two clock readings an op and nothing else.
//
// Kept: every op of every step (up to kMaxSpans; then only the marks of later steps, and dropped_steps() says
// how many); the allocation events before the first step, of the first step and of the first step after the
// warm-up (steps repeat each other, and all of them would dwarf the rest); the rounds of the communication
// ops of the same steps (up to kMaxHops; dropped_hops in the trace says how many more there were); the
// high-water marks of the whole run. Times are the rank's own clock until Finish. Threading: the thread that
// runs the program.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/program.h"
#include "ringside/v1/trace.pb.h"
#include "workers/arena.h"
#include "workers/clock_sync.h"
#include "workers/comm/communicator.h"

namespace ringside::workers {

class Tracer {
 public:
  static constexpr int64_t kMaxSpans = 500'000;
  static constexpr int64_t kMaxHops = 200'000;

  explicit Tracer(const plan::Program& program, int64_t max_spans = kMaxSpans, int64_t max_hops = kMaxHops);

  // Steps follow each other; the first need not be 0.
  void BeginStep(int32_t step, int64_t now_ns);
  void Compute(int32_t op, int64_t start_ns, int64_t end_ns);
  void Communication(int32_t op, const CommRecord& record);
  // `op` -1 before the first step. Ignored in steps whose events are not kept.
  void Memory(int64_t now_ns, int32_t op, int32_t buffer, int64_t delta_bytes);
  bool KeepsMemory() const { return keeps_memory_; }
  // `metrics`: as Program::metrics.
  void EndStep(int64_t now_ns, bool has_loss, double loss, std::vector<double> metrics = {});

  int32_t dropped_steps() const { return dropped_steps_; }
  int64_t first_step_start_ns() const { return steps_.empty() ? 0 : steps_.front().start_ns; }

  // Everything, on the job's clock. rank, host, pid and params are the caller's to fill in.
  v1::RankTrace Finish(const ClockAlignment& alignment, const Arena& arena) const;

 private:
  struct Span {
    int64_t issue_ns, start_ns, end_ns, sent_bytes, received_bytes;
  };
  struct Event {
    int64_t t_ns;
    int32_t step, op, buffer;
    int64_t delta_bytes;
  };
  struct Mark {
    int64_t start_ns, end_ns;
    bool has_loss;
    double loss;
    std::vector<double> metrics;
  };

  Span* At(int32_t op) { return current_ == nullptr ? nullptr : current_ + op; }
  void AddSentBytes(v1::RankTrace* out) const;

  const plan::Program& program_;
  std::vector<Span> spans_;  // by step, then op
  int64_t kept_steps_ = 0;   // steps that spans_ has room for
  Span* current_ = nullptr;  // of the step under way; nullptr: not kept
  std::vector<Event> events_;
  std::vector<v1::HopSpan> hops_;  // on the rank's own clock
  int64_t dropped_hops_ = 0;
  std::vector<Mark> steps_;  // from first_step_ on
  int32_t first_step_ = 0;
  int32_t step_ = -1;
  bool keeps_memory_ = true;
  const int64_t max_hops_;
  int32_t dropped_steps_ = 0;
};

}  // namespace ringside::workers
