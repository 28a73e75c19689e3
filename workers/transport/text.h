// Texts between two ranks, for control messages: the length goes first, as a receive must name its size.
#pragma once

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

inline constexpr int64_t kMaxTextBytes = int64_t{1} << 30;

// On the control channel, to the end; a text for each that is received. CANCELLED: `stop`. INVALID_ARGUMENT:
// longer than kMaxTextBytes. Else the transport's errors.
absl::Status SendText(Transport& transport, const std::string& text, int peer, const std::atomic<bool>& stop);
// INTERNAL: the peer announced what no text can be.
absl::StatusOr<std::string> ReceiveText(Transport& transport, int peer, const std::atomic<bool>& stop);

}  // namespace ringside::workers
