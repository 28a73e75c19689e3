#include "workers/checkpoint/exchange.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

#include "base/status_macros.h"
#include "workers/transport/text.h"

namespace ringside::checkpoint {
namespace {

using workers::ReceiveText;
using workers::SendText;
using workers::Transport;

std::string Pack(const std::vector<std::string>& messages) {
  std::string packed;
  for (const std::string& message : messages) {
    const int64_t bytes = static_cast<int64_t>(message.size());
    packed.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
    packed += message;
  }
  return packed;
}

absl::StatusOr<std::vector<std::string>> Unpack(const std::string& packed, int count) {
  std::vector<std::string> messages;
  size_t at = 0;
  for (int i = 0; i < count; ++i) {
    int64_t bytes = 0;
    if (packed.size() - at < sizeof bytes) return absl::InternalError("a packed message is cut short");
    std::memcpy(&bytes, packed.data() + at, sizeof bytes);
    at += sizeof bytes;
    if (bytes < 0 || static_cast<size_t>(bytes) > packed.size() - at) {
      return absl::InternalError("a packed message is cut short");
    }
    messages.push_back(packed.substr(at, static_cast<size_t>(bytes)));
    at += static_cast<size_t>(bytes);
  }
  return messages;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> AllGather(Transport& transport, const std::string& mine,
                                                   const std::atomic<bool>& stop) {
  if (transport.rank() != 0) {
    RINGSIDE_RETURN_IF_ERROR(SendText(transport, mine, 0, stop));
    RINGSIDE_ASSIGN_OR_RETURN(const std::string packed, ReceiveText(transport, 0, stop));
    return Unpack(packed, transport.size());
  }
  std::vector<std::string> all = {mine};
  for (int peer = 1; peer < transport.size(); ++peer) {
    RINGSIDE_ASSIGN_OR_RETURN(std::string message, ReceiveText(transport, peer, stop));
    all.push_back(std::move(message));
  }
  const std::string packed = Pack(all);
  for (int peer = 1; peer < transport.size(); ++peer) {
    RINGSIDE_RETURN_IF_ERROR(SendText(transport, packed, peer, stop));
  }
  return all;
}

absl::Status AllAgree(Transport& transport, const absl::Status& mine, const std::atomic<bool>& stop) {
  std::string message;
  if (!mine.ok()) {
    message = fmt::format("{:02}rank {}: {}", mine.raw_code(), transport.rank(), std::string(mine.message()));
  }
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<std::string> all, AllGather(transport, message, stop));
  for (const std::string& theirs : all) {
    if (theirs.size() < 2) continue;
    const int code = (theirs[0] - '0') * 10 + theirs[1] - '0';
    return {static_cast<absl::StatusCode>(code), theirs.substr(2)};
  }
  return absl::OkStatus();
}

}  // namespace ringside::checkpoint
