// `ringside trace summary|export PATH`: what a kept trace says, and the trace for other viewers.
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/summary_text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/chrome.h"
#include "trace/store.h"
#include "trace/summary.h"

namespace ringside::cli {

int TraceSummary(const TraceOptions& options) {
  const Output output(options.json);
  const auto trace = trace::LoadTrace(options.path);
  if (!trace.ok()) return Fail(trace.status());
  const auto summary = trace::Summarize(*trace);
  if (!summary.ok()) return Fail(summary.status());
  output.Print(SummaryText(*summary));
  if (absl::Status written = output.WriteJson(trace::ToJson(*summary)); !written.ok()) return Fail(written);
  return kExitOk;
}

int TraceExport(const TraceOptions& options) {
  const auto trace = trace::LoadTrace(options.path);
  if (!trace.ok()) return Fail(trace.status());
  if (absl::Status written = WriteFile(options.out, trace::WriteChromeTrace(*trace)); !written.ok()) {
    return Fail(written);
  }
  const absl::Status said =
      PrintToStdout(fmt::format("{}: open it in https://ui.perfetto.dev or chrome://tracing\n", options.out));
  return said.ok() ? kExitOk : Fail(said);
}

}  // namespace ringside::cli
