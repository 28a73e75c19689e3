// The `ringside` command: reads flags, calls the command that was named.
#include <functional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/command.h"

namespace {

using ringside::cli::CommonOptions;

constexpr int kMaxRanks = 1 << 20;  // as in plan/validate.cc; what can really be run is far less

// Everything that can be said on the command line, and which command was named.
struct CommandLine {
  ringside::cli::ScenarioOptions run, simulate;
  ringside::cli::SearchOptions search;
  ringside::cli::CalibrateOptions calibrate;
  ringside::cli::ValidateOptions validate;
  ringside::cli::GoodputOptions goodput;
  ringside::cli::GradeOptions grade;
  ringside::cli::GradeWorkerOptions grade_worker;
  ringside::cli::TraceOptions trace;
  ringside::cli::TraceAnalyzeOptions trace_analyze;
  CommonOptions doctor;
  ringside::cli::ScalingOptions scaling;
  ringside::cli::JobsOptions jobs;
  ringside::cli::CheckpointCommandOptions checkpoint;
  ringside::cli::ServeOptions serve;
  ringside::cli::BankOptions bank;
  ringside::cli::DemoOptions demo;
  ringside::cli::InterviewOptions interview;
  ringside::cli::DebugOptions debug;
  std::function<int()> action;
};

void AddJson(CLI::App* command, CommonOptions* options) {
  command->add_option("--json", options->json, "Write the result as JSON to FILE; - for stdout")
      ->type_name("FILE");
}

void AddProfile(CLI::App* command, CommonOptions* options) {
  command->add_option("--profile", options->profile, "Device profile (default: that of `ringside calibrate`)")
      ->type_name("FILE");
}

void AddCoordinator(CLI::App* command, CommonOptions* options) {
  command->add_option("--coordinator", options->coordinator, "Use this coordinator (default: one of its own)")
      ->type_name("ADDR");
}

void AddOut(CLI::App* command, CommonOptions* options, const char* help) {
  command->add_option("--out", options->out, help)->type_name("DIR");
}

void AddScenario(CLI::App* command, ringside::cli::ScenarioOptions* options) {
  command->add_option("scenario", options->scenario, "Scenario file")->required()->type_name("SCENARIO.yaml");
  command
      ->add_option("--ranks", options->ranks, "The plan must have N ranks; sets dp where the file does not")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxRanks));
  AddProfile(command, options);
  AddJson(command, options);
}

// Files of this machine that a run reads and writes; never part of a scenario.
void AddFiles(CLI::App* run, ringside::cli::ScenarioOptions* options) {
  CLI::Option* dir = run->add_option("--checkpoint-dir", options->checkpoint_dir,
                                     "Keep the checkpoints of run.checkpoint_every in DIR");
  dir->type_name("DIR");
  CLI::Option* resume =
      run->add_flag("--resume", options->resume, "Go on from the newest checkpoint in --checkpoint-dir");
  resume->needs(dir);
  run->add_option("--init-from", options->init_from,
                  "Begin with the weights of a GPT-2 as Hugging Face keeps it")
      ->type_name("FILE.safetensors")
      ->excludes(resume);
  run->add_option("--corpus", options->corpus, "Train on this text, byte by byte (sets run.data)")
      ->type_name("FILE");
}

void AddCheckpoint(CLI::App& app, CommandLine* line) {
  CLI::App* checkpoint = app.add_subcommand("checkpoint", "Checkpoints that `run --checkpoint-dir` has left");
  checkpoint->require_subcommand(1);
  CLI::App* exported = checkpoint->add_subcommand(
      "export", "Write the weights as one safetensors file, as Hugging Face keeps a GPT-2");
  exported
      ->add_option("checkpoint", line->checkpoint.checkpoint,
                   "Directory of checkpoints (the newest is taken), or of one")
      ->required()
      ->type_name("DIR");
  exported->add_option("out", line->checkpoint.out, "File to write; must not be there")
      ->required()
      ->type_name("OUT.safetensors");
  exported->callback([line] { line->action = [line] { return CheckpointExport(line->checkpoint); }; });
}

void AddCluster(CLI::App* command, std::string* cluster) {
  command
      ->add_option("--cluster", *cluster,
                   "A device of the catalogue and how many of them, in the place of the scenario's cluster")
      ->type_name("DEVICE[:N]");
}

