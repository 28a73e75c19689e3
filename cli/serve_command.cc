// `ringside serve`: coordinator and evaluator in one process, until Ctrl-C.
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "cli/cluster.h"
#include "cli/cohort_designs.h"
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/grading.h"
#include "cli/interrupt.h"
#include "coordinator/rpc/listen.h"
#include "coordinator/server.h"
#include "evaluator/interview/session_service.h"
#include "evaluator/interview/text_grader.h"
#include "evaluator/search_best_plan.h"
#include "evaluator/service.h"
#include "fmt/format.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"

namespace ringside::cli {
namespace {

evaluator::SessionServiceOptions Clocks() {
  using std::chrono::duration_cast, std::chrono::milliseconds;
  evaluator::SessionServiceOptions options;
  options.now_ms = [] {
    return duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  options.now_unix_s = [] { return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()); };
  return options;
}

}  // namespace

int Serve(const ServeOptions& options) {
  Interrupt interrupt;
  std::promise<void> stop;
  interrupt.OnRequest([&stop] { stop.set_value(); });

  coordinator::CoordinatorOptions coordinator_options;
  coordinator_options.listen = options.listen;
  coordinator_options.data_dir = options.data_dir.empty() ? DefaultDataDir() : options.data_dir;
  // Both before anything starts, and with the reason, which gRPC does not tell.
  for (const auto& [address, flag] :
       {std::pair(options.listen, "--listen"), std::pair(options.evaluator_listen, "--evaluator-listen")}) {
    if (absl::Status free = coordinator::CheckListen(address, flag); !free.ok()) return Fail(free);
  }
  const auto coordinator = coordinator::CoordinatorServer::Start(coordinator_options);
  if (!coordinator.ok()) return Fail(coordinator.status());
  const auto cluster = Cluster::Open({(*coordinator)->address()});
  if (!cluster.ok()) return Fail(cluster.status());

  evaluator::RunOrSimulate runner(cluster->get(),
                                  RunnerOptions(options.profile, coordinator_options.data_dir + "/graded"));
  evaluator::SearchBestPlan finder(RunnerOptions(options.profile, "").profile_of);
  CohortDesigns designs(options.profile);
  cohort::CohortGrader cohort(evaluator::EmbeddedBank(),
                              [&designs](const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
                                return designs.Grade(question, answer);
                              });
  evaluator::EvaluatorService service(runner, finder, cohort);
  const auto rounds = evaluator::RoundLibrary::Embedded();
  if (!rounds.ok()) return Fail(rounds.status());
  const evaluator::DesignRounds design_rounds(evaluator::EmbeddedBank());
  const evaluator::SessionStore sessions(coordinator_options.data_dir);
  evaluator::SessionService interviews(
      {&evaluator::EmbeddedBank(), &*rounds, evaluator::TextGrader(), &design_rounds,
       [&designs](const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
         return designs.Grade(question, answer);
       }},
      sessions, Clocks());
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.evaluator_listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a port in use is an error, not shared
  builder.RegisterService(&service);
  builder.RegisterService(&interviews);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return Fail(absl::UnavailableError(fmt::format(
        "cannot listen on {}: address already in use; choose another port with --evaluator-listen",
        options.evaluator_listen)));
  }
  fmt::print("coordinator {}\nevaluator   {}\ndata        {}\n", (*coordinator)->address(),
             coordinator::WithPort(options.evaluator_listen, port), coordinator_options.data_dir);
  std::fflush(stdout);
  stop.get_future().wait();
  fmt::print(stderr, "stopping; jobs that are not done are taken up by the next start\n");
  (*coordinator)->Shutdown();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
  return kExitOk;
}

}  // namespace ringside::cli
