// Passing over JSON without looking into it.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "trace/import/window.h"

namespace ringside::trace {

// Past one value, of any length: brackets are counted, and strings passed over. With `text`, its bytes are
// appended there: RESOURCE_EXHAUSTED if they are more than `max_text`.
absl::Status SkipJson(Window* window, size_t max_text, std::string* text);

// To the next place at which an event can begin, or at which the list of events ends: to the '{' of `}, {"`,
// or to the ']' of `}]`. To the end of the stream where there is none.
absl::Status SkipToNextEvent(Window* window);

}  // namespace ringside::trace
