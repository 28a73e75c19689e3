// The commands of `ringside`, one per file: what each is told, and what it does. They know nothing of flags:
// main.cc alone reads those (CLI11 is slow to compile).
//
// Each returns an exit code, which is a contract (scripts depend on it). Errors go to stderr, one line each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace ringside::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,         // a check, a threshold or the job itself failed
  kExitBadInput = 2,       // file, field and reason stand on stderr
  kExitNoVerdict = 3,      // `report scaling`, whose 1 means a regression alone: a run or a file failed
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
  // Of `simulate` alone: "DEVICE:N" of the catalogue, in the place of the scenario's cluster.
  std::string cluster;
  // Of `run` alone: files of this machine.
  std::string checkpoint_dir;
  bool resume = false;
  std::string init_from;
  std::string corpus;
};
int Run(const ScenarioOptions& options);
int Simulate(const ScenarioOptions& options);

struct SearchOptions : CommonOptions {
  std::string scenario, cluster;
  int ranks = 0, global_batch = 0, max_micro_batch = 8, top = 10;
  bool at_most = false, progress = false;
  std::string objective = "tokens_per_s";  // "cost", "memory"
  double price = 0;                        // of a device and hour
  double memory_gib = 0;
  // What is not searched; below 0 and empty: it is.
  int dp = -1, tp = -1, pp = -1, cp = -1, ep = -1, zero = -1, zero_group = -1, micro_batch = -1,
      interleave = -1;
  int sequence_parallel = -1;
  std::string schedule, recompute, placement, precision;
};
int Search(const SearchOptions& options);

struct CalibrateOptions : CommonOptions {
  bool quick = false;
  // Links from logs of nccl-tests instead of this machine, if there are any; `out` is then a file of links.
  std::vector<std::string> nccl_logs;
  std::string link_name = "measured";
  std::string scale_up;   // link of the catalogue inside nodes, where the logs are of several
  std::string like;       // link of the catalogue for what logs do not measure
  std::string operation;  // what a log does not say of itself; empty and 0: it does
  int ranks = 0;
  int ranks_per_node = 0;
  // Directory of a measured trace; `profile` is then corrected by it.
  std::string trace;
};
int Calibrate(const CalibrateOptions& options);

struct ValidateOptions : CommonOptions {
  std::string runs;   // table of published runs, CSV
  std::string links;  // file of links in place of the catalogue's; empty: none
};
int Validate(const ValidateOptions& options);

struct GoodputOptions : CommonOptions {
  // Of the job.
  int64_t gpus = 0;
  int gpus_per_node = 8;
  double step_s = 0, tokens_per_step = 0, tokens = 0;
  std::string jitter = "none", link_jitter = "none";
  double exposed_share = 0;  // of the step
  // How often it is interrupted: one of the four.
  double mtbf_hours_per_gpu = 0, mtbf_hours_per_node = 0;
  double mtbi_hours = 0;  // of the whole job
  std::string failures;   // a published run
  double weibull_shape = 1;
  double detect_s = 60, restart_s = 300;
  // Checkpoints.
  double checkpoint_bytes = 0, storage_gb_per_s = 0, read_gb_per_s = 0;
  double async_gb_per_s_per_gpu = 0;  // 0: training stands until a checkpoint is written
  double write_slowdown = 0;
  std::string interval = "auto";  // or seconds
  // Nodes and planned stops.
  int64_t spare_nodes = -1;  // any number
  double broken_share = 1, repair_hours = 24;
  int64_t gpus_per_replica = 0;
  double resize_s = -1;
  double maintenance_every_hours = 0, maintenance_hours = 0;
  // Energy and money.
  std::string device;
  double power_w = 0, idle_w = -1, utilisation = 1, host_w = 0, pue = 1;
  double price_per_gpu_hour = 0;
  // The simulation beside the closed form.
  int runs = 200;
  double days = 0;  // of each; 0: until the tokens are trained, else 30
  int64_t seed = 1;
  std::string html;  // file
};
int Goodput(const GoodputOptions& options);

