// Short hands for tests of the core.
#pragma once

#include <string>
#include <vector>

#include "coordinator/core/scheduler.h"

namespace ringside::coordinator {

inline JobRecord MakeJob(const std::string& id, int world_size = 2) {
  JobRecord record;
  record.job.set_id(id);
  record.job.set_state(v1::JOB_STATE_QUEUED);
  record.job.set_world_size(world_size);
  record.spec.world_size = world_size;
  record.spec.steps = 4;
  return record;
}

inline Instant At(double seconds) {
  const auto ns = static_cast<int64_t>(seconds * kSecond);
  return {.mono_ns = ns, .unix_ns = ns + 1'700'000'000 * kSecond};
}

inline v1::WorkerMessage HeartbeatMessage(int step, int op, int64_t ops_done) {
  v1::WorkerMessage message;
  message.mutable_heartbeat()->set_step(step);
  message.mutable_heartbeat()->set_op(op);
  message.mutable_heartbeat()->set_ops_done(ops_done);
  return message;
}

inline v1::WorkerMessage TracePartMessage(int rank) {
  v1::WorkerMessage message;
  message.mutable_trace_part()->set_rank(rank);
  message.mutable_trace_part()->add_spans()->set_op(7);
  return message;
}

inline v1::WorkerMessage FailureMessage(absl::StatusCode code, const std::string& text) {
  v1::WorkerMessage message;
  message.mutable_failure()->set_code(static_cast<int>(code));
  message.mutable_failure()->set_message(text);
  return message;
}

inline v1::WorkerMessage ProgressMessage(int step, bool has_loss, int64_t live_bytes = 0) {
  v1::WorkerMessage message;
  message.mutable_progress()->set_step(step);
  message.mutable_progress()->set_has_loss(has_loss);
  message.mutable_progress()->set_live_bytes(live_bytes);
  return message;
}

inline v1::WorkerMessage DoneMessage() {
  v1::WorkerMessage message;
  message.mutable_done();
  return message;
}

// The actions of one type, in order.
template <class T>
std::vector<T> Of(const Actions& actions) {
  std::vector<T> found;
  for (const Action& action : actions) {
    if (const T* one = std::get_if<T>(&action)) found.push_back(*one);
  }
  return found;
}

inline std::string TestOpName(const std::string&, int, int) {
  return "forward gemm layer 3 mb 1";
}

}  // namespace ringside::coordinator
