// Our collectives beside those of MPI, on the ranks of one machine: `./dev bench collectives`. Starts itself
// again under mpirun. Ours go through the communicator and transport that workers use; everything that is
// compared takes turns within one run, so that a busy machine slows all of it.
//
// Bus bandwidth as nccl-tests define it (PERFORMANCE.md there): bytes / time, times 2 (p-1)/p for all-reduce,
// (p-1)/p for reduce-scatter and all-gather, whose bytes are those of the whole buffer. It is the rate that
// every rank's link carries, whatever the number of ranks.
#include <fmt/format.h>
#include <mpi.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "plan/collective.h"
#include "workers/arena.h"
#include "workers/comm/p2p_communicator.h"
#include "workers/environment.h"
#include "workers/transport/mpi_transport.h"

namespace {

using namespace ringside;           // NOLINT: a main program
using namespace ringside::workers;  // NOLINT
using plan::Algorithm;
using plan::OpKind;

struct Options {
  int ranks = 2;
  int repetitions = 15;
  int64_t min_bytes = 1 << 10, max_bytes = 64 << 20;
  std::string json;
};

// Memory as the buffers of a program have it, for ours and for MPI's alike.
class Floats {
 public:
  explicit Floats(int64_t elems) : arena_(0), elems_(elems) {
    auto block = arena_.Allocate("bench", plan::Category::kGradients, std::max<int64_t>(1, 4 * elems));
    RINGSIDE_CHECK(block.ok());
    bytes_ = *block;
    std::fill(data(), data() + elems, 0.0f);
  }
  float* data() { return reinterpret_cast<float*>(bytes_); }
  std::byte* bytes() { return bytes_; }
  int64_t size() const { return elems_; }

 private:
  Arena arena_;
  const int64_t elems_;
  std::byte* bytes_ = nullptr;
};

// One op over all ranks, as a worker would run it.
class OwnCollective {
 public:
  OwnCollective(OpKind kind, Algorithm algorithm, int64_t elems, Transport* transport) : data_(elems) {
    program_.rank = transport->rank();
    program_.world_size = transport->size();
    plan::Group& group = program_.groups.emplace_back();
    group.axis = "dp";
    for (int rank = 0; rank < transport->size(); ++rank) group.ranks.push_back(rank);
    plan::Op& op = program_.ops.emplace_back();
    op.kind = kind;
    op.stream = plan::Stream::kDp;
    op.algorithm = algorithm;
    op.group = 0;
    op.dims = {elems};
    scratch_ =
        std::make_unique<Floats>(plan::ScratchElems(plan::RoundsOf(op, program_.groups, program_.rank)));
    program_.buffers.resize(1);
    program_.buffers[0].elems = elems;
    op.operands = {plan::View{0, 0, elems}};
    communicator_ = std::make_unique<P2pCommunicator>(program_, transport, Reduce, &clock_, &control_,
                                                      P2pCommunicator::Options{});
  }

  void Run() {
    communicator_->Reset(false);
    communicator_->Enqueue(0, data_.bytes(), scratch_->bytes());
    const absl::Status status = communicator_->WaitAll();
    if (status.ok()) return;
    std::fputs(fmt::format("collectives: {}\n", status.ToString()).c_str(), stderr);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  Floats& data() { return data_; }

 private:
  Floats data_;
  std::unique_ptr<Floats> scratch_;
  plan::Program program_;
  SteadyClock clock_;
  RunControl control_;
  std::unique_ptr<P2pCommunicator> communicator_;
};

// MPI's, in place as ours where MPI has that.
class MpiCollective {
 public:
  MpiCollective(OpKind kind, int64_t elems, int64_t piece, int ranks)
      : kind_(kind), piece_(piece), data_(elems), chunk_(elems / ranks) {}