struct GradeOptions : CommonOptions {
  std::string question;              // file; empty: the answers are a cohort
  std::vector<std::string> answers;  // files; of a cohort one, or a folder
  std::string marked;                // of a table of short answers alone: a table of marks by people
  // Of a cohort alone.
  std::string bank;                     // folder; empty: the one that was compiled in
  int workers = -1;                     // processes; below 0: one a core; 0: none, this process grades
  std::vector<std::string> evaluators;  // addresses, in the place of processes
  bool resume = false, regrade = false;
  std::string shard;  // "I/N"; empty: all, or this process's share under mpirun
  double pass_mark = 0.5, similar = 0.6;
  std::string judge_url, judge_model, judge_key_env;  // an opinion beside the score; empty: nobody is asked
};
// Designs to one question, a cohort, or a table of short answers: by what `answers` are.
int Grade(const GradeOptions& options);
int GradeCohort(const GradeOptions& options);

struct GradeWorkerOptions : CommonOptions {
  std::string listen, bank;
};
int GradeWorker(const GradeWorkerOptions& options);

struct TraceOptions : CommonOptions {
  std::string path;
  double link_factor = 2;  // what-if: how many times as fast the links become
};
int TraceSummary(const TraceOptions& options);
int TraceWhatIf(const TraceOptions& options);
int TraceExport(const TraceOptions& options);

struct TraceAnalyzeOptions : CommonOptions {
  std::vector<std::string> paths;  // files, or folders of them: one a rank
  std::string classes;             // file of kernel classes; empty: the program's own
  int top = 10;                    // rows of tables; 0: all
  bool keep_last_step = false;
};
int TraceAnalyze(const TraceAnalyzeOptions& options);

int Doctor(const CommonOptions& options);

struct ScalingOptions : CommonOptions {
  ScalingOptions() { out = "out/scaling"; }
  std::vector<std::string> runs;  // directories of kept runs
  std::string scenario;           // or one to run
  std::vector<int> ranks = {1, 2};
  int repeats = 5;
  bool weak = false;         // a constant batch a replica in place of a constant batch in all
  std::string baseline;      // directory of kept runs
  std::string noise;         // directory of A/A runs
  bool interleaved = false;  // repeat i of baseline and runs ran one after the other
};
int ReportScaling(const ScalingOptions& options);

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

struct BankOptions : CommonOptions {
  std::string directory;  // empty: the bank that was compiled in
  // check
  int min_questions = 3;  // a topic
  bool warnings = false;  // show them, too
  bool quick = false;     // do not grade the bank's own answers
  // list
  std::string topic, level, group, kind;
  // show
  std::string id;
  int hints = 0;
  bool answer = false;
  // export
  std::string tsv;
  // plan: one of them
  std::string path, company, plan_level;
  // guide
  std::string section;
  // assess: one for each numbered topic; empty: they are asked for
  std::vector<int> ratings;
};
int BankCheck(const BankOptions& options);
int BankList(const BankOptions& options);
int BankShow(const BankOptions& options);
int BankExport(const BankOptions& options);
int BankPlan(const BankOptions& options);
int BankAssess(const BankOptions& options);
int BankGuide(const BankOptions& options);

struct InterviewOptions : CommonOptions {
  std::string name, role, level, mode = "full", round;
  std::vector<std::string> topics, focus;
  std::string resume, show;  // sessions
  std::string script;        // a recorded candidate
  std::string bank;          // directory; empty: the one that was compiled in
  std::string data_dir;      // empty: ~/.local/state/ringside
  std::string html, transcript;
  int64_t seed = -1;  // below 0: by the time
  bool history = false;
};
int InterviewCommand(const InterviewOptions& options);

struct DebugOptions : CommonOptions {
  DebugOptions() { out = "out/debug"; }
  std::string round;         // number or name
  std::string script;        // a recorded candidate
  std::string source = ".";  // the source tree, for its scenarios
  bool list = false;
  bool run = false;  // planted and mended run again
};
int Debug(const DebugOptions& options);

struct DemoOptions {
  std::string source = ".";  // the source tree: scenarios and question bank
  std::string out = "out/demo";
};
int Demo(const DemoOptions& options);

}  // namespace ringside::cli
