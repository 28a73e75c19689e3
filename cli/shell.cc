#include "cli/shell.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>

#include "fmt/core.h"

namespace ringside::cli {
namespace {

constexpr size_t kMaxOutputBytes = 64 << 10;

}  // namespace

CommandResult RunShell(const std::string& command, int limit_s) {
  CommandResult result;
  // `timeout` (coreutils) ends what hangs; no quotes may stand in the command.
  std::FILE* pipe =
      popen(fmt::format("timeout {} sh -c '{}' 2>&1 </dev/null", limit_s, command).c_str(), "re");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer;
  size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    if (result.output.size() < kMaxOutputBytes) result.output.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) != 124) result.exit_code = WEXITSTATUS(status);
  return result;
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace ringside::cli
