// Lines of standard input with a clock beside them: whoever waits for a line also learns that time has
// passed.
#pragma once

#include <string>

namespace ringside::cli {

class LineReader {
 public:
  enum class Event { kLine, kTimeout, kEnd };

  // Waits for a whole line, at most `timeout_ms`. kLine: *line holds it, without its end. A line of more than
  // 64 KiB is cut there. kEnd: there is no more input.
  Event Next(int timeout_ms, std::string* line);

 private:
  bool TakeLine(std::string* line);
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace ringside::cli
