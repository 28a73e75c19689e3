// The Evaluator service: a thin shell around the graders. Called from gRPC's threads; the runner and the
// finder must bear that, and outlive the service.
#pragma once

#include "evaluator/design/best_plan.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/evaluator.grpc.pb.h"

namespace ringside::evaluator {

inline constexpr int kMaxAnswersPerRequest = 1000;

class EvaluatorService final : public v1::Evaluator::Service {
 public:
  EvaluatorService(DesignRunner& runner, BestPlanFinder& finder) : runner_(runner), finder_(finder) {}

  // A client that goes away, and a server that has shut down, end the search for the best plan at its next
  // candidate and the batch after the run that is under way.
  grpc::Status GradeDesign(grpc::ServerContext* context, const v1::GradeDesignRequest* request,
                           v1::GradeDesignResponse* response) override;

 private:
  DesignRunner& runner_;
  BestPlanFinder& finder_;
};

}  // namespace ringside::evaluator
