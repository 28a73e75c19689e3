#include "evaluator/interview/session_service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "evaluator/interview/rules.h"
#include "evaluator/interview/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

// A real server and client, joined inside the process; time goes on by a second with every look at the clock.
class SessionServiceTest : public ::testing::Test {
 protected:
  SessionServiceTest() : directory_(::testing::TempDir() + "/session_service"), store_(directory_) {
    std::filesystem::remove_all(directory_);
    Open(4);
  }
  ~SessionServiceTest() override { server_->Shutdown(); }

  void Open(int most_sessions) {
    if (server_ != nullptr) server_->Shutdown();
    service_ = std::make_unique<SessionService>(
        testing::SmallContext(), store_,
        SessionServiceOptions{[this] { return clock_ms_ += 1000; }, [] { return int64_t{1'790'000'000}; },
                              most_sessions});
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::Interview::NewStub(server_->InProcessChannel({}));
  }
  grpc::Status Start(v1::SessionReply* reply) {
    grpc::ClientContext context;
    v1::StartSessionRequest request;
    request.mutable_setup()->set_mode(v1::INTERVIEW_MODE_FULL);
    request.mutable_setup()->set_candidate("Ada");
    return stub_->StartSession(&context, request, reply);
  }
  grpc::Status Say(const std::string& session, const std::string& text, v1::SessionReply* reply,
                   v1::InterviewEventKind kind = v1::INTERVIEW_EVENT_KIND_SAY, int after = 0) {
    grpc::ClientContext context;
    v1::SayRequest request;
    request.set_session(session);
    request.set_kind(kind);
    request.set_text(text);
    request.set_after_events(after);
    reply->Clear();
    return stub_->Say(&context, request, reply);
  }

  std::string directory_;
  SessionStore store_;
  std::atomic<int64_t> clock_ms_ = 0;
  std::unique_ptr<SessionService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Interview::Stub> stub_;
};

TEST_F(SessionServiceTest, HoldsAnInterviewToItsScorecard) {
  v1::SessionReply reply;
  ASSERT_TRUE(Start(&reply).ok());
  ASSERT_EQ(reply.turns_size(), 2);
  EXPECT_EQ(reply.turns(0).kind(), "greeting");
  EXPECT_GT(reply.phase_left_ms(), 0);
  const std::string id = reply.session();
  ASSERT_TRUE(Say(id, "The chain rule, because of a product of small factors.", &reply).ok());
  EXPECT_EQ(reply.events(), 1);
  grpc::ClientContext early;
  v1::GetScorecardRequest request;
  request.set_session(id);
  v1::InterviewScorecard card;
  EXPECT_EQ(stub_->GetScorecard(&early, request, &card).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  ASSERT_TRUE(Say(id, "", &reply, v1::INTERVIEW_EVENT_KIND_END).ok());
  EXPECT_TRUE(reply.ended());
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->GetScorecard(&context, request, &card).ok());
  EXPECT_EQ(card.strengths_size(), 3);
  EXPECT_EQ(Say(id, "more", &reply).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(SessionServiceTest, ASessionOutlivesTheServer) {
  v1::SessionReply reply;
  ASSERT_TRUE(Start(&reply).ok());
  const std::string id = reply.session();
  ASSERT_TRUE(Say(id, "The chain rule, because.", &reply).ok());
  Open(4);
  ASSERT_TRUE(Say(id, "One backward pass, because.", &reply).ok());
  EXPECT_EQ(reply.events(), 2);
}

TEST_F(SessionServiceTest, ARepeatedRequestDoesNothing) {
  v1::SessionReply reply;
  ASSERT_TRUE(Start(&reply).ok());
  const std::string id = reply.session();
  ASSERT_TRUE(Say(id, "The chain rule, because.", &reply).ok());
  ASSERT_TRUE(Say(id, "More of it, because.", &reply, v1::INTERVIEW_EVENT_KIND_SAY, 1).ok());
  EXPECT_EQ(Say(id, "More of it, because.", &reply, v1::INTERVIEW_EVENT_KIND_SAY, 1).error_code(),
            grpc::StatusCode::ABORTED);
}

TEST_F(SessionServiceTest, WhatCouldNotBeKeptHasNotHappened) {
  v1::SessionReply reply;
  ASSERT_TRUE(Start(&reply).ok());
  const std::string id = reply.session();
  ASSERT_TRUE(Say(id, "The chain rule, because.", &reply).ok());
  std::filesystem::remove_all(directory_);
  std::ofstream(directory_) << "a file where the folder was";
  EXPECT_FALSE(Say(id, "More of it, because.", &reply, v1::INTERVIEW_EVENT_KIND_SAY, 1).ok());
  std::filesystem::remove(directory_);
  EXPECT_TRUE(Say(id, "More of it, because.", &reply, v1::INTERVIEW_EVENT_KIND_SAY, 1).ok());
  EXPECT_EQ(reply.events(), 2);
}

TEST_F(SessionServiceTest, RefusesWhatCannotBe) {
  v1::SessionReply reply;
  EXPECT_EQ(Say("nobody", "x", &reply).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Say("../x", "x", &reply).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ASSERT_TRUE(Start(&reply).ok());
  const std::string id = reply.session();
  const grpc::Status large = Say(id, std::string(kMaxTextBytes + 1, 'x'), &reply);
  EXPECT_EQ(large.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(large.error_message(), HasSubstr("limit of 20000"));
  EXPECT_EQ(Say(id, "x", &reply, v1::INTERVIEW_EVENT_KIND_UNSPECIFIED).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  grpc::ClientContext context;
  const grpc::Status no_mode = stub_->StartSession(&context, {}, &reply);
  EXPECT_THAT(no_mode.error_message(), HasSubstr("setup.mode"));
}

TEST_F(SessionServiceTest, MoreSessionsThanFitInMemoryGoOnFromTheDisk) {
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) {
    v1::SessionReply reply;
    ASSERT_TRUE(Start(&reply).ok());
    ids.push_back(reply.session());
  }
  for (const std::string& id : ids) {
    v1::SessionReply reply;
    ASSERT_TRUE(Say(id, "The chain rule, because.", &reply).ok()) << id;
  }
  grpc::ClientContext context;
  v1::ListSessionsRequest request;
  request.set_limit(7);
  v1::ListSessionsResponse response;
  ASSERT_TRUE(stub_->ListSessions(&context, request, &response).ok());
  EXPECT_EQ(response.sessions_size(), 7);
}

TEST_F(SessionServiceTest, ManyClientsAtOnce) {
  std::vector<std::thread> clients;
  std::atomic<int> wrong = 0;
  v1::SessionReply shared;
  ASSERT_TRUE(Start(&shared).ok());
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      v1::SessionReply reply;
      if (!Start(&reply).ok()) ++wrong;
      const std::string own = reply.session();
      for (int k = 0; k < 5; ++k) {
        if (!Say(own, "The chain rule, because.", &reply).ok()) ++wrong;
        if (!Say(shared.session(), "", &reply, v1::INTERVIEW_EVENT_KIND_TICK).ok()) ++wrong;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
  v1::SessionReply reply;
  ASSERT_TRUE(Say(shared.session(), "", &reply, v1::INTERVIEW_EVENT_KIND_TICK).ok());
  EXPECT_EQ(reply.events(), 16);
}

}  // namespace
}  // namespace ringside::evaluator
