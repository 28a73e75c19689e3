// The Interview service: a thin shell that adds a clock and a store to the state machine. Called from gRPC's
// threads; one session is handled by one thread at a time, different ones side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/base/thread_annotations.h"
#include "evaluator/interview/interview.h"
#include "evaluator/interview/session_store.h"
#include "ringside/v1/interview.grpc.pb.h"

namespace ringside::evaluator {

struct SessionServiceOptions {
  std::function<int64_t()> now_ms;      // steady
  std::function<int64_t()> now_unix_s;  // of the day
  int most_open_sessions = 200;
};

class SessionService final : public v1::Interview::Service {
 public:
  // `store` outlives the service.
  SessionService(InterviewContext context, const SessionStore& store, SessionServiceOptions options)
      : context_(std::move(context)), store_(store), options_(std::move(options)) {}

  grpc::Status StartSession(grpc::ServerContext* context, const v1::StartSessionRequest* request,
                            v1::SessionReply* reply) override;
  grpc::Status Say(grpc::ServerContext* context, const v1::SayRequest* request,
                   v1::SessionReply* reply) override;
  grpc::Status GetScorecard(grpc::ServerContext* context, const v1::GetScorecardRequest* request,
                            v1::InterviewScorecard* card) override;
  grpc::Status GetSession(grpc::ServerContext* context, const v1::GetSessionRequest* request,
                          v1::InterviewSession* session) override;
  grpc::Status ListSessions(grpc::ServerContext* context, const v1::ListSessionsRequest* request,
                            v1::ListSessionsResponse* response) override;

 private:
  struct Live {
    explicit Live(Interview started) : interview(std::move(started)) {}
    std::mutex mutex;
    Interview interview ABSL_GUARDED_BY(mutex);
    int64_t used = 0;  // guarded by the service's mutex
  };
  // The session, taken up from the store if it is not in memory. Room is made by letting go of the one that
  // was used longest ago and is used by nobody; it is on the disk.
  absl::StatusOr<std::shared_ptr<Live>> Find(const std::string& id);
  absl::Status MakeRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const InterviewContext context_;
  const SessionStore& store_;
  const SessionServiceOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Live>> live_ ABSL_GUARDED_BY(mutex_);
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t started_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace ringside::evaluator
