// `ringside jobs [show|fetch|cancel ID]`: the jobs of a coordinator, also those whose client is gone.
#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "coordinator/client.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/store.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

constexpr int kPageSize = 1000;
constexpr size_t kMaxNameColumns = 40;
constexpr size_t kMaxFailureColumns = 80;

std::string StateName(const v1::Job& job) {
  constexpr std::string_view kPrefix = "JOB_STATE_";
  const std::string& name = v1::JobState_Name(job.state());
  return name.starts_with(kPrefix) ? absl::AsciiStrToLower(name.substr(kPrefix.size())) : "unknown";
}

std::string LocalTime(int64_t unix_ns) {
  if (unix_ns == 0) return "-";
  const std::time_t seconds = unix_ns / 1'000'000'000;
  std::tm parts{};
  char text[32] = {};
  if (localtime_r(&seconds, &parts) == nullptr) return "-";
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

nlohmann::json Seconds(int64_t unix_ns) {
  return unix_ns == 0 ? nlohmann::json() : nlohmann::json(static_cast<double>(unix_ns) * 1e-9);
}

nlohmann::json ToJson(const v1::Job& job) {
  nlohmann::json failure;
  if (job.has_failure()) {
    failure = {{"message", job.failure().message()},
               {"rank", job.failure().rank()},
               {"step", job.failure().step()},
               {"op", job.failure().op()}};
  }
  return {{"id", job.id()},
          {"name", job.name()},
          {"state", StateName(job)},
          {"attempt", job.attempt()},
          {"ranks", job.world_size()},
          {"launcher", job.launcher()},
          {"launcher_note", job.launcher_note()},
          {"submitted_unix_s", Seconds(job.submitted_unix_ns())},
          {"started_unix_s", Seconds(job.started_unix_ns())},
          {"finished_unix_s", Seconds(job.finished_unix_ns())},
          {"failure", failure}};
}

std::string ListText(const std::vector<v1::Job>& jobs) {
  if (jobs.empty()) return "no jobs\n";
  trace::Table table;
  for (const char* name : {"id", "name", "state", "submitted"})
    table.Column(name, trace::Table::Align::kLeft);
  table.Column("ranks").Column("failure", trace::Table::Align::kLeft);
  for (const v1::Job& job : jobs) {
    table.Row({job.id(), evaluator::Printable(job.name(), kMaxNameColumns), StateName(job),
               LocalTime(job.submitted_unix_ns()), fmt::to_string(job.world_size()),
               evaluator::Printable(job.failure().message(), kMaxFailureColumns)});
  }
  return table.Text();
}

std::string JobText(const v1::Job& job) {
  std::string text = fmt::format("job {}: {}\n", job.id(), StateName(job));
  text += fmt::format("  name        {}\n  ranks       {}\n  attempt     {}\n", job.name(), job.world_size(),
                      job.attempt());
  text += fmt::format("  submitted   {}\n  started     {}\n  finished    {}\n",
                      LocalTime(job.submitted_unix_ns()), LocalTime(job.started_unix_ns()),
                      LocalTime(job.finished_unix_ns()));
  if (!job.launcher().empty()) {
    text += fmt::format("  launcher    {}{}{}\n", job.launcher(), job.launcher_note().empty() ? "" : ": ",
                        job.launcher_note());
  }
  if (job.has_failure()) text += fmt::format("  failure     {}\n", job.failure().message());
  return text;
}

absl::StatusOr<std::vector<v1::Job>> ListAll(coordinator::CoordinatorClient& client) {
  std::vector<v1::Job> jobs;
  std::string token;
  do {
    RINGSIDE_ASSIGN_OR_RETURN(const v1::ListResponse page, client.List(kPageSize, token));
    jobs.insert(jobs.end(), page.jobs().begin(), page.jobs().end());
    token = page.next_page_token();
  } while (!token.empty());
  return jobs;
}

// The job as it is: the first thing that watching it tells.
absl::StatusOr<v1::Job> Find(coordinator::CoordinatorClient& client, const std::string& id) {
  std::optional<v1::Job> job;
  const auto watched = client.Watch(id, [&job](const v1::JobEvent& event) {
    if (event.has_job()) job = event.job();
    return !job.has_value();
  });
  if (job.has_value()) return *job;
  return watched.ok() ? absl::NotFoundError(fmt::format("job {}: not found", id)) : watched.status();
}

// Calls the coordinator that the options name and explains what goes wrong with that.
template <class Call>
auto CallCoordinator(const JobsOptions& options, Call call)
    -> decltype(call(std::declval<coordinator::CoordinatorClient&>())) {
  RINGSIDE_RETURN_IF_ERROR(CheckCoordinatorAddress(options.coordinator));
  coordinator::CoordinatorClient client(options.coordinator);
  auto result = call(client);
  if (!result.ok()) return ExplainCoordinatorError(result.status(), options.coordinator, "");
  return result;
}

int ShowJob(const JobsOptions& options, const v1::Job& job) {
  const Output output(options.json);
  output.Print(JobText(job));
  const absl::Status written = output.WriteJson(ToJson(job));
  return written.ok() ? kExitOk : Fail(written);
}

}  // namespace

int JobsList(const JobsOptions& options) {
  const auto jobs = CallCoordinator(options, ListAll);
  if (!jobs.ok()) return Fail(jobs.status());
  nlohmann::json document = nlohmann::json::array();
  for (const v1::Job& job : *jobs) document.push_back(ToJson(job));
  const Output output(options.json);
  output.Print(ListText(*jobs));
  const absl::Status written = output.WriteJson({{"jobs", document}});
  return written.ok() ? kExitOk : Fail(written);
}

int JobsShow(const JobsOptions& options) {
  const auto job = CallCoordinator(options, [&](auto& client) { return Find(client, options.job); });
  return job.ok() ? ShowJob(options, *job) : Fail(job.status());
}

int JobsCancel(const JobsOptions& options) {
  const auto job = CallCoordinator(options, [&](auto& client) { return client.Cancel(options.job); });
  return job.ok() ? ShowJob(options, *job) : Fail(job.status());
}

int JobsFetch(const JobsOptions& options) {
  const auto trace = CallCoordinator(options, [&](auto& client) { return client.FetchTrace(options.job); });
  if (!trace.ok()) return Fail(trace.status());
  const std::string out = options.out.empty() ? "out/" + AsFileName(options.job) : options.out;
  if (absl::Status saved = trace::SaveTrace(*trace, out); !saved.ok()) return Fail(saved);
  const Output output(options.json);
  output.Print(fmt::format("trace {}: `ringside trace summary {}` says what it says\n", out, out));
  const absl::Status written = output.WriteJson({{"id", options.job}, {"trace", out}});
  return written.ok() ? kExitOk : Fail(written);
}

}  // namespace ringside::cli
