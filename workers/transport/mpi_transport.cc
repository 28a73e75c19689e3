#include "workers/transport/mpi_transport.h"

#include <fmt/format.h>
#include <mpi.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/check.h"

namespace ringside::workers {
namespace {

constexpr char kSingleCopy[] = "OMPI_MCA_btl_vader_single_copy_mechanism";

absl::Status FromMpi(int code, std::string_view doing, int rank, int peer) {
  if (code == MPI_SUCCESS) return absl::OkStatus();
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  int error_class = MPI_ERR_UNKNOWN;
  MPI_Error_class(code, &error_class);
  const auto message =
      fmt::format("rank {}: {} rank {}: MPI says {}", rank, doing, peer, std::string_view(text, length));
  if (error_class == MPI_ERR_TRUNCATE) return absl::DataLossError(message);
  return absl::UnavailableError(message);
}

class MpiTransport : public Transport {
 public:
  explicit MpiTransport(MPI_Comm comm) : comm_(comm) {
    MPI_Comm_rank(comm_, &rank_);
    MPI_Comm_size(comm_, &size_);
    prctl(PR_SET_TIMERSLACK, 1);  // naps end on time, for this thread and those it starts
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  absl::StatusOr<RequestId> Isend(const void* data, int64_t bytes, int peer, int channel) override {
    return Start(true, const_cast<void*>(data), bytes, peer, channel);
  }

  absl::StatusOr<RequestId> Irecv(void* data, int64_t bytes, int peer, int channel) override {
    return Start(false, data, bytes, peer, channel);
  }

  absl::StatusOr<std::optional<int64_t>> Test(RequestId id) override {
    Request& request = requests_[id];
    RINGSIDE_CHECK(request.open);
    int ended = 0;
    MPI_Status status;
    const int code = MPI_Test(&request.mpi, &ended, &status);
    if (code == MPI_SUCCESS && ended == 0) return std::nullopt;
    const Request done = request;
    request.open = false;
    free_.push_back(id);
    const char* doing = done.is_send ? "sending to" : "receiving from";
    if (absl::Status failed = FromMpi(code, doing, rank_, done.peer); !failed.ok()) return failed;
    if (done.is_send) return done.bytes;
    int received = 0;
    MPI_Get_count(&status, MPI_BYTE, &received);
    counters_.received_bytes += received;
    if (received != done.bytes) {
      return absl::DataLossError(fmt::format("rank {} expected {} bytes from rank {} and got {}", rank_,
                                             done.bytes, done.peer, received));
    }
    return int64_t{received};
  }

  uint64_t EventCount() const override { return 0; }

  void WaitForEvent(uint64_t seen, int tests_in_vain, Waiter waiter) override {
    // A yield gives the core away where someone else wants it and returns at once where nobody does; a nap
    // also pays for waking up late, which is dear on a virtual machine. Measurements:
    // docs/measurements/engine.md.
    const bool foreground = waiter == Waiter::kForeground;
    const int naps = tests_in_vain - (foreground ? kYields : 0);
    if (naps < 0) {
      if (tests_in_vain >= kSpins) sched_yield();
      return;
    }
    const timespec nap{0, std::min(kShortestNapNs << std::min(naps / 4, 10), kLongestNapNs)};
    nanosleep(&nap, nullptr);
  }

  void Abandon() override {
    for (size_t id = 0; id < requests_.size(); ++id) {
      Request& request = requests_[id];
      if (!request.open) continue;
      if (!request.is_send) MPI_Cancel(&request.mpi);
      MPI_Request_free(&request.mpi);
      request.open = false;
      free_.push_back(static_cast<RequestId>(id));
    }
  }

  TransportCounters counters() const override { return counters_; }

  std::string Describe() const override {
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(version, &length);
    std::string_view line(version, length);
    line = line.substr(0, line.find(','));
    const char* copy = std::getenv(kSingleCopy);
    return fmt::format("{}, single copy {}, {} ranks", line, copy != nullptr ? copy : "default", size_);
  }

 private:
  struct Request {
    bool open = false;
    bool is_send = false;
    int peer = -1;
    int64_t bytes = 0;
    MPI_Request mpi = MPI_REQUEST_NULL;
  };

  static constexpr int kSpins = 20;       // tests of some 0.3 us
  static constexpr int kYields = 20'000;  // then naps: something is slow, or has stopped
  static constexpr int64_t kShortestNapNs = 50'000;
  static constexpr int64_t kLongestNapNs = 500'000;

  absl::StatusOr<RequestId> Start(bool is_send, void* data, int64_t bytes, int peer, int channel) {
    if (peer < 0 || peer >= size_ || peer == rank_ || bytes < 0) {
      return absl::InvalidArgumentError(
          fmt::format("rank {} of {} cannot exchange {} bytes with rank {}", rank_, size_, bytes, peer));
    }
    if (bytes > INT_MAX) {
      return absl::InvalidArgumentError(
          fmt::format("rank {}: a message of {} bytes with rank {} is longer than the {} that MPI counts; "
                      "use a smaller micro-batch",
                      rank_, bytes, peer, INT_MAX));
    }
    Request request{true, is_send, peer, bytes, MPI_REQUEST_NULL};
    const int count = static_cast<int>(bytes);
    const int code = is_send ? MPI_Isend(data, count, MPI_BYTE, peer, channel, comm_, &request.mpi)
                             : MPI_Irecv(data, count, MPI_BYTE, peer, channel, comm_, &request.mpi);
    if (absl::Status failed = FromMpi(code, is_send ? "sending to" : "receiving from", rank_, peer);
        !failed.ok()) {
      return failed;
    }
    if (is_send) {
      counters_.sent_bytes += bytes;
      ++counters_.sent_messages;
    }
    if (free_.empty()) {
      requests_.push_back(request);
      return static_cast<RequestId>(requests_.size() - 1);
    }
    const RequestId id = free_.back();
    free_.pop_back();
    requests_[id] = request;
    return id;
  }

  const MPI_Comm comm_;
  int rank_ = 0;
  int size_ = 1;
  std::vector<Request> requests_;
  std::vector<RequestId> free_;
  TransportCounters counters_;
};

}  // namespace

void SetMpiDefaults() {
  // Single copy (cma) moves the ring's messages of 0.1 to 2 MiB in one piece, "none" hands over 32 KiB at a
  // time; measurements: docs/measurements/engine.md. Where the system forbids it (seccomp), Open MPI would
  // only find out in the middle of a message.
  char from = 1, to = 0;
  const iovec local{&to, 1}, remote{&from, 1};
  const bool allowed = process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1;
  setenv(kSingleCopy, allowed ? "cma" : "none", 0);
}

absl::StatusOr<std::unique_ptr<Transport>> MakeMpiTransport() {
  int initialized = 0, provided = MPI_THREAD_SINGLE;
  MPI_Initialized(&initialized);
  if (initialized != 0) MPI_Query_thread(&provided);
  if (provided < MPI_THREAD_SERIALIZED) {
    return absl::FailedPreconditionError("MPI is not initialised with MPI_THREAD_SERIALIZED");
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm comm = MPI_COMM_NULL;
  const int code = MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  if (absl::Status failed = FromMpi(code, "duplicating the communicator of", -1, -1); !failed.ok())
    return failed;
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  return std::make_unique<MpiTransport>(comm);
}

}  // namespace ringside::workers
