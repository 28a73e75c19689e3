#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "evaluator/design/text.h"
#include "fmt/core.h"

namespace ringside::cli {
namespace {

constexpr std::chrono::seconds kBetweenLines{10};  // where stderr is no terminal

size_t TerminalColumns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress() : terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::Headline(std::string_view text) {
  headline_ = evaluator::Printable(text, text.size());
  last_line_ = std::chrono::steady_clock::now();
  if (terminal_) {
    Show(headline_);
  } else {
    fmt::print(stderr, "{}\n", headline_);
  }
}

void Progress::Detail(std::string_view text) {
  const std::string detail = evaluator::Printable(text, text.size());
  const std::string line = headline_.empty() ? detail : fmt::format("{}: {}", headline_, detail);
  if (terminal_) return Show(line);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_line_ < kBetweenLines) return;
  fmt::print(stderr, "{}\n", line);
  last_line_ = now;
}

void Progress::Clear() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

void Progress::Show(const std::string& line) {
  // A line that wraps could not be rewritten in place.
  fmt::print(stderr, "\r\x1b[K{}", evaluator::Printable(line, TerminalColumns() - 1));
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace ringside::cli