// What a search leaves as it is.
void AddFixedAxes(CLI::App* search, ringside::cli::SearchOptions* o) {
  constexpr int kMost = 1 << 20;
  const auto axis = [search](const char* name, int* value, int least, int most, const char* help) {
    search->add_option(name, *value, help)
        ->type_name("N")
        ->check(CLI::Range(least, most))
        ->group("Fix an axis");
  };
  axis("--dp", &o->dp, 1, kMost, "Data-parallel replicas");
  axis("--tp", &o->tp, 1, kMost, "Tensor-parallel ways");
  axis("--pp", &o->pp, 1, kMost, "Pipeline stages");
  axis("--cp", &o->cp, 1, kMost, "Context-parallel ways");
  axis("--ep", &o->ep, 1, kMost, "Expert-parallel ways");
  axis("--zero", &o->zero, 0, 3, "ZeRO stage");
  axis("--zero-group", &o->zero_group, 1, kMost, "Replicas that ZeRO shards over");
  axis("--micro-batch", &o->micro_batch, 1, kMost, "Sequences a micro-batch");
  axis("--interleave", &o->interleave, 1, kMost, "Chunks of layers a stage");
  axis("--sequence-parallel", &o->sequence_parallel, 0, 1, "0 or 1");
  const auto choice = [search](const char* name, std::string* value,
                               const std::vector<std::string>& choices) {
    search->add_option(name, *value)->check(CLI::IsMember(choices))->group("Fix an axis");
  };
  choice("--schedule", &o->schedule, {"gpipe", "1f1b", "interleaved", "zero_bubble"});
  choice("--recompute", &o->recompute, {"none", "selective", "full"});
  choice("--placement", &o->placement, {"tp_inside", "tp_across"});
  choice("--precision", &o->precision, {"fp32", "bf16", "fp16", "any"});
}

void AddSearch(CLI::App& app, CommandLine* line) {
  CLI::App* search =
      app.add_subcommand("search", "The best plans for a model on a cluster, and why others lose");
  ringside::cli::SearchOptions* o = &line->search;
  search->add_option("scenario", o->scenario, "Scenario file: model, cluster, and what of the plan is given")
      ->required()
      ->type_name("SCENARIO.yaml");
  AddCluster(search, &o->cluster);
  search->add_option("--ranks", o->ranks, "Devices")->type_name("N")->check(CLI::Range(1, kMaxRanks));
  search->add_flag("--at-most", o->at_most, "Fewer devices, too: those numbers that divide N");
  search->add_option("--global-batch", o->global_batch, "Sequences a step (default: the scenario's plan)")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 24));
  search->add_option("--max-micro-batch", o->max_micro_batch, "Largest micro-batch that is tried")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  search->add_option("--memory-gib", o->memory_gib, "Memory that a device grants (default: what it has)")
      ->type_name("GIB")
      ->check(CLI::PositiveNumber);
  search->add_option("--objective", o->objective, "What is best: tokens_per_s, cost, memory")
      ->check(CLI::IsMember({"tokens_per_s", "cost", "memory"}))
      ->capture_default_str();
  search->add_option("--price", o->price, "Price of a device and hour; there is none in the catalogue")
      ->type_name("X")
      ->check(CLI::PositiveNumber);
  search->add_option("--top", o->top, "Plans to show")
      ->type_name("K")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  search->add_flag("--progress", o->progress, "Show progress where stderr is no terminal, too");
  AddFixedAxes(search, o);
  AddProfile(search, o);
  AddJson(search, o);
  search->callback([line] { line->action = [line] { return Search(line->search); }; });
}

void AddRunAndSimulate(CLI::App& app, CommandLine* line) {
  CLI::App* run =
      app.add_subcommand("run", "Run a scenario for real, print what was measured beside what was predicted");
  AddScenario(run, &line->run);
  AddOut(run, &line->run, "Leave the trace in DIR (default: out/NAME)");
  AddCoordinator(run, &line->run);
  AddFiles(run, &line->run);
  run->callback([line] { line->action = [line] { return Run(line->run); }; });

  CLI::App* simulate = app.add_subcommand("simulate", "Predict what running a scenario would measure");
  AddScenario(simulate, &line->simulate);
  AddOut(simulate, &line->simulate, "Keep the predicted trace in DIR");
  AddCluster(simulate, &line->simulate.cluster);
  simulate->callback([line] { line->action = [line] { return Simulate(line->simulate); }; });
}

