// One JSON object as a TraceEvent, by RapidJSON's SAX parser. Knows nothing of files and repairs nothing: it
// says where it stopped.
#pragma once

#include <cstddef>
#include <memory>

#include "trace/import/event.h"

namespace ringside::trace {

class EventParser {
 public:
  enum class Result {
    kEvent,
    kControlCharacter,  // unescaped, in a string, at `offset`
    kInvalidEscape,     // the backslash is at `offset`
    kSyntax,            // anything else, at or shortly before `offset`
  };
  struct Outcome {
    Result result;
    size_t offset;  // kEvent: bytes of the object
  };

  EventParser();
  ~EventParser();

  // `text` begins with '{' and is followed, at text[size], by a NUL and 16 further bytes that may be read.
  // What `event` points to holds until the next call. Times that are no numbers are absent, counted in
  // `bad_numbers`.
  Outcome Parse(const char* text, size_t size, TraceEvent* event, int* bad_numbers);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringside::trace
