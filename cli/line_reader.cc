#include "cli/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ringside::cli {
namespace {

constexpr size_t kMaxLineBytes = 64 * 1024;

}  // namespace

bool LineReader::TakeLine(std::string* line) {
  const size_t end = buffer_.find('\n');
  if (end == std::string::npos && buffer_.size() < kMaxLineBytes && !(ended_ && !buffer_.empty()))
    return false;
  const size_t length = std::min({end, buffer_.size(), kMaxLineBytes});
  *line = buffer_.substr(0, length);
  buffer_.erase(0, length == end ? length + 1 : length);
  if (!line->empty() && line->back() == '\r') line->pop_back();
  return true;
}

LineReader::Event LineReader::Next(int timeout_ms, std::string* line) {
  while (true) {
    if (TakeLine(line)) return Event::kLine;
    if (ended_) return Event::kEnd;
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, timeout_ms);
    if (ready <= 0) return Event::kTimeout;  // a signal, too: the caller looks why
    char bytes[4096];
    const ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Event::kTimeout;
    if (got <= 0) ended_ = true;
    if (got > 0) buffer_.append(bytes, static_cast<size_t>(got));
  }
}

}  // namespace ringside::cli
