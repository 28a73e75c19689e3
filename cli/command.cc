#include "cli/command.h"

#include <string>

#include "evaluator/design/text.h"
#include "fmt/core.h"

namespace ringside::cli {

int Fail(const absl::Status& status) {
  std::string message(status.message());
  for (char& c : message) {
    if (c == '\n') c = ' ';  // one line, whatever is in it
  }
  message = evaluator::Printable(message, message.size());  // it may quote a file that came from anywhere
  fmt::print(stderr, "ringside: {}\n", message);
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kAlreadyExists:
      return kExitBadInput;
    case absl::StatusCode::kCancelled:
      return kExitInterrupted;
    default:
      return kExitFailed;
  }
}

}  // namespace ringside::cli
