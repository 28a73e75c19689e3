#include "coordinator/rpc/listen.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/status_macros.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

constexpr size_t kMaxSocketParentBytes = 70;  // of the 107 that a socket's path may have

std::string LowerFirst(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(const std::string& address, const char* flag) {
  const size_t colon = address.rfind(':');
  HostPort parsed;
  if (colon != std::string::npos && colon > 0) {
    parsed.host = address.substr(0, colon);
    if (parsed.host.size() > 2 && parsed.host.front() == '[' && parsed.host.back() == ']') {
      parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    }
    const char* end = address.data() + address.size();
    const auto number = std::from_chars(address.data() + colon + 1, end, parsed.port);
    if (number.ec == std::errc() && number.ptr == end && parsed.port >= 0 && parsed.port <= 65535)
      return parsed;
  }
  return absl::InvalidArgumentError(
      fmt::format("{}: \"{}\" is not HOST:PORT with a port up to 65535", flag, address));
}

absl::Status CheckListen(const std::string& address, const char* flag) {
  RINGSIDE_ASSIGN_OR_RETURN(const HostPort parsed, ParseHostPort(address, flag));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error =
          ::getaddrinfo(parsed.host.c_str(), std::to_string(parsed.port).c_str(), &hints, &found);
      error != 0) {
    return absl::UnavailableError(fmt::format("cannot listen on {}: {}; choose another address with {}",
                                              address, LowerFirst(::gai_strerror(error)), flag));
  }
  int reason = 0;
  const int fd = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
  const int one = 1;  // as gRPC does: connections of a former server that still linger are no obstacle
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
      ::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, 1) != 0) {
    reason = errno;
  }
  if (fd >= 0) ::close(fd);
  ::freeaddrinfo(found);
  if (reason == 0) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("cannot listen on {}: {}; choose another {} with {}", address,
                                            LowerFirst(std::strerror(reason)),
                                            reason == EADDRNOTAVAIL ? "address" : "port", flag));
}

std::string WithPort(const std::string& address, int port) {
  return fmt::format("{}:{}", address.substr(0, address.rfind(':')), port);
}

absl::StatusOr<std::unique_ptr<OwnedDirectory>> MakeSocketDir() {
  const char* temporary = std::getenv("TMPDIR");
  if (temporary != nullptr && std::strlen(temporary) <= kMaxSocketParentBytes) {
    auto made = OwnedDirectory::Make(std::string(temporary) + "/ringside-gate-XXXXXX");
    if (made.ok()) return made;
  }
  return OwnedDirectory::Make("/tmp/ringside-gate-XXXXXX");
}

}  // namespace ringside::coordinator
