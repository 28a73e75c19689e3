// `ringside trace summary|export PATH`: what a kept trace says, and the trace for other viewers.
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/summary_text.h"
#include "fmt/format.h"
#include "trace/chrome.h"
#include "trace/store.h"
#include "trace/summary.h"

namespace ringside::cli {
namespace {

struct Options {
  std::string path, out;
  Output output;
};

int Summary(const Options& options) {
  const auto trace = trace::LoadTrace(options.path);
  if (!trace.ok()) return Fail(trace.status());
  const auto summary = trace::Summarize(*trace);
  if (!summary.ok()) return Fail(summary.status());
  options.output.Print(SummaryText(*summary));
  if (absl::Status written = options.output.WriteJson(trace::ToJson(*summary)); !written.ok())
    return Fail(written);
  return kExitOk;
}

int Export(const Options& options) {
  const auto trace = trace::LoadTrace(options.path);
  if (!trace.ok()) return Fail(trace.status());
  if (absl::Status written = WriteFile(options.out, trace::WriteChromeTrace(*trace)); !written.ok()) {
    return Fail(written);
  }
  fmt::print("{}: open it in https://ui.perfetto.dev or chrome://tracing\n", options.out);
  return kExitOk;
}

}  // namespace

void AddTraceCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("trace", "Kept traces: what they say, and for other viewers");
  command->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* summary = command->add_subcommand("summary", "Print the summary of a trace");
  CLI::App* chrome =
      command->add_subcommand("export", "Write Chrome trace events, which Perfetto opens, too");
  for (CLI::App* sub : {summary, chrome}) {
    sub->add_option("path", options->path, "Directory that `run` or `simulate` left, or its trace.pb")
        ->required()
        ->type_name("PATH");
  }
  options->output.AddFlag(summary);
  chrome->add_option("--out", options->out, "File to write")->required()->type_name("FILE.json");
  summary->callback([=] { *action = [options] { return Summary(*options); }; });
  chrome->callback([=] { *action = [options] { return Export(*options); }; });
}

}  // namespace ringside::cli