void AddCalibrate(CLI::App& app, CommandLine* line) {
  CLI::App* calibrate =
      app.add_subcommand("calibrate", "Measure kernels and links of this machine, fit a device profile");
  calibrate
      ->add_option("--out", line->calibrate.out,
                   "Profile to write (default: where run and simulate look for it)")
      ->type_name("DEVICE.yaml");
  calibrate->add_flag("--quick", line->calibrate.quick, "A third of the repetitions");
  ringside::cli::CalibrateOptions& o = line->calibrate;
  CLI::Option* logs =
      calibrate->add_option("--nccl-tests", o.nccl_logs,
                            "Fit links of the catalogue to logs of nccl-tests instead (--out: their file)");
  logs->type_name("LOG...")->expected(1, 1000);
  const auto of_logs = [&](const char* name, auto& value, const char* help, const char* type) {
    calibrate->add_option(name, value, help)->type_name(type)->needs(logs);
  };
  of_logs("--name", o.link_name, "Name of the link (default: measured)", "LINK");
  of_logs("--scale-up", o.scale_up, "Link of the catalogue inside nodes, for logs over several", "LINK");
  of_logs("--like", o.like, "Link of the catalogue for what the logs do not measure", "LINK");
  of_logs("--op", o.operation, "all_reduce, all_gather, reduce_scatter or alltoall, where a log does not say",
          "OP");
  of_logs("--ranks", o.ranks, "Ranks, where a log does not list them", "N");
  of_logs("--ranks-per-node", o.ranks_per_node, "Ranks a node, where a log does not list hosts", "N");
  CLI::Option* trace = calibrate->add_option(
      "--trace", o.trace, "Correct --profile by the trace of a run on this machine, kind by kind, instead");
  trace->type_name("DIR")->excludes(logs);
  calibrate
      ->add_option("--profile", o.profile, "Profile that --trace corrects (default: that of this machine)")
      ->type_name("FILE")
      ->needs(trace);
  AddCoordinator(calibrate, &line->calibrate);
  AddJson(calibrate, &line->calibrate);
  calibrate->callback([line] { line->action = [line] { return Calibrate(line->calibrate); }; });
}

void AddValidate(CLI::App& app, CommandLine* line) {
  CLI::App* validate = app.add_subcommand(
      "validate",
      "Predict published training runs from the catalogue of devices, print the error per source");
  validate->add_option("runs", line->validate.runs, "Table of runs; columns as in docs/simulator.md")
      ->required()
      ->type_name("RUNS.csv");
  validate
      ->add_option("--links", line->validate.links,
                   "Links in place of the catalogue's, as `calibrate --nccl-tests` writes them")
      ->type_name("LINKS.yaml");
  AddJson(validate, &line->validate);
  validate->callback([line] { line->action = [line] { return Validate(line->validate); }; });
}

