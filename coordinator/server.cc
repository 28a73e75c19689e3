#include "coordinator/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <cstdio>
#include <filesystem>

#include "base/status_macros.h"
#include "coordinator/engine/engine.h"
#include "coordinator/launch/machine_launcher.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/worker_environment.h"
#include "coordinator/rpc/coordinator_service.h"
#include "coordinator/rpc/listen.h"
#include "coordinator/rpc/worker_gate.h"
#include "coordinator/store/data_dir.h"
#include "coordinator/store/sqlite_store.h"
#include "fmt/format.h"

namespace ringside::coordinator {

// In the order of construction; ended in the reverse order.
struct CoordinatorServer::Parts {
  std::unique_ptr<DataDir> data_dir;
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<TraceFiles> traces;
  std::unique_ptr<OwnedDirectory> socket_dir;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<CoordinatorService> coordinator;
  std::unique_ptr<WorkerGateService> gate;
  std::unique_ptr<grpc::Server> server;
  std::string address;
};

namespace {

constexpr auto kDrainTime = std::chrono::seconds(2);

void LogToStderr(const std::string& line) {
  std::fputs(fmt::format("coordinator: {}\n", line).c_str(), stderr);
}

// A killed coordinator leaves its socket's directory behind; the place is remembered in the data directory.
void ReplaceSocketDir(const std::string& data_dir, const std::string& socket_dir) {
  const std::filesystem::path link = data_dir + "/gate";
  std::error_code ignored;
  const std::filesystem::path old = std::filesystem::read_symlink(link, ignored);
  if (old.filename().string().starts_with("ringside-gate-")) std::filesystem::remove_all(old, ignored);
  std::filesystem::remove(link, ignored);
  std::filesystem::create_directory_symlink(socket_dir, link, ignored);
}

}  // namespace

absl::StatusOr<std::unique_ptr<CoordinatorServer>> CoordinatorServer::Start(CoordinatorOptions options) {
  if (options.data_dir.empty()) return absl::InvalidArgumentError("--data-dir: it is empty");
  if (options.limits.max_running < 1 || options.limits.max_queued < 1 || options.max_ranks < 1) {
    return absl::InvalidArgumentError("the limits of running jobs, queued jobs and ranks must be at least 1");
  }
  RINGSIDE_RETURN_IF_ERROR(CheckListen(options.listen));
  SweepScratchDirs();
  auto parts = std::make_unique<Parts>();
  RINGSIDE_ASSIGN_OR_RETURN(parts->data_dir, DataDir::Open(options.data_dir));
  const std::string data_dir = parts->data_dir->path();
  RINGSIDE_ASSIGN_OR_RETURN(parts->store, SqliteStore::Open(data_dir + "/ringside.db"));
  parts->traces = std::make_unique<TraceFiles>(data_dir);
  RINGSIDE_ASSIGN_OR_RETURN(parts->socket_dir, MakeSocketDir());
  ReplaceSocketDir(data_dir, parts->socket_dir->path());
  const std::string gate = "unix:" + parts->socket_dir->path() + "/gate.sock";

  const std::string worker = options.worker_binary.empty() ? DefaultWorkerBinary() : options.worker_binary;
  parts->engine = std::make_unique<Engine>(
      EngineOptions{.limits = options.limits,
                    .max_ranks = options.max_ranks,
                    .worker_target = gate,
                    .files = options.files,
                    .data_dir = data_dir,
                    .log = options.log ? options.log : LogToStderr},
      parts->store.get(), parts->traces.get(),
      std::make_unique<MachineLauncher>(worker, Supervisor::Options{.term_grace_ms = options.term_grace_ms}));
  parts->coordinator = std::make_unique<CoordinatorService>(parts->engine.get());
  parts->gate = std::make_unique<WorkerGateService>(parts->engine.get());

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  // Without this a second coordinator would share the port and take every other call.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  builder.AddListeningPort(gate, grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  builder.RegisterService(parts->coordinator.get());
  builder.RegisterService(parts->gate.get());
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || port == 0) {
    return absl::UnavailableError(fmt::format(
        "cannot listen on {}: address already in use; choose another port with --listen", options.listen));
  }
  parts->address = WithPort(options.listen, port);
  // Only now: the workers of recovered jobs must find the gate open.
  if (const absl::Status recovered = parts->engine->Recover(); !recovered.ok()) {
    CoordinatorServer(std::move(parts)).Shutdown();
    return recovered;
  }
  return std::unique_ptr<CoordinatorServer>(new CoordinatorServer(std::move(parts)));
}

CoordinatorServer::CoordinatorServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

CoordinatorServer::~CoordinatorServer() {
  Shutdown();
}

const std::string& CoordinatorServer::address() const {
  return parts_->address;
}

void CoordinatorServer::Shutdown() {
  if (parts_->server == nullptr) return;
  parts_->engine->BeginShutdown();
  parts_->server->Shutdown(std::chrono::system_clock::now() + kDrainTime);
  parts_->server->Wait();
  parts_->server.reset();  // no call is left that could use what follows
  parts_->coordinator.reset();
  parts_->gate.reset();
  parts_->engine.reset();  // ends all processes
  parts_->store.reset();
  parts_->data_dir.reset();
}

std::string DefaultWorkerBinary() {
  constexpr char kName[] = "ringside-worker";
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = self.parent_path() / kName;
  if (!error && std::filesystem::exists(beside, error)) return beside.string();
  return kName;
}

}  // namespace ringside::coordinator
