// A program beside this one, spoken with in lines.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::bench {

// Not thread-safe. Its standard error is ours.
class ChildProcess {
 public:
  // `arguments` begins with the program, which is searched for in the path; `variables` are added to the
  // environment.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const std::vector<std::string>& arguments,
      const std::vector<std::pair<std::string, std::string>>& variables = {});
  // Closes its input and waits for its end; one that does not end by itself within seconds is killed.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  absl::Status WriteLine(const std::string& line);
  // UNAVAILABLE: it ended.
  absl::StatusOr<std::string> ReadLine();
  // Everything that it still writes, and then its end; an error where it did not exit with 0.
  absl::StatusOr<std::string> ReadToEnd();

 private:
  ChildProcess(pid_t pid, int input, int output) : pid_(pid), input_(input), output_(output) {}
  void CloseInput();
  int Wait();

  std::optional<pid_t> pid_;
  int input_, output_;
  std::string unread_;
};

// The path of the program of this name that lies beside the one that runs.
std::string BesideThisProgram(const std::string& name);

}  // namespace ringside::bench
