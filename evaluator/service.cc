#include "evaluator/service.h"

#include <utility>
#include <vector>

#include "evaluator/design/batch.h"
#include "fmt/format.h"

namespace ringside::evaluator {

grpc::Status EvaluatorService::GradeDesign(grpc::ServerContext* context,
                                           const v1::GradeDesignRequest* request,
                                           v1::GradeDesignResponse* response) {
  if (!request->has_question()) return {grpc::StatusCode::INVALID_ARGUMENT, "question: is missing"};
  if (request->answers_size() > kMaxAnswersPerRequest) {
    return {grpc::StatusCode::INVALID_ARGUMENT,
            fmt::format("answers: {} is over the limit of {} a request; send several requests",
                        request->answers_size(), kMaxAnswersPerRequest)};
  }
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

}  // namespace ringside::evaluator
