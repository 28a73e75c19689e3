// The `ringside` command: reads flags, calls the command that was named.
#include "cli/command.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Ringside: a mock-interview cluster. Training plans are run for real, predicted, and scored.\n"
      "Exit codes: 0 success, 1 a check or a job failed, 2 bad input."};
  app.name("ringside");
  app.require_subcommand(1);
  ringside::cli::Action action;
  ringside::cli::AddRunCommand(app, &action);
  ringside::cli::AddSimulateCommand(app, &action);
  ringside::cli::AddCalibrateCommand(app, &action);
  ringside::cli::AddGradeCommand(app, &action);
  ringside::cli::AddDoctorCommand(app, &action);
  ringside::cli::AddServeCommand(app, &action);
  ringside::cli::AddTraceCommand(app, &action);
  ringside::cli::AddDemoCommand(app, &action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // CLI11's way to report; --help is one, too
    return app.exit(error) == 0 ? ringside::cli::kExitOk : ringside::cli::kExitBadInput;
  }
  return action();
}
