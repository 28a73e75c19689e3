#include "cli/remote.h"

#include "coordinator/rpc/listen.h"
#include "fmt/format.h"

namespace ringside::cli {
namespace {

// gRPC's texts name its own parts; these say what they mean here. Unknown ones pass.
std::string Reason(const absl::Status& error) {
  const std::string message(error.message());
  const auto says = [&message](const char* words) { return message.find(words) != std::string::npos; };
  if (says("Connection refused")) return "nothing listens there (connection refused)";
  if (says("DNS resolution") || says("C-ares")) return "its host name cannot be resolved";
  if (says("Socket closed") || says("Connection reset") || says("GOAWAY") || says("Broken pipe"))
    return "the connection broke, as it does when the coordinator is stopped or killed";
  return message;
}

bool IsOfTheConnection(const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kDeadlineExceeded:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status CheckCoordinatorAddress(const std::string& address) {
  if (address.starts_with("unix:")) return absl::OkStatus();
  return coordinator::ParseHostPort(address, "--coordinator").status();
}

absl::Status ExplainCoordinatorError(const absl::Status& error, const std::string& address,
                                     const std::string& job_id) {
  if (!IsOfTheConnection(error)) return error;
  if (job_id.empty()) {
    return {error.code(),
            fmt::format("coordinator {}: {}; is `ringside serve` running there? Name its address "
                        "with --coordinator",
                        address, Reason(error))};
  }
  return {error.code(),
          fmt::format("coordinator {}, job {}: {}; the job may go on, or go on when the coordinator "
                      "is back: `ringside jobs --coordinator {} show {}`",
                      address, job_id, Reason(error), address, job_id)};
}

}  // namespace ringside::cli
