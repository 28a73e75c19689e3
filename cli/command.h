// The commands of `ringside`, one per file: what each is told, and what it does. They know nothing of flags:
// main.cc alone reads those (CLI11 is slow to compile).
//
// Each returns an exit code, which is a contract (scripts depend on it). Errors go to stderr, one line each.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace ringside::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,         // a check, a threshold or the job itself failed
  kExitBadInput = 2,       // file, field and reason stand on stderr
  kExitInterrupted = 130,  // Ctrl-C, as shells report it
};

// Prints "ringside: MESSAGE" and says which exit code the error means: INVALID_ARGUMENT, NOT_FOUND,
// PERMISSION_DENIED and ALREADY_EXISTS are bad input, CANCELLED is an interruption, everything else a
// failure.
int Fail(const absl::Status& status);

// What many commands are told; empty and 0: not given.
struct CommonOptions {
  std::string json;         // file for the result as JSON; "-": stdout
  std::string profile;      // device profile
  std::string out;          // directory (calibrate: file) for what is to be kept
  std::string coordinator;  // address; empty: one of its own
};

struct ScenarioOptions : CommonOptions {
  std::string scenario;
  int ranks = 0;  // that the plan must have
  // Of `run` alone: files of this machine.
  std::string checkpoint_dir;
  bool resume = false;
  std::string init_from;
  std::string corpus;
};
int Run(const ScenarioOptions& options);
int Simulate(const ScenarioOptions& options);

struct CalibrateOptions : CommonOptions {
  bool quick = false;
};
int Calibrate(const CalibrateOptions& options);

struct ValidateOptions : CommonOptions {
  std::string runs;  // table of published runs, CSV
};
int Validate(const ValidateOptions& options);

struct GradeOptions : CommonOptions {
  std::string question;
  std::vector<std::string> answers;
};
int Grade(const GradeOptions& options);

struct TraceOptions : CommonOptions {
  std::string path;
};
int TraceSummary(const TraceOptions& options);
int TraceExport(const TraceOptions& options);

int Doctor(const CommonOptions& options);

struct JobsOptions : CommonOptions {
  JobsOptions() { coordinator = "127.0.0.1:7070"; }  // where `serve` listens
  std::string job;                                   // id
};
int JobsList(const JobsOptions& options);
int JobsShow(const JobsOptions& options);
int JobsFetch(const JobsOptions& options);
int JobsCancel(const JobsOptions& options);

struct ServeOptions : CommonOptions {
  std::string listen = "127.0.0.1:7070";
  std::string evaluator_listen = "127.0.0.1:7071";
  std::string data_dir;  // empty: ~/.local/state/ringside
};
int Serve(const ServeOptions& options);

struct CheckpointCommandOptions : CommonOptions {
  std::string checkpoint;  // a directory of checkpoints, or one step's in it
  // out: the file to write
};
int CheckpointExport(const CheckpointCommandOptions& options);

struct DemoOptions {
  std::string source = ".";  // the source tree: scenarios and question bank
  std::string out = "out/demo";
};
int Demo(const DemoOptions& options);

}  // namespace ringside::cli
