#include "cli/data_directory.h"

#include <cstdlib>

namespace ringside::cli {

std::string DefaultDataDir() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state != '\0') return std::string(state) + "/ringside";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr && *home != '\0' ? home : "/tmp") + "/.local/state/ringside";
}

}  // namespace ringside::cli
