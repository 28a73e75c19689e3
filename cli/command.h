// How the parts of the `ringside` command fit together: main.cc registers every command, CLI11 parses, and
// the command that was chosen leaves its action, which main then calls.
//
// Exit codes are a contract (scripts depend on them): see ExitCode. Errors go to stderr, one line each.
#pragma once

#include <functional>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"

namespace ringside::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,         // a check, a threshold or the job itself failed
  kExitBadInput = 2,       // file, field and reason stand on stderr
  kExitInterrupted = 130,  // Ctrl-C, as shells report it
};

using Action = std::function<int()>;

// Prints "ringside: MESSAGE" and says which exit code the error means: INVALID_ARGUMENT, NOT_FOUND,
// PERMISSION_DENIED and ALREADY_EXISTS are bad input, CANCELLED is an interruption, everything else a
// failure.
int Fail(const absl::Status& status);

// One per command, each in a file of that name.
void AddRunCommand(CLI::App& app, Action* action);
void AddSimulateCommand(CLI::App& app, Action* action);
void AddCalibrateCommand(CLI::App& app, Action* action);
void AddGradeCommand(CLI::App& app, Action* action);
void AddDoctorCommand(CLI::App& app, Action* action);
void AddServeCommand(CLI::App& app, Action* action);
void AddTraceCommand(CLI::App& app, Action* action);
void AddDemoCommand(CLI::App& app, Action* action);

}  // namespace ringside::cli
