#include "workers/transport/transport.h"

#include "base/status_macros.h"

namespace ringside::workers {

absl::Status Await(Transport& transport, RequestId request, const std::atomic<bool>& stop) {
  for (int in_vain = 0;; ++in_vain) {
    const uint64_t seen = transport.EventCount();
    RINGSIDE_ASSIGN_OR_RETURN(const auto ended, transport.Test(request));
    if (ended.has_value()) return absl::OkStatus();
    if (stop) {
      transport.Abandon();  // the caller's buffer may go now
      return absl::CancelledError("the run was stopped");
    }
    transport.WaitForEvent(seen, in_vain, Waiter::kForeground);
  }
}

}  // namespace ringside::workers
