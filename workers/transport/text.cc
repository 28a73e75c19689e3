#include "workers/transport/text.h"

#include <fmt/format.h>

#include "base/status_macros.h"

namespace ringside::workers {

absl::Status SendText(Transport& transport, const std::string& text, int peer,
                      const std::atomic<bool>& stop) {
  const auto bytes = static_cast<int64_t>(text.size());
  if (bytes > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        fmt::format("rank {} cannot tell rank {} {} bytes at once", transport.rank(), peer, bytes));
  }
  RINGSIDE_ASSIGN_OR_RETURN(const RequestId length,
                            transport.Isend(&bytes, sizeof bytes, peer, kControlChannel));
  RINGSIDE_RETURN_IF_ERROR(Await(transport, length, stop));
  if (bytes == 0) return absl::OkStatus();
  RINGSIDE_ASSIGN_OR_RETURN(const RequestId body, transport.Isend(text.data(), bytes, peer, kControlChannel));
  return Await(transport, body, stop);
}

absl::StatusOr<std::string> ReceiveText(Transport& transport, int peer, const std::atomic<bool>& stop) {
  int64_t bytes = 0;
  RINGSIDE_ASSIGN_OR_RETURN(const RequestId length,
                            transport.Irecv(&bytes, sizeof bytes, peer, kControlChannel));
  RINGSIDE_RETURN_IF_ERROR(Await(transport, length, stop));
  if (bytes < 0 || bytes > kMaxTextBytes) {
    return absl::InternalError(fmt::format("rank {} announced a message of {} bytes", peer, bytes));
  }
  std::string text(static_cast<size_t>(bytes), '\0');
  if (bytes == 0) return text;
  RINGSIDE_ASSIGN_OR_RETURN(const RequestId body, transport.Irecv(text.data(), bytes, peer, kControlChannel));
  RINGSIDE_RETURN_IF_ERROR(Await(transport, body, stop));
  return text;
}

}  // namespace ringside::workers
