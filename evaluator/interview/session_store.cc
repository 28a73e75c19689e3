#include "evaluator/interview/session_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/status_macros.h"
#include "trace/file_writer.h"

namespace ringside::evaluator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".session";
constexpr int kSessionsForGaps = 3;
constexpr size_t kMostAsked = 2000;

// Ids become file names.
absl::Status CheckId(std::string_view id) {
  const bool ok = !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("\"{}\" is no session: 1 to 64 letters, digits, '-' or '_'", id.substr(0, 80)));
}

}  // namespace

std::string SessionStore::PathOf(const std::string& id) const {
  return fmt::format("{}/{}{}", directory_, id, kSuffix);
}

absl::Status SessionStore::Save(const v1::InterviewSession& session) const {
  RINGSIDE_RETURN_IF_ERROR(CheckId(session.setup().id()));
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return absl::UnavailableError(fmt::format("cannot make {}: {}", directory_, error.message()));
  fs::permissions(directory_, fs::perms::owner_all, error);  // answers are nobody else's
  const std::string bytes = session.SerializeAsString();
  if (bytes.size() > kMaxSessionBytes)
    return absl::ResourceExhaustedError("the session is larger than 32 MiB");
  RINGSIDE_ASSIGN_OR_RETURN(trace::FileWriter writer,
                            trace::FileWriter::Create(PathOf(session.setup().id())));
  RINGSIDE_RETURN_IF_ERROR(writer.Append(bytes));
  return writer.Commit();
}

absl::StatusOr<v1::InterviewSession> SessionStore::Load(const std::string& id) const {
  RINGSIDE_RETURN_IF_ERROR(CheckId(id));
  const std::string path = PathOf(id);
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error)
    return absl::NotFoundError(fmt::format("no session \"{}\" in {}; --history lists them", id, directory_));
  if (size > kMaxSessionBytes)
    return absl::DataLossError(fmt::format("{} is larger than a session may be", path));
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  v1::InterviewSession session;
  if (!in.good() && !in.eof()) return absl::UnavailableError(fmt::format("cannot read {}", path));
  if (!session.ParseFromString(bytes) || session.setup().id() != id) {
    return absl::DataLossError(fmt::format("{} is damaged; remove it to begin anew", path));
  }
  return session;
}

std::vector<v1::SessionSummary> SessionStore::List(const std::string& candidate) const {
  std::vector<v1::SessionSummary> summaries;
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != kSuffix || summaries.size() >= kMaxStoredSessions) continue;
    const auto session = Load(it->path().stem().string());
    if (!session.ok() || (!candidate.empty() && session->setup().candidate() != candidate)) continue;
    summaries.push_back(Summarized(*session));
  }
  std::sort(summaries.begin(), summaries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.started_unix_s(), a.session()) > std::pair(b.started_unix_s(), b.session());
  });
  return summaries;
}

v1::SessionSummary Summarized(const v1::InterviewSession& session) {
  v1::SessionSummary summary;
  summary.set_session(session.setup().id());
  summary.set_candidate(session.setup().candidate());
  summary.set_mode(session.setup().mode());
  summary.set_ended(session.ended());
  summary.set_score(session.scorecard().score());
  summary.set_started_unix_s(session.setup().started_unix_s());
  *summary.mutable_weak_topics() = session.scorecard().weak_topics();
  summary.set_questions(session.scorecard().questions());
  return summary;
}

Gaps GapsOf(const SessionStore& store, const std::string& candidate) {
  Gaps gaps;
  int looked_at = 0;
  for (const v1::SessionSummary& summary : store.List(candidate)) {
    const auto session = store.Load(summary.session());
    if (!session.ok()) continue;
    for (const v1::AskedQuestion& asked : session->asked()) {
      if (gaps.asked.size() < kMostAsked &&
          std::find(gaps.asked.begin(), gaps.asked.end(), asked.id()) == gaps.asked.end()) {
        gaps.asked.push_back(asked.id());
      }
    }
    if (!summary.ended() || looked_at++ >= kSessionsForGaps) continue;
    for (const std::string& topic : summary.weak_topics()) {
      if (std::find(gaps.topics.begin(), gaps.topics.end(), topic) == gaps.topics.end())
        gaps.topics.push_back(topic);
    }
  }
  return gaps;
}

}  // namespace ringside::evaluator
