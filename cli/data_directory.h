// Where this user's jobs and sessions are kept.
#pragma once

#include <string>

namespace ringside::cli {

// $XDG_STATE_HOME/ringside, else ~/.local/state/ringside.
std::string DefaultDataDir();

}  // namespace ringside::cli
