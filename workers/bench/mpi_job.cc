#include "workers/bench/mpi_job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/status_macros.h"
#include "plan/compile.h"
#include "plan/program_proto.h"
#include "workers/bench/child_process.h"

namespace ringside::bench {
namespace {

// Goes with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() / fmt::format("ringside-bench-{}", getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_.string(); }

 private:
  const std::filesystem::path path_;
};

absl::Status WritePrograms(const std::vector<plan::Program>& programs, const std::string& path) {
  v1::ProgramSet set;
  for (const plan::Program& program : programs) *set.add_programs() = plan::ToProto(program);
  std::ofstream out(path, std::ios::binary);
  if (set.SerializeToOstream(&out) && out.flush()) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("cannot write {}", path));
}

std::vector<double> StepSeconds(const plan::Program& program, const std::vector<v1::RankTrace>& ranks) {
  std::vector<int64_t> end_ns(program.run.steps(), 0);
  for (const v1::RankTrace& rank : ranks) {
    for (const v1::StepMark& mark : rank.steps()) {
      end_ns[mark.step()] = std::max(end_ns[mark.step()], mark.end_ns());
    }
  }
  std::vector<double> seconds;
  for (int step = std::max(1, program.run.warmup()); step < program.run.steps(); ++step) {
    seconds.push_back(static_cast<double>(end_ns[step] - end_ns[step - 1]) / 1e9);
  }
  return seconds;
}

}  // namespace

absl::StatusOr<MpiJob> RunMpiJob(const v1::Scenario& scenario, const std::string& worker) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<plan::Program> programs, plan::Compile(scenario));
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/programs.pb";
  RINGSIDE_RETURN_IF_ERROR(WritePrograms(programs, file));
  std::vector<std::string> command = {"mpirun",    "-np",  std::to_string(programs.size()),
                                      "--bind-to", "none", "--oversubscribe"};
  if (geteuid() == 0) command.emplace_back("--allow-run-as-root");
  // As the coordinator starts them (coordinator/launch/mpirun.cc).
  command.insert(command.end(), {"--mca", "pml", "ob1", "--mca", "mpi_yield_when_idle", "1", worker,
                                 "--programs", file, "--out", folder.path()});
  RINGSIDE_ASSIGN_OR_RETURN(const auto child, ChildProcess::Start(command, {{"OMP_NUM_THREADS", "1"}}));
  RINGSIDE_RETURN_IF_ERROR(child->ReadToEnd().status());

  std::vector<v1::RankTrace> ranks(programs.size());
  std::vector<std::map<std::string, OpTime>> times;
  for (size_t rank = 0; rank < programs.size(); ++rank) {
    std::ifstream in(fmt::format("{}/rank-{}.pb", folder.path(), rank), std::ios::binary);
    if (!ranks[rank].ParseFromIstream(&in)) {
      return absl::DataLossError(fmt::format("rank {} left no trace", rank));
    }
    times.push_back(OpTimesOf(programs[rank], ranks[rank]));
  }
  return MpiJob{StepSeconds(programs[0], ranks), MeanOf(times),
                static_cast<double>(programs[0].tokens_per_step)};
}

}  // namespace ringside::bench