  void Run() {
    const int chunk = static_cast<int>(chunk_.size());
    if (kind_ == OpKind::kReduceScatter) {
      MPI_Reduce_scatter_block(data_.data(), chunk_.data(), chunk, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    } else if (kind_ == OpKind::kAllGather) {
      MPI_Allgather(MPI_IN_PLACE, 0, MPI_FLOAT, data_.data(), chunk, MPI_FLOAT, MPI_COMM_WORLD);
    } else {
      for (int64_t at = 0; at < data_.size(); at += piece_) {
        MPI_Allreduce(MPI_IN_PLACE, data_.data() + at, static_cast<int>(std::min(piece_, data_.size() - at)),
                      MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
      }
    }
  }

 private:
  const OpKind kind_;
  const int64_t piece_;
  Floats data_, chunk_;
};

// How long a cache line takes from one rank's core to another's. On a virtual machine that is no constant:
// the host moves its processors, and two that share a cache (20 to 60 ns) may sit on different dies (150 ns
// and more) a second later. Nothing inside sees or changes that, and every collective that passes data from
// cache to cache is two to three times slower then; so it is measured beside each repetition.
class LineHandOff {
 public:
  // A page that ranks 0 and 1 share; collective over all ranks.
  LineHandOff() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node_);
    void* own = nullptr;
    MPI_Win_allocate_shared(rank_ == 0 ? 64 : 0, 1, MPI_INFO_NULL, node_, &own, &window_);
    MPI_Aint bytes = 0;
    int unit = 0;
    void* first = nullptr;
    MPI_Win_shared_query(window_, 0, &bytes, &unit, &first);
    line_ = static_cast<int*>(first);
    if (rank_ == 0) *line_ = 0;
    MPI_Barrier(MPI_COMM_WORLD);
  }
  ~LineHandOff() {
    MPI_Win_free(&window_);
    MPI_Comm_free(&node_);
  }
  LineHandOff(const LineHandOff&) = delete;
  LineHandOff& operator=(const LineHandOff&) = delete;

  // Nanoseconds of one way; the same on every rank. Collective.
  double MeasureNs() {
    MPI_Barrier(MPI_COMM_WORLD);
    double ns = 0;
    if (rank_ < 2) {
      const double start = MPI_Wtime();
      std::atomic_ref<int> line(*line_);
      for (int i = 0; i < kTrips; ++i) {
        // Rank 0 turns even into odd, rank 1 odd into even.
        for (int spins = 0; (line.load(std::memory_order_acquire) & 1) != rank_; ++spins) {
          if (spins > kSpins) sched_yield();  // ranks that share a core
        }
        line.fetch_add(1, std::memory_order_release);
      }
      ns = 1e9 * (MPI_Wtime() - start) / (2 * kTrips);
    }
    MPI_Bcast(&ns, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    return ns;
  }

 private:
  static constexpr int kTrips = 2000, kSpins = 100'000;
  int rank_ = 0;
  MPI_Comm node_ = MPI_COMM_NULL;
  MPI_Win window_ = MPI_WIN_NULL;
  int* line_ = nullptr;
};

constexpr double kFarNs = 100;  // between the two states that LineHandOff tells apart

struct Turn {
  double seconds = 0;  // one call, the slowest rank
  double hand_off_ns = 0;
  bool far() const { return hand_off_ns > kFarNs; }
};

struct Contender {
  std::string name;
  std::function<void()> run;
  std::vector<Turn> turns;  // by repetition

  std::vector<double> Seconds(std::optional<bool> far = {}) const {
    std::vector<double> seconds;
    for (const Turn& turn : turns) {
      if (!far.has_value() || turn.far() == *far) seconds.push_back(turn.seconds);
    }
    return seconds;
  }
};

double BusFactor(OpKind kind, int ranks) {
  const double share = static_cast<double>(ranks - 1) / ranks;
  return kind == OpKind::kAllReduce ? 2 * share : share;
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(std::lround(q * static_cast<double>(values.size() - 1)))];
}

// `calls` calls after one that is not timed (it brings the contender's own memory into the caches, as far as
// it fits) and a barrier; of the slowest rank.
double SecondsOf(const std::function<void()>& run, int calls) {
  run();
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int i = 0; i < calls; ++i) run();
  const double mine = (MPI_Wtime() - start) / calls;
  double slowest = 0;
  MPI_Allreduce(&mine, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return slowest;
}

// Sums of small whole numbers: exact in any order.
void CheckSums(OwnCollective& collective, int rank, int ranks) {
  float* data = collective.data().data();
  const int64_t elems = collective.data().size();
  for (int64_t i = 0; i < elems; ++i) data[i] = static_cast<float>(rank + i % 7);
  collective.Run();
  for (int64_t i = 0; i < elems; ++i) {
    RINGSIDE_CHECK(data[i] == static_cast<float>(ranks * (ranks - 1) / 2 + ranks * (i % 7)));
  }
  std::fill(data, data + elems, 0.0f);
}

class Bench {
 public:
  Bench(const Options& options, Transport* transport) : options_(options), transport_(transport) {}

