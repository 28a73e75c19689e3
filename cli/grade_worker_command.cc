// `ringside grade-worker --listen ADDRESS`: grades answers of cohorts until it is stopped. `ringside grade`
// starts its workers this way.
#include <future>
#include <memory>

#include "base/status_macros.h"
#include "cli/cohort_designs.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "evaluator/bank/bank.h"
#include "evaluator/cohort/grader.h"
#include "evaluator/service.h"
#include "fmt/format.h"
#include "grpcpp/grpcpp.h"

namespace ringside::cli {
namespace {

// Only cohorts are graded here.
class CohortOnly final : public v1::Evaluator::Service {
 public:
  explicit CohortOnly(cohort::CohortGrader& grader) : grader_(grader) {}

  grpc::Status GradeCohort(grpc::ServerContext* context, const v1::GradeCohortRequest* request,
                           v1::GradeCohortResponse* response) override {
    return evaluator::ServeGradeCohort(context, *request, grader_, response);
  }

 private:
  cohort::CohortGrader& grader_;
};

}  // namespace

int GradeWorker(const GradeWorkerOptions& options) {
  Interrupt interrupt;
  std::promise<void> stop;
  interrupt.OnRequest([&stop] { stop.set_value(); });
  auto bank = options.bank.empty() ? absl::StatusOr<evaluator::Bank>(evaluator::EmbeddedBank())
                                   : evaluator::LoadBank(options.bank);
  if (!bank.ok()) return Fail(bank.status());
  CohortDesigns designs(options.profile);
  cohort::CohortGrader grader(*std::move(bank),
                              [&designs](const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
                                return designs.Grade(question, answer);
                              });
  CohortOnly service(grader);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(256 << 20);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return Fail(absl::UnavailableError(fmt::format("cannot listen on {}", options.listen)));
  }
  stop.get_future().wait();
  server->Shutdown(std::chrono::system_clock::now());
  return kExitOk;
}

}  // namespace ringside::cli
