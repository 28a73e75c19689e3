// RINGSIDE_CHECK: broken invariants end the process with file, line and reason. For what a caller or
// the world can cause, return absl::Status instead. (Debian 12's Abseil has no absl/log.)
#pragma once

#include <cstdio>
#include <cstdlib>

namespace ringside {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* expression) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, expression);
  std::fflush(stderr);
  std::abort();
}

}  // namespace ringside

#define RINGSIDE_CHECK(expression)                                               \
  do {                                                                           \
    if (!(expression)) ::ringside::CheckFailed(__FILE__, __LINE__, #expression); \
  } while (false)