  nlohmann::json Run() {
    nlohmann::json out = nlohmann::json::array();
    for (const OpKind kind : {OpKind::kAllReduce, OpKind::kReduceScatter, OpKind::kAllGather}) {
      Print(
          "\n{}, bus bandwidth in GB/s over {} ranks: median (quartiles) of {}; near, far: medians of the "
          "turns\nin which a cache line took less, more than {} ns between the first two cores\n",
          plan::Name(kind), transport_->size(), options_.repetitions, kFarNs);
      for (int64_t bytes = options_.min_bytes; bytes <= options_.max_bytes; bytes *= 4) {
        for (nlohmann::json& row : RunSize(kind, bytes)) out.push_back(std::move(row));
      }
    }
    return out;
  }

 private:
  template <class... Args>
  void Print(fmt::format_string<Args...> format, Args&&... args) const {
    if (transport_->rank() == 0) fmt::print(format, std::forward<Args>(args)...), std::fflush(stdout);
  }

  void AddOwn(OpKind kind, Algorithm algorithm, int64_t elems) {
    own_.push_back(std::make_unique<OwnCollective>(kind, algorithm, elems, transport_));
    OwnCollective* collective = own_.back().get();
    if (kind == OpKind::kAllReduce) CheckSums(*collective, transport_->rank(), transport_->size());
    contenders_.push_back(
        {fmt::format("ringside {}", plan::Name(algorithm)), [=] { collective->Run(); }, {}});
  }
  void AddMpi(OpKind kind, const std::string& name, int64_t elems, int64_t piece) {
    mpi_.push_back(std::make_unique<MpiCollective>(kind, elems, piece, transport_->size()));
    MpiCollective* collective = mpi_.back().get();
    contenders_.push_back({name, [=] { collective->Run(); }, {}});
  }

  void AddContenders(OpKind kind, int64_t elems) {
    own_.clear(), mpi_.clear(), contenders_.clear();
    AddOwn(kind, Algorithm::kRing, elems);
    if (kind == OpKind::kReduceScatter) AddMpi(kind, "MPI_Reduce_scatter_block", elems, elems);
    if (kind == OpKind::kAllGather) AddMpi(kind, "MPI_Allgather", elems, elems);
    if (kind != OpKind::kAllReduce) return;
    AddOwn(kind, Algorithm::kRecursiveDoubling, elems);
    AddOwn(kind, Algorithm::kRabenseifner, elems);
    AddOwn(kind, Algorithm::kTree, elems);
    AddMpi(kind, "MPI_Allreduce", elems, elems);
    AddMpi(kind, "MPI_Allreduce by 4 MiB", elems, 1 << 20);
  }

  std::vector<nlohmann::json> RunSize(OpKind kind, int64_t bytes) {
    const int ranks = transport_->size();
    const int64_t elems = bytes / 4 / ranks * ranks;
    AddContenders(kind, elems);
    const int calls = static_cast<int>(std::clamp<int64_t>((16 << 20) / bytes, 1, 100));
    for (Contender& contender : contenders_) SecondsOf(contender.run, calls);  // pages, connections
    for (int r = 0; r < options_.repetitions; ++r) {
      for (size_t i = 0; i < contenders_.size(); ++i) {
        Contender& contender = contenders_[(i + r) % contenders_.size()];
        const double before = hand_off_.MeasureNs();
        const double seconds = SecondsOf(contender.run, calls);
        contender.turns.push_back({seconds, (before + hand_off_.MeasureNs()) / 2});
      }
    }
    std::vector<nlohmann::json> rows;
    for (const Contender& contender : contenders_) rows.push_back(Row(kind, bytes, 4 * elems, contender));
    return rows;
  }

