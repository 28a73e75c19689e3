#include "evaluator/interview/session_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/session_clock.h"

namespace ringside::evaluator {
namespace {

constexpr int kMostListed = 1000;
constexpr int kDefaultListed = 100;

// absl and gRPC number their codes alike.
grpc::Status Of(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

void Fill(const v1::InterviewSession& session, const std::vector<v1::InterviewTurn>& turns,
          v1::SessionReply* reply) {
  reply->set_session(session.setup().id());
  for (const v1::InterviewTurn& turn : turns) *reply->add_turns() = turn;
  reply->set_ended(session.ended());
  reply->set_events(session.events());
  reply->set_phase(session.phases(session.phase()).id());
  reply->set_phase_left_ms(session.ended() ? 0 : std::max<int64_t>(0, PhaseLeftMs(session)));
}

}  // namespace

absl::Status SessionService::MakeRoom() {
  if (live_.size() < static_cast<size_t>(options_.most_open_sessions)) return absl::OkStatus();
  auto oldest = live_.end();
  for (auto it = live_.begin(); it != live_.end(); ++it) {
    if (it->second.use_count() > 1) continue;  // under way
    if (oldest == live_.end() || it->second->used < oldest->second->used) oldest = it;
  }
  if (oldest == live_.end()) {
    return absl::ResourceExhaustedError(
        fmt::format("{} sessions are busy, which is the limit; try again", live_.size()));
  }
  live_.erase(oldest);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<SessionService::Live>> SessionService::Find(const std::string& id) {
  std::lock_guard lock(mutex_);
  auto found = live_.find(id);
  if (found == live_.end()) {
    RINGSIDE_ASSIGN_OR_RETURN(v1::InterviewSession session, store_.Load(id));
    RINGSIDE_RETURN_IF_ERROR(MakeRoom());
    RINGSIDE_ASSIGN_OR_RETURN(Interview interview,
                              Interview::Continue(context_, std::move(session), options_.now_ms()));
    found = live_.emplace(id, std::make_shared<Live>(std::move(interview))).first;
  }
  found->second->used = ++uses_;
  return found->second;
}

grpc::Status SessionService::StartSession(grpc::ServerContext*, const v1::StartSessionRequest* request,
                                          v1::SessionReply* reply) {
  v1::InterviewSetup setup = request->setup();
  std::lock_guard lock(mutex_);
  setup.set_started_unix_s(options_.now_unix_s());
  do {
    setup.set_id(fmt::format("r{}-{}", setup.started_unix_s(), ++started_));
  } while (store_.Load(setup.id()).status().code() != absl::StatusCode::kNotFound);
  if (setup.seed() == 0) setup.set_seed(static_cast<uint64_t>(setup.started_unix_s() * 1000 + started_));
  if (absl::Status room = MakeRoom(); !room.ok()) return Of(room);
  auto interview = Interview::Start(context_, setup, options_.now_ms());
  if (!interview.ok()) return Of(interview.status());
  const v1::InterviewSession& session = interview->session();
  if (absl::Status saved = store_.Save(session); !saved.ok()) return Of(saved);
  Fill(session, {session.turns().begin(), session.turns().end()}, reply);
  const auto live = std::make_shared<Live>(*std::move(interview));
  live->used = ++uses_;
  live_.emplace(setup.id(), live);
  return grpc::Status::OK;
}

grpc::Status SessionService::Say(grpc::ServerContext*, const v1::SayRequest* request,
                                 v1::SessionReply* reply) {
  if (request->text().size() > kMaxTextBytes) {
    return {grpc::StatusCode::INVALID_ARGUMENT,
            fmt::format("text: {} bytes are over the limit of {}", request->text().size(), kMaxTextBytes)};
  }
  if (!v1::InterviewEventKind_IsValid(request->kind()) ||
      request->kind() == v1::INTERVIEW_EVENT_KIND_UNSPECIFIED) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "kind: is missing or unknown"};
  }
  auto live = Find(request->session());
  if (!live.ok()) return Of(live.status());
  std::lock_guard lock((*live)->mutex);
  // A copy, so that what could not be kept has not happened.
  Interview interview = (*live)->interview;
  if (interview.session().ended()) {
    return {grpc::StatusCode::FAILED_PRECONDITION, "the interview has ended; GetScorecard has its result"};
  }
  if (request->after_events() > 0 && request->after_events() != interview.session().events()) {
    return {grpc::StatusCode::ABORTED, fmt::format("after_events: {} were handled, not {}",
                                                   interview.session().events(), request->after_events())};
  }
  v1::InterviewEvent event;
  event.set_kind(request->kind());
  event.set_text(request->text());
  event.set_at_ms(options_.now_ms());
  const std::vector<v1::InterviewTurn> turns = interview.Handle(event);
  // Said only when it is kept: a client that sees the reply finds it again after a restart.
  if (absl::Status saved = store_.Save(interview.session()); !saved.ok()) return Of(saved);
  Fill(interview.session(), turns, reply);
  (*live)->interview = std::move(interview);
  return grpc::Status::OK;
}

grpc::Status SessionService::GetScorecard(grpc::ServerContext*, const v1::GetScorecardRequest* request,
                                          v1::InterviewScorecard* card) {
  const auto session = store_.Load(request->session());
  if (!session.ok()) return Of(session.status());
  if (!session->ended()) return {grpc::StatusCode::FAILED_PRECONDITION, "the interview has not ended"};
  *card = session->scorecard();
  return grpc::Status::OK;
}

grpc::Status SessionService::GetSession(grpc::ServerContext*, const v1::GetSessionRequest* request,
                                        v1::InterviewSession* session) {
  auto loaded = store_.Load(request->session());
  if (!loaded.ok()) return Of(loaded.status());
  *session = *std::move(loaded);
  return grpc::Status::OK;
}

grpc::Status SessionService::ListSessions(grpc::ServerContext*, const v1::ListSessionsRequest* request,
                                          v1::ListSessionsResponse* response) {
  const int limit = request->limit() <= 0 ? kDefaultListed : std::min(request->limit(), kMostListed);
  for (v1::SessionSummary& summary : store_.List(request->candidate())) {
    if (response->sessions_size() >= limit) break;
    *response->add_sessions() = std::move(summary);
  }
  return grpc::Status::OK;
}

}  // namespace ringside::evaluator
