#include "workers/cuda/testing/socket_transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/check.h"
#include "base/status_macros.h"

namespace ringside::workers::cuda {
namespace {

struct Header {
  int64_t channel, bytes;
};

void Append(std::vector<char>* to, const void* data, int64_t bytes) {
  const auto* from = static_cast<const char*>(data);
  to->insert(to->end(), from, from + bytes);
}

}  // namespace

SocketTransport::Sockets SocketTransport::MakeSockets(int size) {
  Sockets sockets(size, std::vector<int>(size, -1));
  for (int a = 0; a < size; ++a) {
    for (int b = a + 1; b < size; ++b) {
      int pair[2];
      RINGSIDE_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
      sockets[a][b] = pair[0], sockets[b][a] = pair[1];
    }
  }
  return sockets;
}

void SocketTransport::CloseAll(const Sockets& sockets) {
  for (const auto& row : sockets) {
    for (int socket : row) {
      if (socket >= 0) close(socket);
    }
  }
}

absl::StatusOr<RequestId> SocketTransport::Isend(const void* data, int64_t bytes, int peer, int channel) {
  const Header header{channel, bytes};
  Append(&peers_[peer].out, &header, sizeof(header));
  Append(&peers_[peer].out, data, bytes);
  counters_.sent_bytes += bytes;
  ++counters_.sent_messages;
  RINGSIDE_RETURN_IF_ERROR(Pump(peers_[peer]));
  sending_.emplace(next_, std::pair(peer, bytes));
  return next_++;
}

absl::StatusOr<RequestId> SocketTransport::Irecv(void* data, int64_t bytes, int peer, int channel) {
  waiting_.emplace(next_, Receive{data, bytes, peer, channel});
  return next_++;
}

absl::Status SocketTransport::Pump(Peer& peer) {
  while (!peer.out.empty()) {
    const ssize_t n = send(peer.socket, peer.out.data(), peer.out.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n < 0) return absl::UnavailableError(fmt::format("a peer is gone: {}", std::strerror(errno)));
    peer.out.erase(peer.out.begin(), peer.out.begin() + n);
  }
  char buffer[1 << 16];
  for (ssize_t n; (n = recv(peer.socket, buffer, sizeof(buffer), 0)) > 0;) Append(&peer.in, buffer, n);
  Header header{};
  while (peer.in.size() >= sizeof(header)) {
    std::memcpy(&header, peer.in.data(), sizeof(header));
    const size_t frame = sizeof(header) + static_cast<size_t>(header.bytes);
    if (peer.in.size() < frame) break;
    peer.got[static_cast<int>(header.channel)].emplace_back(peer.in.begin() + sizeof(header),
                                                            peer.in.begin() + static_cast<ptrdiff_t>(frame));
    peer.in.erase(peer.in.begin(), peer.in.begin() + static_cast<ptrdiff_t>(frame));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<int64_t>> SocketTransport::Test(RequestId request) {
  for (Peer& peer : peers_) {
    if (peer.socket >= 0) RINGSIDE_RETURN_IF_ERROR(Pump(peer));
  }
  if (const auto at = sending_.find(request); at != sending_.end()) {
    const auto [peer, bytes] = at->second;
    if (!peers_[peer].out.empty()) return std::optional<int64_t>();
    sending_.erase(at);
    return std::optional(bytes);
  }
  const auto at = waiting_.find(request);
  RINGSIDE_CHECK(at != waiting_.end());
  const Receive receive = at->second;
  auto& frames = peers_[receive.peer].got[receive.channel];
  if (frames.empty()) return std::optional<int64_t>();
  const std::vector<char> frame = std::move(frames.front());
  frames.pop_front();
  waiting_.erase(at);
  if (static_cast<int64_t>(frame.size()) != receive.bytes) {
    return absl::DataLossError(fmt::format("{} bytes from rank {} where {} were expected", frame.size(),
                                           receive.peer, receive.bytes));
  }
  std::memcpy(receive.to, frame.data(), frame.size());
  counters_.received_bytes += receive.bytes;
  return std::optional(receive.bytes);
}

void SocketTransport::WaitForEvent(uint64_t seen, int tests_in_vain, Waiter waiter) {
  std::vector<pollfd> sockets;
  for (const Peer& peer : peers_) {
    if (peer.socket < 0) continue;
    sockets.push_back({peer.socket, static_cast<short>(POLLIN | (peer.out.empty() ? 0 : POLLOUT)), 0});
  }
  poll(sockets.data(), sockets.size(), /*milliseconds=*/10);
}

}  // namespace ringside::workers::cuda
