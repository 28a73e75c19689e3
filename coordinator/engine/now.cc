#include "coordinator/engine/now.h"

#include <chrono>

namespace ringside::coordinator {

Instant Now() {
  const auto ns = [](auto since_epoch) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
  };
  return {ns(std::chrono::steady_clock::now().time_since_epoch()),
          ns(std::chrono::system_clock::now().time_since_epoch())};
}

absl::Status ShuttingDown() {
  return absl::UnavailableError("the coordinator is shutting down; try again later");
}

std::string StateName(v1::JobState state) {
  switch (state) {
    case v1::JOB_STATE_QUEUED:
      return "queued";
    case v1::JOB_STATE_RUNNING:
      return "running";
    case v1::JOB_STATE_SUCCEEDED:
      return "succeeded";
    case v1::JOB_STATE_FAILED:
      return "failed";
    case v1::JOB_STATE_CANCELLED:
      return "cancelled";
    default:
      return "in an unknown state";
  }
}

}  // namespace ringside::coordinator
