// One HTTPS POST of JSON, by libcurl. Certificates are checked; redirects are not followed; plain http is for
// this machine alone (127.0.0.0/8, ::1, localhost), never through a proxy.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace ringside::judge {

struct PostLimits {
  int64_t timeout_ms = 60'000;  // of the whole exchange
  size_t max_response_bytes = size_t{256} << 10;
};

struct PostReply {
  int status = 0;
  std::string body;
  int64_t retry_after_s = 0;  // as the server asks; 0: it does not
};

// INVALID_ARGUMENT: no https URL of a host, or one with a user or password in it, or plain http to another
// machine.
absl::Status CheckUrl(const std::string& url);

// `bearer` (may be empty) goes into the Authorization header and into no message. REQUIRES: CheckUrl.
// DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED: the reply is too large; UNAVAILABLE. Thread-safe.
absl::StatusOr<PostReply> PostJson(const std::string& url, const std::string& bearer, const std::string& body,
                                   const PostLimits& limits);

}  // namespace ringside::judge
