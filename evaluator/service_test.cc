#include "evaluator/service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

class FakeRunner : public DesignRunner {
 public:
  absl::StatusOr<Outcome> Run(const v1::Scenario& scenario) override {
    ++runs;
    return scenario.plan().tp() == 4 ? testing::SomeInfeasibleOutcome() : testing::SomeOutcome();
  }
  std::atomic<int> runs = 0;
};

class FakeFinder : public BestPlanFinder {
 public:
  absl::StatusOr<BestPlan> Find(const v1::DesignQuestion&, DesignRunner&,
                                const std::function<bool()>& cancelled) override {
    if (!status.ok()) return status;
    if (!endless) return testing::SomeBest();
    searching.set_value();
    while (!cancelled()) std::this_thread::yield();
    return absl::CancelledError("stopped");
  }
  absl::Status status;
  bool endless = false;          // searches until it is cancelled
  std::promise<void> searching;  // it has begun to
};

// A real server and client, joined inside the process.
class EvaluatorServiceTest : public ::testing::Test {
 protected:
  EvaluatorServiceTest() : cohort_(EmbeddedBank(), nullptr), service_(runner_, finder_, cohort_) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::Evaluator::NewStub(server_->InProcessChannel({}));
    *request_.mutable_question() = testing::SomeQuestion();
    *request_.add_answers() = testing::SomeAnswer("ada");
  }
  ~EvaluatorServiceTest() override { server_->Shutdown(); }

  grpc::Status Grade() {
    grpc::ClientContext context;
    return stub_->GradeDesign(&context, request_, &response_);
  }

  FakeRunner runner_;
  FakeFinder finder_;
  cohort::CohortGrader cohort_;
  EvaluatorService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Evaluator::Stub> stub_;
  v1::GradeDesignRequest request_;
  v1::GradeDesignResponse response_;
};

TEST_F(EvaluatorServiceTest, GradesInTheOrderOfTheAnswers) {
  v1::DesignAnswer large = testing::SomeAnswer("bob");
  *large.mutable_plan() = testing::Plan(1, 4, 1, 16, 1);
  *request_.add_answers() = large;
  v1::DesignAnswer malformed = testing::SomeAnswer("eve");
  malformed.clear_plan();
  *request_.add_answers() = malformed;
  const grpc::Status status = Grade();
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response_.scorecards_size(), 3);
  EXPECT_EQ(response_.scorecards(0).candidate(), "ada");
  EXPECT_GT(response_.scorecards(0).total(), 0.9);
  EXPECT_EQ(response_.scorecards(1).candidate(), "bob");
  EXPECT_EQ(response_.scorecards(1).areas(0).score(), 0);
  EXPECT_THAT(response_.scorecards(2).error(), HasSubstr("plan: is missing"));
  EXPECT_EQ(runner_.runs, 2);
}

TEST_F(EvaluatorServiceTest, AMalformedQuestionIsInvalidArgument) {
  request_.mutable_question()->mutable_rubric()->set_efficiency(-1);
  const grpc::Status status = Grade();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("rubric.efficiency"));
  request_.clear_question();
  EXPECT_EQ(Grade().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(runner_.runs, 0);
}

TEST_F(EvaluatorServiceTest, TooManyAnswersAreRefusedBeforeAnyIsRun) {
  while (request_.answers_size() <= kMaxAnswersPerRequest) *request_.add_answers() = testing::SomeAnswer();
  const grpc::Status status = Grade();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("limit of 1000"));
  EXPECT_EQ(runner_.runs, 0);
}

TEST_F(EvaluatorServiceTest, AClientThatGoesAwayEndsTheSearch) {
  finder_.endless = true;
  grpc::ClientContext context;
  std::thread gone([&] {
    finder_.searching.get_future().wait();
    context.TryCancel();
  });
  EXPECT_EQ(stub_->GradeDesign(&context, request_, &response_).error_code(), grpc::StatusCode::CANCELLED);
  gone.join();
  server_->Shutdown();  // returns when the search has
  EXPECT_EQ(runner_.runs, 0);
}

TEST_F(EvaluatorServiceTest, AServerThatShutsDownEndsTheSearch) {
  finder_.endless = true;
  std::thread shutdown([&] {
    finder_.searching.get_future().wait();
    server_->Shutdown(std::chrono::system_clock::now());
  });
  EXPECT_FALSE(Grade().ok());
  shutdown.join();
  EXPECT_EQ(runner_.runs, 0);
}

TEST_F(EvaluatorServiceTest, NothingToRunOnIsUnavailable) {
  finder_.status = absl::UnavailableError("no coordinator at 127.0.0.1:1");
  const grpc::Status status = Grade();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("no coordinator"));
}

TEST_F(EvaluatorServiceTest, GradesACohortsAnswersInOrderAndSaysWhatCannotBe) {
  v1::GradeCohortRequest request;
  const v1::TheoryQuestion& question = EmbeddedBank().theory().front();
  for (const std::string& id : {question.id(), std::string("no-such-question")}) {
    v1::CohortAnswer& answer = *request.add_answers();
    answer.set_id("of " + id);
    answer.set_question(id);
    answer.set_text(question.points(0).text());
  }
  grpc::ClientContext context;
  v1::GradeCohortResponse response;
  ASSERT_TRUE(stub_->GradeCohort(&context, request, &response).ok());
  ASSERT_EQ(response.grades_size(), 2);
  EXPECT_GT(response.grades(0).score(), 0);
  EXPECT_EQ(response.grades(0).error(), "");
  EXPECT_THAT(response.grades(1).error(), HasSubstr("there is no \"no-such-question\""));

  for (int i = 0; i < kMaxAnswersPerRequest; ++i) request.add_answers();
  grpc::ClientContext second;
  EXPECT_EQ(stub_->GradeCohort(&second, request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace ringside::evaluator
