#include "coordinator/rpc/listen.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "base/status_macros.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

std::string LowerFirst(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(const std::string& address) {
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
  return absl::InvalidArgumentError(fmt::format("--listen: \"{}\" is not HOST:PORT", address));
}

absl::Status CheckListen(const std::string& address) {
  RINGSIDE_ASSIGN_OR_RETURN(const HostPort parsed, ParseHostPort(address));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error =
          ::getaddrinfo(parsed.host.c_str(), std::to_string(parsed.port).c_str(), &hints, &found);
      error != 0) {
    return absl::UnavailableError(fmt::format("cannot listen on {}: {}", address, ::gai_strerror(error)));
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
  return absl::UnavailableError(fmt::format("cannot listen on {}: {}; choose another {} with --listen",
                                            address, LowerFirst(std::strerror(reason)),
                                            reason == EADDRNOTAVAIL ? "address" : "port"));
}

absl::StatusOr<std::string> MakeSocketDir() {
  for (const char* base : std::initializer_list<const char*>{std::getenv("TMPDIR"), "/tmp"}) {
    if (base == nullptr || std::strlen(base) > 70) continue;
    std::string pattern = fmt::format("{}/ringside-gate-XXXXXX", base);
    if (::mkdtemp(pattern.data()) != nullptr) return pattern;
  }
  return absl::UnavailableError(fmt::format("cannot make a directory under /tmp: {}", std::strerror(errno)));
}

}  // namespace ringside::coordinator
