#include "trace/import/json_skip.h"

#include <string_view>

#include "base/status_macros.h"
#include "fmt/format.h"

namespace ringside::trace {

absl::Status SkipJson(Window* window, size_t max_text, std::string* text) {
  int64_t depth = 0;
  bool in_string = false;
  bool escaped = false;
  bool in_scalar = false;
  for (;;) {
    if (window->size() == 0) {
      RINGSIDE_ASSIGN_OR_RETURN(const bool more, window->Fill());
      if (!more) return absl::OkStatus();
    }
    const std::string_view seen(window->data(), window->size());
    size_t used = 0;
    bool done = false;
    while (used < seen.size() && !done) {
      const char c = seen[used];
      if (in_string) {
        if (escaped) {
          escaped = false;
        } else if (c == '\\') {
          escaped = true;
        } else if (c == '"') {
          in_string = false;
          done = depth == 0;
        }
        ++used;
      } else if (depth == 0 && in_scalar) {
        done = c == ',' || c == '}' || c == ']' || static_cast<unsigned char>(c) <= ' ';
        if (!done) ++used;
      } else {
        if (c == '"') {
          in_string = true;
        } else if (c == '{' || c == '[') {
          ++depth;
        } else if (c == '}' || c == ']') {
          done = --depth <= 0;
        } else if (depth == 0) {
          in_scalar = true;
        }
        ++used;
      }
    }
    if (text != nullptr) {
      if (text->size() + used > max_text) {
        return absl::ResourceExhaustedError(fmt::format(
            "the value that ends beyond byte {} is longer than {} bytes", window->position(), max_text));
      }
      text->append(seen.substr(0, used));
    }
    window->Advance(used);
    if (done) return absl::OkStatus();
  }
}

absl::Status SkipToNextEvent(Window* window) {
  enum class Seen { kNothing, kEnd, kComma, kBegin } seen = Seen::kNothing;
  for (;;) {
    RINGSIDE_ASSIGN_OR_RETURN(const int c, window->PeekPastBlanks());
    if (c < 0) return absl::OkStatus();
    if (seen == Seen::kEnd && c == ']') return absl::OkStatus();
    if (seen == Seen::kBegin && c == '"') {
      window->PutBack('{');  // over itself, or over a blank behind it
      return absl::OkStatus();
    }
    if (c == '}') {
      seen = Seen::kEnd;
    } else if (c == ',' && seen == Seen::kEnd) {
      seen = Seen::kComma;
    } else if (c == '{' && seen == Seen::kComma) {
      seen = Seen::kBegin;
    } else {
      seen = Seen::kNothing;
    }
    window->Advance(1);
  }
}

}  // namespace ringside::trace