void AddGoodput(CLI::App& app, CommandLine* line) {
  CLI::App* goodput = app.add_subcommand(
      "goodput",
      "What failures, checkpoints and stragglers leave of a step's speed over weeks; time, energy and money");
  ringside::cli::GoodputOptions& o = line->goodput;
  const auto add = [&](const char* name, auto& value, const char* type, const char* help) {
    return goodput->add_option(name, value, help)->type_name(type);
  };
  add("--gpus", o.gpus, "N", "Devices of the job")->required();
  add("--step-s", o.step_s, "S", "Time of a step, as simulated or measured")->required();
  add("--tokens-per-step", o.tokens_per_step, "T", "Tokens of a step")->required();
  add("--checkpoint-bytes", o.checkpoint_bytes, "B", "Size of a checkpoint: weights and optimizer")
      ->required();
  add("--storage-gb-per-s", o.storage_gb_per_s, "R",
      "Rate of the storage for the whole job, 10^9 bytes a second")
      ->required();
  add("--mtbf-hours-per-gpu", o.mtbf_hours_per_gpu, "H", "GPU-hours from one interruption to the next");
  add("--mtbf-hours-per-node", o.mtbf_hours_per_node, "H", "Or: node-hours");
  add("--mtbi-hours", o.mtbi_hours, "H", "Or: hours between interruptions of the whole job");
  add("--failures", o.failures, "RUN", "Or: as often as a published run was interrupted (llama3-405b)");
  add("--weibull-shape", o.weibull_shape, "K", "Of the time between interruptions (default: 1, exponential)");
  add("--detect-s", o.detect_s, "S", "Until an interruption is noticed")->capture_default_str();
  add("--restart-s", o.restart_s, "S", "Until training goes on, reading the checkpoint not included")
      ->capture_default_str();
  add("--read-gb-per-s", o.read_gb_per_s, "R", "Rate of reading a checkpoint (default: of writing it)");
  add("--async", o.async_gb_per_s_per_gpu, "R",
      "Write beside training; it stands only for a copy at R 10^9 bytes a second and GPU");
  add("--write-slowdown", o.write_slowdown, "SHARE",
      "What writing beside training takes from it (default: 0)");
  add("--interval", o.interval, "auto|S", "Training between checkpoints; auto: the best")
      ->capture_default_str();
  add("--gpus-per-node", o.gpus_per_node, "N", "")->capture_default_str();
  add("--spare-nodes", o.spare_nodes, "N", "Nodes that wait to replace broken ones (default: any number)");
  add("--broken-share", o.broken_share, "SHARE", "Interruptions that break a node")->capture_default_str();
  add("--repair-hours", o.repair_hours, "H", "Mean time until a broken node is back")->capture_default_str();
  add("--gpus-per-replica", o.gpus_per_replica, "N",
      "Go on with fewer data-parallel replicas when spares run out");
  add("--resize-s", o.resize_s, "S", "Taking nodes back (default: as long as a restart)");
  add("--maintenance-every-hours", o.maintenance_every_hours, "H", "Planned stops, from one to the next");
  add("--maintenance-hours", o.maintenance_hours, "H", "Length of each");
  add("--jitter", o.jitter, "KIND:CV",
      "Of a rank's time from step to step: lognormal, gamma, weibull or pareto with "
      "its coefficient of variation; ,slow:SHARE:FACTOR for ranks that always are")
      ->capture_default_str();
  add("--link-jitter", o.link_jitter, "KIND:CV", "The same of links")->capture_default_str();
  add("--exposed-share", o.exposed_share, "SHARE", "Of a step, that waits for links (default: 0)");
  add("--tokens", o.tokens, "T", "Tokens to train on: time, energy and money in all");
  add("--device", o.device, "DEVICE", "Of the catalogue, for its power");
  add("--power-w", o.power_w, "W", "Peak power of a device (default: of --device)");
  add("--idle-w", o.idle_w, "W", "Of a device (default: a tenth of its peak)");
  add("--utilisation", o.utilisation, "SHARE", "Of the way from idle to peak power, while training")
      ->capture_default_str();
  add("--host-w", o.host_w, "W", "Processors, network and fans, per device")->capture_default_str();
  add("--pue", o.pue, "X", "Draw of the building over that of the machines")->capture_default_str();
  add("--price-per-gpu-hour", o.price_per_gpu_hour, "X", "In any money; there is no default");
  add("--runs", o.runs, "N", "Simulated runs beside the closed form")->capture_default_str();
  add("--days", o.days, "D", "Of each (default: until the tokens are trained, else 30)");
  add("--seed", o.seed, "N", "Of the simulation")->capture_default_str();
  add("--html", o.html, "FILE", "Write a page with the curve of goodput by interval");
  AddJson(goodput, &o);
  goodput->callback([line] { line->action = [line] { return Goodput(line->goodput); }; });
}

