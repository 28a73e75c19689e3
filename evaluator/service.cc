#include "evaluator/service.h"

#include <utility>
#include <vector>

#include "evaluator/design/batch.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

// Nothing where so many answers may come in a request.
grpc::Status CheckCount(int answers) {
  if (answers <= kMaxAnswersPerRequest) return grpc::Status::OK;
  return {grpc::StatusCode::INVALID_ARGUMENT,
          fmt::format("answers: {} is over the limit of {} a request; send several requests", answers,
                      kMaxAnswersPerRequest)};
}

}  // namespace

grpc::Status EvaluatorService::GradeDesign(grpc::ServerContext* context,
                                           const v1::GradeDesignRequest* request,
                                           v1::GradeDesignResponse* response) {
  if (!request->has_question()) return {grpc::StatusCode::INVALID_ARGUMENT, "question: is missing"};
  if (grpc::Status count = CheckCount(request->answers_size()); !count.ok()) return count;
  const std::vector<v1::DesignAnswer> answers(request->answers().begin(), request->answers().end());
  BatchHooks hooks;
  hooks.cancelled = [context] { return context->IsCancelled(); };
  absl::StatusOr<std::vector<v1::Scorecard>> cards =
      GradeBatch(request->question(), answers, runner_, finder_, hooks);
  if (!cards.ok()) {  // absl and gRPC number their codes alike
    return {static_cast<grpc::StatusCode>(cards.status().code()), std::string(cards.status().message())};
  }
  for (v1::Scorecard& card : *cards) *response->add_scorecards() = std::move(card);
  return grpc::Status::OK;
}

grpc::Status ServeGradeCohort(grpc::ServerContext* context, const v1::GradeCohortRequest& request,
                              cohort::CohortGrader& grader, v1::GradeCohortResponse* response) {
  if (grpc::Status count = CheckCount(request.answers_size()); !count.ok()) return count;
  for (const v1::CohortAnswer& answer : request.answers()) {
    if (context->IsCancelled()) return {grpc::StatusCode::CANCELLED, "the client has gone"};
    *response->add_grades() = grader.Grade(answer);
  }
  return grpc::Status::OK;
}

grpc::Status EvaluatorService::GradeCohort(grpc::ServerContext* context,
                                           const v1::GradeCohortRequest* request,
                                           v1::GradeCohortResponse* response) {
  return ServeGradeCohort(context, *request, cohort_, response);
}

}  // namespace ringside::evaluator
