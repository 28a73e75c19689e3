#include "cli/grade_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/status_macros.h"
#include "coordinator/launch/spawn.h"
#include "fmt/format.h"
#include "grpcpp/grpcpp.h"
#include "ringside/v1/evaluator.grpc.pb.h"

namespace ringside::cli {
namespace {

constexpr int kMaxMessageBytes = 256 << 20;  // a chunk of the longest answers
constexpr auto kStartLimit = std::chrono::seconds(30);
constexpr auto kGradeLimit = std::chrono::minutes(5);  // a chunk; looking for a best plan included

absl::StatusOr<std::vector<v1::CohortGrade>> Ask(v1::Evaluator::Stub& stub,
                                                 const std::vector<v1::CohortAnswer>& answers) {
  v1::GradeCohortRequest request;
  for (const v1::CohortAnswer& answer : answers) *request.add_answers() = answer;
  v1::GradeCohortResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kGradeLimit);
  if (const grpc::Status status = stub.GradeCohort(&context, request, &response); !status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  return std::vector<v1::CohortGrade>(std::make_move_iterator(response.mutable_grades()->begin()),
                                      std::make_move_iterator(response.mutable_grades()->end()));
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a process that is started again is a new one
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

class Remote : public cohort::GradeWorker {
 public:
  explicit Remote(const std::string& address)
      : address_(address), stub_(v1::Evaluator::NewStub(Connect(address))) {}

  absl::StatusOr<std::vector<v1::CohortGrade>> Grade(const std::vector<v1::CohortAnswer>& answers) override {
    auto grades = Ask(*stub_, answers);
    if (grades.ok()) return grades;
    return absl::Status(grades.status().code(),
                        fmt::format("evaluator {}: {}", address_, std::string(grades.status().message())));
  }

 private:
  const std::string address_;
  const std::unique_ptr<v1::Evaluator::Stub> stub_;
};

class Process : public cohort::GradeWorker {
 public:
  Process(std::string directory, int number, std::string bank, std::string profile)
      : directory_(std::move(directory)),
        number_(number),
        bank_(std::move(bank)),
        profile_(std::move(profile)) {}
  ~Process() override { Stop(); }

  absl::StatusOr<std::vector<v1::CohortGrade>> Grade(const std::vector<v1::CohortAnswer>& answers) override {
    RINGSIDE_RETURN_IF_ERROR(Start());
    auto grades = Ask(*stub_, answers);
    if (grades.ok()) return grades;
    const std::string why = Stop();
    return absl::UnavailableError(fmt::format("a worker process died or hung: {}",
                                              why.empty() ? std::string(grades.status().message()) : why));
  }

 private:
  absl::Status Start();
  std::string Stop();

  const std::string directory_;
  const int number_;
  const std::string bank_, profile_;
  int starts_ = 0;
  coordinator::SpawnedProcess process_;
  std::unique_ptr<v1::Evaluator::Stub> stub_;
};

absl::Status Process::Start() {
  if (stub_ != nullptr) return absl::OkStatus();
  const std::string socket = fmt::format("{}/worker-{}-{}", directory_, number_, starts_++);
  std::vector<std::string> argv = {std::filesystem::read_symlink("/proc/self/exe").string(), "grade-worker",
                                   "--listen", "unix:" + socket};
  if (!bank_.empty()) argv.insert(argv.end(), {"--bank", bank_});
  if (!profile_.empty()) argv.insert(argv.end(), {"--profile", profile_});
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  RINGSIDE_ASSIGN_OR_RETURN(process_, coordinator::Spawn(argv, environment));
  const auto channel = Connect("unix:" + socket);
  const auto limit = std::chrono::system_clock::now() + kStartLimit;
  while (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::milliseconds(100))) {
    pollfd ended = {process_.pidfd, POLLIN, 0};
    const bool died = poll(&ended, 1, 0) == 1;
    if (died || std::chrono::system_clock::now() > limit) {
      return absl::UnavailableError(
          fmt::format("a worker process {}: {}", died ? "ended at once" : "did not start", Stop()));
    }
  }
  stub_ = v1::Evaluator::NewStub(channel);
  return absl::OkStatus();
}

// Returns what it said last.
std::string Process::Stop() {
  stub_ = nullptr;
  if (process_.pid < 0) return "";
  kill(-process_.pid, SIGKILL);  // it keeps nothing
  int status = 0;
  waitpid(process_.pid, &status, 0);
  std::string output(4096, '\0');
  const ssize_t size = read(process_.output_fd, output.data(), output.size());
  output.resize(size > 0 ? static_cast<size_t>(size) : 0);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  close(process_.output_fd);
  close(process_.pidfd);
  process_ = {};
  return output;
}

}  // namespace

std::unique_ptr<cohort::GradeWorker> RemoteGradeWorker(const std::string& address) {
  return std::make_unique<Remote>(address);
}

std::unique_ptr<cohort::GradeWorker> ProcessGradeWorker(const std::string& directory, int number,
                                                        const std::string& bank, const std::string& profile) {
  return std::make_unique<Process>(directory, number, bank, profile);
}

}  // namespace ringside::cli