void AddGrade(CLI::App& app, CommandLine* line) {
  CLI::App* grade = app.add_subcommand(
      "grade", "Grade design answers to one question, or a whole cohort (exit 1: one could not be)");
  ringside::cli::GradeOptions* o = &line->grade;
  grade
      ->add_option("answers", o->answers,
                   "With --question: its answers, YAML. A .tsv file: short answers with their references. "
                   "Else a cohort: a .csv or .jsonl file, or a folder")
      ->required()
      ->type_name("ANSWERS");
  grade->add_option("--question", o->question, "Run these plans and score them against what was measured")
      ->type_name("QUESTION.yaml");
  grade->add_option("--marked", o->marked, "Marks by people to learn from, for a .tsv file")
      ->type_name("FILE.tsv");
  AddOut(grade, o, "Scorecards and traces, or grades and reports (default: out/grade-NAME)");
  AddCoordinator(grade, o);
  AddProfile(grade, o);
  AddJson(grade, o);
  const char* of_cohort = "Cohort";
  grade->add_option("--bank", o->bank, "Folder of questions (default: the bank that comes with ringside)")
      ->type_name("DIR")
      ->group(of_cohort);
  grade->add_option("--workers", o->workers, "Processes that grade (default: one a core)")
      ->type_name("N")
      ->check(CLI::Range(0, 256))
      ->group(of_cohort);
  grade->add_option("--evaluator", o->evaluators, "Evaluators elsewhere that grade, instead (repeat)")
      ->type_name("HOST:PORT")
      ->group(of_cohort);
  grade->add_flag("--resume", o->resume, "Go on with a cohort that was stopped")->group(of_cohort);
  grade->add_flag("--regrade", o->regrade, "Grade again what is graded, keep the old grades, say what moved")
      ->group(of_cohort);
  grade->add_option("--shard", o->shard, "Grade one of N shares (default: this rank's under mpirun or srun)")
      ->type_name("I/N")
      ->group(of_cohort);
  grade->add_option("--pass-mark", o->pass_mark, "From here on an answer passes, in junit.xml")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(of_cohort);
  grade->add_option("--similar", o->similar, "Report pairs of answers from this similarity on; 1.1: none")
      ->check(CLI::Range(0.05, 1.1))
      ->capture_default_str()
      ->group(of_cohort);
  const char* of_judge = "Another opinion, shown beside the score (off unless given)";
  grade
      ->add_option("--judge", o->judge_url,
                   "Chat completions endpoint that is asked about each answer in words")
      ->type_name("URL")
      ->group(of_judge);
  grade->add_option("--judge-model", o->judge_model, "Its model")->type_name("NAME")->group(of_judge);
  grade->add_option("--judge-key-env", o->judge_key_env, "Variable of the environment that holds the key")
      ->type_name("VAR")
      ->group(of_judge);
  grade->callback([line] { line->action = [line] { return Grade(line->grade); }; });

  CLI::App* worker = app.add_subcommand("grade-worker", "Grade answers of cohorts that others hand out");
  worker->add_option("--listen", line->grade_worker.listen, "unix:PATH or HOST:PORT")->required();
  worker->add_option("--bank", line->grade_worker.bank, "Folder of questions")->type_name("DIR");
  AddProfile(worker, &line->grade_worker);
  worker->callback([line] { line->action = [line] { return GradeWorker(line->grade_worker); }; });
  worker->group("");  // what `grade` starts by itself
}

