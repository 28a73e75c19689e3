// What gRPC does not tell about listening: why it failed. And a Unix socket's place.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/launch/owned_directory.h"

namespace ringside::coordinator {

struct HostPort {
  std::string host;
  int port = 0;
};

// "127.0.0.1:7070", "[::1]:0", "localhost:80". INVALID_ARGUMENT. `flag`: what the address was given with, for
// the message; so below.
absl::StatusOr<HostPort> ParseHostPort(const std::string& address, const char* flag = "--listen");

// Whether one could listen there now. UNAVAILABLE: "cannot listen on ADDRESS: address already in use; choose
// another port with --listen".
absl::Status CheckListen(const std::string& address, const char* flag = "--listen");

// The address with the port that was found for ":0".
std::string WithPort(const std::string& address, int port);

// A directory of mode 0700 with a short path, for a socket (whose path may be 107 bytes at most).
absl::StatusOr<std::unique_ptr<OwnedDirectory>> MakeSocketDir();

}  // namespace ringside::coordinator