  nlohmann::json Row(OpKind kind, int64_t bytes, int64_t moved_bytes, const Contender& contender) const {
    const int ranks = transport_->size();
    const double scale = static_cast<double>(moved_bytes) * BusFactor(kind, ranks) / 1e9;
    const auto gb_per_s = [&](std::optional<bool> far, double quantile) {
      const std::vector<double> seconds = contender.Seconds(far);
      return seconds.empty() ? 0 : scale / Quantile(seconds, 1 - quantile);
    };
    const double median_us = 1e6 * Quantile(contender.Seconds(), 0.5);
    nlohmann::json row = {{"collective", plan::Name(kind)},
                          {"implementation", contender.name},
                          {"ranks", ranks},
                          {"bytes", bytes},
                          {"bus_gb_per_s", gb_per_s({}, 0.5)},
                          {"bus_gb_per_s_quartiles", {gb_per_s({}, 0.25), gb_per_s({}, 0.75)}},
                          {"median_us", median_us}};
    std::string states;
    for (const bool far : {false, true}) {
      const size_t turns = contender.Seconds(far).size();
      row[far ? "far" : "near"] = {{"turns", turns}, {"bus_gb_per_s", gb_per_s(far, 0.5)}};
      states +=
          turns == 0 ? fmt::format("{:>14}", "-") : fmt::format("{:9.3f} x{:<3}", gb_per_s(far, 0.5), turns);
    }
    Print("  {:>9} B  {:<28}{:8.3f} ({:.3f} .. {:.3f})  {:10.1f} us{}\n", bytes, contender.name,
          gb_per_s({}, 0.5), gb_per_s({}, 0.25), gb_per_s({}, 0.75), median_us, states);
    return row;
  }

  const Options& options_;
  Transport* const transport_;
  LineHandOff hand_off_;
  std::vector<std::unique_ptr<OwnCollective>> own_;
  std::vector<std::unique_ptr<MpiCollective>> mpi_;
  std::vector<Contender> contenders_;
};

// Becomes mpirun, which starts this program `ranks` times.
[[noreturn]] void RestartUnderMpirun(int ranks, int argc, char** argv) {
  std::vector<std::string> command = {
      "mpirun", "-np", std::to_string(ranks), "--oversubscribe", "--allow-run-as-root", "/proc/self/exe"};
  std::vector<char> self(4096);
  const ssize_t length = readlink("/proc/self/exe", self.data(), self.size());
  if (length > 0) command.back().assign(self.data(), static_cast<size_t>(length));
  command.insert(command.end(), argv + 1, argv + argc);
  std::vector<char*> pointers;
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execvp(pointers[0], pointers.data());
  std::perror("collectives: mpirun");
  _exit(1);
}

int Main(const Options& options) {
  auto transport = MakeMpiTransport();
  if (!transport.ok()) {
    std::fputs(fmt::format("collectives: {}\n", transport.status().ToString()).c_str(), stderr);
    return 1;
  }
  const bool first = (*transport)->rank() == 0;
  const v1::Environment environment = DescribeEnvironment("", (*transport)->Describe());
  if (first)
    fmt::print("{}, {} cores; {}\n", environment.cpu_model(), environment.cores(), environment.transport());
  const nlohmann::json rows = Bench(options, transport->get()).Run();
  if (!first || options.json.empty()) return 0;
  const std::string text = nlohmann::json{{"cpu_model", environment.cpu_model()},
                                          {"cores", environment.cores()},
                                          {"transport", environment.transport()},
                                          {"collectives", rows}}
                               .dump(2) +
                           "\n";
  if (options.json == "-") {
    std::cout << text;
    return 0;
  }
  std::ofstream out(options.json);
  if ((out << text).flush()) return 0;
  std::fputs(fmt::format("collectives: cannot write {}\n", options.json).c_str(), stderr);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Ringside's collectives beside those of MPI, on the ranks of this machine.");
  app.add_option("--ranks", options.ranks, "number of ranks")
      ->check(CLI::Range(2, 64))
      ->capture_default_str();
  app.add_option("--repetitions", options.repetitions, "of every measurement")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--min-bytes", options.min_bytes, "smallest buffer")
      ->check(CLI::Range(1 << 10, 1 << 30))
      ->capture_default_str();
  app.add_option("--max-bytes", options.max_bytes, "largest buffer; sizes go up by four")
      ->check(CLI::Range(1 << 10, 1 << 30))
      ->capture_default_str();
  app.add_option("--json", options.json, "file for the figures; - for standard output");
  CLI11_PARSE(app, argc, argv);
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr) RestartUnderMpirun(options.ranks, argc, argv);
  SetMpiDefaults();
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
  const int code = Main(options);
  MPI_Finalize();
  return code;
}
