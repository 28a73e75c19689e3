// The Evaluator service: a thin shell around the graders. Called from gRPC's threads; runner, finder and
// grader must bear that, and outlive the service.
#pragma once

#include "evaluator/cohort/grader.h"
#include "evaluator/design/best_plan.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/evaluator.grpc.pb.h"

namespace ringside::evaluator {

inline constexpr int kMaxAnswersPerRequest = 1000;

// What any server of GradeCohort does.
grpc::Status ServeGradeCohort(grpc::ServerContext* context, const v1::GradeCohortRequest& request,
                              cohort::CohortGrader& grader, v1::GradeCohortResponse* response);

class EvaluatorService final : public v1::Evaluator::Service {
 public:
  EvaluatorService(DesignRunner& runner, BestPlanFinder& finder, cohort::CohortGrader& cohort)
      : runner_(runner), finder_(finder), cohort_(cohort) {}

  // A client that goes away, and a server that has shut down, end the search for the best plan at its next
  // candidate and the batch after the run that is under way.
  grpc::Status GradeDesign(grpc::ServerContext* context, const v1::GradeDesignRequest* request,
                           v1::GradeDesignResponse* response) override;
  // A client that goes away ends it after the answer that is being graded.
  grpc::Status GradeCohort(grpc::ServerContext* context, const v1::GradeCohortRequest* request,
                           v1::GradeCohortResponse* response) override;

 private:
  DesignRunner& runner_;
  BestPlanFinder& finder_;
  cohort::CohortGrader& cohort_;
};

}  // namespace ringside::evaluator