void AddTraceAnalyze(CLI::App* trace, CommandLine* line) {
  ringside::cli::TraceAnalyzeOptions* o = &line->trace_analyze;
  CLI::App* analyze = trace->add_subcommand(
      "analyze", "Traces of PyTorch (Kineto): where the time of the GPUs went, by rank");
  analyze->add_option("paths", o->paths, "Files, .json or .json.gz, one a rank; or folders of them")
      ->required()
      ->type_name("PATH...");
  analyze->add_option("--format", "auto or kineto (the same, so far)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"auto", "kineto"}));
  analyze
      ->add_option("--classes", o->classes, "Names of kernels to classes (default: the program's own list)")
      ->type_name("FILE");
  analyze->add_option("--top", o->top, "Rows of the tables; 0: all")
      ->type_name("N")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  analyze->add_flag("--keep-last-step", o->keep_last_step,
                    "Count the last profiler step, too, which profilers cut off");
  AddJson(analyze, o);
  analyze->callback([line] { line->action = [line] { return TraceAnalyze(line->trace_analyze); }; });
}

void AddTrace(CLI::App& app, CommandLine* line) {
  CLI::App* trace = app.add_subcommand("trace", "Kept traces: what they say, and for other viewers");
  trace->require_subcommand(1);
  CLI::App* summary = trace->add_subcommand("summary", "Print the summary of a trace");
  CLI::App* chrome = trace->add_subcommand("export", "Write Chrome trace events, which Perfetto opens, too");
  CLI::App* what_if = trace->add_subcommand(
      "what-if", "Replay a run without its stragglers, with faster links, with communication for free");
  for (CLI::App* command : {summary, chrome, what_if}) {
    command->add_option("path", line->trace.path, "Directory that `run` or `simulate` left, or its trace.pb")
        ->required()
        ->type_name("PATH");
  }
  AddJson(summary, &line->trace);
  AddJson(what_if, &line->trace);
  what_if->add_option("--faster-links", line->trace.link_factor, "How many times as fast the links become")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  what_if->callback([line] { line->action = [line] { return TraceWhatIf(line->trace); }; });
  chrome->add_option("--out", line->trace.out, "File to write")->required()->type_name("FILE.json");
  summary->callback([line] { line->action = [line] { return TraceSummary(line->trace); }; });
  chrome->callback([line] { line->action = [line] { return TraceExport(line->trace); }; });
  AddTraceAnalyze(trace, line);
}

void AddJobs(CLI::App& app, CommandLine* line) {
  CLI::App* jobs = app.add_subcommand("jobs", "List the jobs of a coordinator; show, fetch or cancel one");
  jobs->require_subcommand(0, 1);
  jobs->add_option("--coordinator", line->jobs.coordinator, "Its address")
      ->type_name("ADDR")
      ->capture_default_str();
  AddJson(jobs, &line->jobs);
  jobs->callback([line, jobs] {
    if (jobs->get_subcommands().empty()) line->action = [line] { return JobsList(line->jobs); };
  });
  const auto add = [&](const char* name, const char* help,
                       int (*command)(const ringside::cli::JobsOptions&)) {
    CLI::App* added = jobs->add_subcommand(name, help);
    added->fallthrough();  // --coordinator and --json are taken on either side of the name
    added->add_option("id", line->jobs.job, "Job, as `ringside jobs` lists it")->required()->type_name("ID");
    added->callback([line, command] { line->action = [line, command] { return command(line->jobs); }; });
    return added;
  };
  add("show", "What is known of a job", ringside::cli::JobsShow);
  AddOut(add("fetch", "Fetch the trace of a job that succeeded", ringside::cli::JobsFetch), &line->jobs,
         "Leave the trace in DIR (default: out/ID)");
  add("cancel", "Cancel a job; returns when its processes are gone", ringside::cli::JobsCancel);
}

void AddBankStudies(CLI::App* bank, CommandLine* line) {
  ringside::cli::BankOptions& o = line->bank;
  CLI::App* plan = bank->add_subcommand("plan", "What to study, for a path, a company or a level");
  CLI::Option_group* of = plan->add_option_group("Of what");
  of->add_option("--path", o.path, "Study path, such as llm-engineer")->type_name("ID");
  of->add_option("--company", o.company, "Company, such as Google")->type_name("NAME");
  of->add_option("--level", o.plan_level, "junior, mid or senior")->type_name("LEVEL");
  of->require_option(1);
  CLI::App* assess =
      bank->add_subcommand("assess", "Rate yourself on the eleven topics: what to study in which order");
  assess
      ->add_option("ratings", o.ratings, "Eleven numbers, 1 cannot explain to 5 could teach; none: asked for")
      ->expected(0, 11)
      ->type_name("N...");
  for (CLI::App* command : {plan, assess}) {
    command->add_option("--bank", o.directory, "Folder of the bank (default: the program's own)")
        ->type_name("DIR");
    AddJson(command, &o);
  }
  plan->callback([line] { line->action = [line] { return BankPlan(line->bank); }; });
  assess->callback([line] { line->action = [line] { return BankAssess(line->bank); }; });
}

void AddBank(CLI::App& app, CommandLine* line) {
  ringside::cli::BankOptions& o = line->bank;
  CLI::App* bank = app.add_subcommand("bank", "The question bank: check, list, show, export it; study plans");
  bank->require_subcommand(1);
  CLI::App* check =
      bank->add_subcommand("check", "Check a bank; one line FILE:LINE: REASON each (exit 2: errors)");
  check->add_option("dir", o.directory, "Folder of the bank (default: the program's own)")->type_name("DIR");
  check->add_option("--min-questions", o.min_questions, "That each topic must have")
      ->type_name("N")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  check->add_flag("--warnings", o.warnings, "Show warnings, too");
  check->add_flag("--quick", o.quick, "Do not grade the bank's own answers");
  AddJson(check, &o);
  check->callback([line] { line->action = [line] { return BankCheck(line->bank); }; });
  CLI::App* list = bank->add_subcommand("list", "List questions");
  list->add_option("--topic", o.topic, "Only of this topic")->type_name("ID");
  list->add_option("--level", o.level, "Only of this level: foundation, core, advanced")->type_name("LEVEL");
  list->add_option("--group", o.group, "Only of this group, such as rapid-fire")->type_name("GROUP");
  list->add_option("--kind", o.kind, "Only of this kind, such as debugging")->type_name("KIND");
  AddJson(list, &o);
  list->callback([line] { line->action = [line] { return BankList(line->bank); }; });
  CLI::App* show = bank->add_subcommand("show", "Show a question or a diagram");
  show->add_option("id", o.id, "As `ringside bank list` has it")->required()->type_name("ID");
  show->add_option("--hints", o.hints, "Show the first N hints")->type_name("N")->check(CLI::Range(0, 4));
  show->add_flag("--answer", o.answer, "Show the full answer, common errors and what to read");
  show->callback([line] { line->action = [line] { return BankShow(line->bank); }; });
  CLI::App* exported = bank->add_subcommand("export", "Write questions with their full answers as a table");
  exported->add_option("--tsv", o.tsv, "File to write, tab separated")->required()->type_name("FILE");
  exported->callback([line] { line->action = [line] { return BankExport(line->bank); }; });
  CLI::App* guide = bank->add_subcommand("guide", "Read what the curriculum holds beside questions");
  guide
      ->add_option("section", o.section,
                   "topics, cheat-sheet, checklists, companies, levels, rubric, traits, advice, reviews, "
                   "resources or diagrams")
      ->required()
      ->type_name("SECTION");
  guide->callback([line] { line->action = [line] { return BankGuide(line->bank); }; });
  for (CLI::App* command : {list, show, exported, guide})
    command->add_option("--bank", o.directory, "Folder of the bank (default: the program's own)")
        ->type_name("DIR");
  AddBankStudies(bank, line);
}

void AddInterview(CLI::App& app, CommandLine* line) {
  CLI::App* interview = app.add_subcommand("interview", "An interview in four parts, with a scorecard");
  ringside::cli::InterviewOptions& o = line->interview;
  const auto add = [&](const char* name, auto& value, const char* type, const char* help) {
    return interview->add_option(name, value, help)->type_name(type);
  };
  add("--name", o.name, "NAME", "Of the candidate");
  add("--role", o.role, "ROLE", "What the interview is for, e.g. \"ML engineer\"");
  add("--topic", o.topics, "TOPIC", "Only this topic where there is a choice; may be given again");
  add("--level", o.level, "LEVEL", "To begin at: foundation, core or advanced (default: by the answers)");
  add("--mode", o.mode, "MODE", "full, diagnostic (ten questions) or rapid_fire")->capture_default_str();
  add("--focus", o.focus, "gaps|TOPIC", "First what earlier interviews found weak, or this topic");
  add("--round", o.round, "NAME", "Debugging round of the last part (default: by the seed)");
  add("--seed", o.seed, "N", "Of all that is drawn (default: by the time)");
  add("--bank", o.bank, "DIR", "Folder of the bank (default: the program's own)");
  add("--data-dir", o.data_dir, "DIR", "Where sessions are kept (default: ~/.local/state/ringside)");
  CLI::Option* resume = add("--resume", o.resume, "SESSION", "Go on with an interview that was left");
  CLI::Option* show = add("--show", o.show, "SESSION", "The scorecard of one that has ended");
  CLI::Option* script = add("--script", o.script, "FILE", "Play a recorded candidate; nothing is kept");
  resume->excludes(show)->excludes(script);
  show->excludes(script);
  interview->add_flag("--history", o.history, "List the interviews (of --name)");
  add("--html", o.html, "FILE", "Write the scorecard as a page");
  add("--transcript", o.transcript, "FILE", "Write the dialogue");
  AddProfile(interview, &o);
  AddJson(interview, &o);
  interview->callback([line] { line->action = [line] { return InterviewCommand(line->interview); }; });

  CLI::App* debug = app.add_subcommand("debug", "Find out what is wrong with a recorded run, step by step");
  ringside::cli::DebugOptions& d = line->debug;
  debug->add_option("round", d.round, "Number of --list, or name")->type_name("ROUND");
  debug->add_flag("--list", d.list, "What there is");
  debug->add_option("--script", d.script, "Play a recorded candidate")->type_name("FILE");
  debug->add_flag("--run", d.run, "After the verdict, run both for real and show the figures");
  debug->add_option("--source", d.source, "The source tree, for --run")->capture_default_str();
  AddOut(debug, &d, "Traces of --run (default: out/debug)");
  AddProfile(debug, &d);
  AddJson(debug, &d);
  debug->callback([line] { line->action = [line] { return Debug(line->debug); }; });
}

void AddReport(CLI::App& app, CommandLine* line) {
  ringside::cli::ScalingOptions* o = &line->scaling;
  CLI::App* report = app.add_subcommand("report", "Reports over many runs");
  report->require_subcommand(1);
  CLI::App* scaling = report->add_subcommand(
      "scaling",
      "Strong or weak scaling over the number of ranks, and the change against a baseline\n"
      "Exit codes: 1 a confirmed regression and nothing else, 2 bad input, 3 a run failed.");
  CLI::Option* runs =
      scaling->add_option("runs", o->runs, "Kept runs (and predictions), or directories of them")
          ->type_name("RUN_DIR...");
  CLI::Option* scenario = scaling->add_option("--scenario", o->scenario, "Run this scenario at every --ranks")
                              ->type_name("FILE")
                              ->excludes(runs);
  scaling->add_option("--ranks", o->ranks, "Numbers of ranks: plan.dp is set to fit")
      ->delimiter(',')
      ->check(CLI::Range(1, 4096))
      ->needs(scenario)
      ->capture_default_str();
  scaling->add_option("--repeats", o->repeats, "Runs of every number of ranks, in interleaved rounds")
      ->type_name("N")
      ->check(CLI::Range(1, 400))
      ->needs(scenario)
      ->capture_default_str();
  scaling->add_flag("--weak", o->weak, "Keep the batch of a replica (default: the batch of a step)")
      ->needs(scenario);
  CLI::Option* baseline =
      scaling->add_option("--baseline", o->baseline, "Compare with these kept runs")->type_name("DIR");
  scaling
      ->add_option("--noise", o->noise, "Runs of one program to take the noise from (default: the baseline)")
      ->type_name("DIR")
      ->needs(baseline);
  scaling
      ->add_flag("--interleaved", o->interleaved,
                 "Repeat i of both ran one after the other (by name of directory)")
      ->needs(baseline);
  AddProfile(scaling, o);
  AddCoordinator(scaling, o);
  AddOut(scaling, o, "Documents, and runs with --scenario (default: out/scaling)");
  AddJson(scaling, o);
  scaling->callback([line] { line->action = [line] { return ReportScaling(line->scaling); }; });
}

void AddDoctorServeAndDemo(CLI::App& app, CommandLine* line) {
  CLI::App* doctor = app.add_subcommand(
      "doctor",
      "What this machine can do, and what each missing part costs (exit 1: it cannot run anything)");
  AddJson(doctor, &line->doctor);
  doctor->callback([line] { line->action = [line] { return Doctor(line->doctor); }; });

  CLI::App* serve =
      app.add_subcommand("serve", "Coordinator and evaluator (gRPC) in one process, until Ctrl-C");
  serve->add_option("--listen", line->serve.listen, "Address of the coordinator; there is no authentication")
      ->capture_default_str();
  serve->add_option("--evaluator-listen", line->serve.evaluator_listen, "Address of the evaluator")
      ->capture_default_str();
  serve->add_option("--data-dir", line->serve.data_dir, "Jobs and traces (default: ~/.local/state/ringside)")
      ->type_name("DIR");
  AddProfile(serve, &line->serve);
  serve->callback([line] { line->action = [line] { return Serve(line->serve); }; });

  CLI::App* demo = app.add_subcommand(
      "demo", "Train one small GPT under four plans, slow a link, grade three answers, write a report");
  demo->add_option("--source", line->demo.source, "The source tree, for its scenarios and questions")
      ->capture_default_str();
  demo->add_option("--out", line->demo.out, "Report and traces")->capture_default_str();
  demo->callback([line] { line->action = [line] { return Demo(line->demo); }; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Ringside: a mock-interview cluster. Training plans are run for real, predicted, and scored.\n"
      "Exit codes: 0 success, 1 a check or a job failed, 2 bad input, 130 interrupted."};
  app.name("ringside");
  app.require_subcommand(1);
  CommandLine line;
  AddRunAndSimulate(app, &line);
  AddSearch(app, &line);
  AddCalibrate(app, &line);
  AddValidate(app, &line);
  AddGoodput(app, &line);
  AddGrade(app, &line);
  AddTrace(app, &line);
  AddReport(app, &line);
  AddJobs(app, &line);
  AddCheckpoint(app, &line);
  AddBank(app, &line);
  AddInterview(app, &line);
  AddDoctorServeAndDemo(app, &line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // CLI11's way to report; --help is one, too
    return app.exit(error) == 0 ? ringside::cli::kExitOk : ringside::cli::kExitBadInput;
  }
  return line.action();
}
