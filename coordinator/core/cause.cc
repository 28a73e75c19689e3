#include "coordinator/core/cause.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "coordinator/core/mpirun_report.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

v1::Failure MakeFailure(absl::StatusCode code, int rank, const Sign* position, std::string message) {
  v1::Failure failure;
  failure.set_code(static_cast<int>(code));
  failure.set_rank(rank);
  failure.set_step(position != nullptr ? position->step : -1);
  if (position != nullptr) failure.set_op(position->op);
  if (position != nullptr && !position->last_seen.empty()) message += "; " + position->last_seen;
  failure.set_message(std::move(message));
  return failure;
}

v1::Failure FromReport(const MpirunReport& report, const std::string& stderr_tail, const Sign* position) {
  if (report.signal != 0) {
    const char* hint =
        report.signal == SIGKILL ? ", which is also how the kernel ends a process when memory is out" : "";
    return MakeFailure(absl::StatusCode::kUnavailable, report.rank, position,
                       fmt::format("rank {} was ended by {} (as mpirun reports){}", report.rank,
                                   SignalName(report.signal), hint));
  }
  const std::string words = Excerpt(stderr_tail);
  return MakeFailure(absl::StatusCode::kUnavailable, report.rank, position,
                     fmt::format("rank {} {} with code {} (as mpirun reports){}{}", report.rank,
                                 report.aborted ? "called MPI_Abort" : "exited", report.exit_code,
                                 words.empty() ? "" : "; its processes said: ", words));
}

v1::Failure FromExit(const LauncherExit& exit) {
  v1::Failure failure;
  failure.set_rank(-1);
  failure.set_step(-1);
  if (!exit.status.ok()) {
    failure.set_code(exit.status.raw_code());
    failure.set_message(std::string(exit.status.message()));
    return failure;
  }
  failure.set_code(static_cast<int>(absl::StatusCode::kUnavailable));
  const std::string how = exit.signal != 0 ? fmt::format("was ended by {}", SignalName(exit.signal))
                                           : fmt::format("exited with code {}", exit.exit_code);
  const std::string words = Excerpt(exit.stderr_tail);
  failure.set_message(
      fmt::format("mpirun {} before the job was done{}{}", how, words.empty() ? "" : "; it said: ", words));
  return failure;
}

}  // namespace

bool MayBeConsequence(const v1::Failure& failure) {
  switch (static_cast<absl::StatusCode>(failure.code())) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kOk:
      return true;
    default:
      return false;
  }
}

v1::Failure NameCause(const std::vector<Sign>& signs, const std::optional<LauncherExit>& exit,
                      const std::vector<Sign>& last_seen_of) {
  const auto position = [&](int rank) {
    return rank >= 0 && rank < static_cast<int>(last_seen_of.size()) ? &last_seen_of[rank] : nullptr;
  };
  if (!signs.empty() && signs[0].reported && !MayBeConsequence(*signs[0].reported)) return *signs[0].reported;

  std::optional<MpirunReport> report;
  if (exit && exit->status.ok()) report = ParseMpirunReport(exit->stderr_tail);
  if (report && position(report->rank) == nullptr) report.reset();  // not a rank of this job
  if (report && report->signal != 0 && report->signal != SIGTERM)
    return FromReport(*report, exit->stderr_tail, position(report->rank));

  const auto own = std::find_if(signs.begin(), signs.end(), [](const Sign& sign) {
    return sign.reported && !MayBeConsequence(*sign.reported);
  });
  if (own != signs.end()) return *own->reported;
  if (report) {
    // The rank that mpirun blames may have said more about it than its exit code does.
    for (const Sign& sign : signs) {
      if (sign.reported && sign.rank == report->rank) return *sign.reported;
    }
    return FromReport(*report, exit->stderr_tail, position(report->rank));
  }
  for (const Sign& sign : signs) {
    if (sign.reported) return *sign.reported;
  }
  if (!signs.empty()) {
    return MakeFailure(absl::StatusCode::kUnavailable, signs[0].rank, &signs[0],
                       fmt::format("rank {} closed its connection before it was done", signs[0].rank));
  }
  return FromExit(exit.value_or(LauncherExit{}));
}

std::string Excerpt(const std::string& stderr_tail, size_t max_chars) {
  std::vector<std::string> own, boxed;  // boxed: between two rules of dashes, mpirun's own explanations
  bool in_box = false;
  for (const auto raw : absl::StrSplit(stderr_tail, '\n')) {
    const std::string text(absl::StripAsciiWhitespace(raw));
    if (text.empty()) continue;
    if (text.size() > 20 && text.find_first_not_of('-') == text.npos) {
      in_box = !in_box;
      continue;
    }
    std::vector<std::string>& lines = in_box ? boxed : own;
    if (std::find(lines.begin(), lines.end(), text) == lines.end())
      lines.push_back(text);  // ranks say the same
  }
  std::string line = absl::StrJoin(own.empty() ? boxed : own, " ");
  if (line.size() > max_chars) line = "..." + line.substr(line.size() - max_chars);
  return line;
}

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace ringside::coordinator
