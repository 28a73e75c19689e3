#include "workers/transport/thread_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "base/check.h"

namespace ringside::workers {
namespace {

constexpr int64_t kEagerBytes = 16 << 10;
constexpr auto kLongestWait = std::chrono::milliseconds(1);  // so that callers can look at their stop flags

// One message under way. Lives until both ends have forgotten it.
struct Message {
  const void* data = nullptr;  // of the sender, or `copy`
  std::vector<std::byte> copy;
  int64_t bytes = 0;
  std::atomic<bool> taken{false};  // the sender's buffer is free again
};

struct Receive {
  void* data = nullptr;
  int64_t bytes = 0;
  std::atomic<int64_t> received{-1};  // -1: nothing yet; else what arrived, which must be `bytes`
};

}  // namespace

struct ThreadNetwork::Mailbox {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<uint64_t> events{0};
  // By (source, channel); at most one of the two is not empty.
  std::map<std::pair<int, int>, std::deque<std::shared_ptr<Message>>> arrived;
  std::map<std::pair<int, int>, std::deque<std::shared_ptr<Receive>>> posted;

  void Notify() {
    {
      std::lock_guard lock(mutex);
      ++events;
    }
    changed.notify_all();
  }
};

class ThreadTransport : public Transport {
 public:
  ThreadTransport(ThreadNetwork* network, int rank)
      : network_(network), rank_(rank), random_(network->shuffle_seed_ * 1000003 + rank) {}
  ~ThreadTransport() override { Abandon(); }

  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(network_->mailboxes_.size()); }

  absl::StatusOr<RequestId> Isend(const void* data, int64_t bytes, int peer, int channel) override {
    if (absl::Status status = CheckPeer(peer, bytes); !status.ok()) return status;
    auto message = std::make_shared<Message>();
    message->bytes = bytes;
    const bool eager = Shuffled() ? random_() % 2 == 0 : bytes <= kEagerBytes;
    if (eager) {
      const auto* begin = static_cast<const std::byte*>(data);
      message->copy.assign(begin, begin + bytes);
      message->data = message->copy.data();
    } else {
      message->data = data;
    }
    auto& box = *network_->mailboxes_[peer];
    {
      std::lock_guard lock(box.mutex);
      auto& posted = box.posted[{rank_, channel}];
      if (posted.empty()) {
        box.arrived[{rank_, channel}].push_back(message);
      } else {
        Deliver(*message, *posted.front());
        posted.pop_front();
      }
      ++box.events;
    }
    box.changed.notify_all();
    if (eager) message->taken.store(true, std::memory_order_release);
    counters_.sent_bytes += bytes;
    ++counters_.sent_messages;
    return Add({.peer = peer, .channel = channel, .send = std::move(message)});
  }

  absl::StatusOr<RequestId> Irecv(void* data, int64_t bytes, int peer, int channel) override {
    if (absl::Status status = CheckPeer(peer, bytes); !status.ok()) return status;
    auto receive = std::make_shared<Receive>();
    receive->data = data;
    receive->bytes = bytes;
    auto& box = *network_->mailboxes_[rank_];
    bool matched = false;
    {
      std::lock_guard lock(box.mutex);
      auto& arrived = box.arrived[{peer, channel}];
      if (arrived.empty()) {
        box.posted[{peer, channel}].push_back(receive);
      } else {
        Deliver(*arrived.front(), *receive);
        arrived.pop_front();
        matched = true;
      }
    }
    if (matched) network_->mailboxes_[peer]->Notify();
    return Add({.peer = peer, .channel = channel, .receive = std::move(receive)});
  }

  absl::StatusOr<std::optional<int64_t>> Test(RequestId id) override {
    Request& request = requests_[id];
    RINGSIDE_CHECK(request.open);
    const bool ended = request.send ? request.send->taken.load(std::memory_order_acquire)
                                    : request.receive->received.load(std::memory_order_acquire) >= 0;
    if (!ended) return std::nullopt;
    if (request.withheld > 0) {
      --request.withheld;
      return std::nullopt;
    }
    const int64_t bytes = request.send ? request.send->bytes : request.receive->received.load();
    const int64_t expected = request.send ? bytes : request.receive->bytes;
    const int peer = request.peer;
    if (request.receive) counters_.received_bytes += bytes;
    request = Request{};
    free_.push_back(id);
    if (bytes != expected) {
      return absl::DataLossError(
          fmt::format("rank {} expected {} bytes from rank {} and got {}", rank_, expected, peer, bytes));
    }
    return bytes;
  }

  uint64_t EventCount() const override { return network_->mailboxes_[rank_]->events.load(); }

  void WaitForEvent(uint64_t seen, int tests_in_vain, Waiter waiter) override {
    if (Shuffled() || tests_in_vain < 8) {  // something may be withheld; and a peer may be about to answer
      std::this_thread::yield();
      return;
    }
    auto& box = *network_->mailboxes_[rank_];
    std::unique_lock lock(box.mutex);
    box.changed.wait_for(lock, kLongestWait, [&] { return box.events.load() != seen; });
  }

  void Abandon() override {
    for (size_t id = 0; id < requests_.size(); ++id) {
      Request& request = requests_[id];
      if (!request.open) continue;
      auto& box = *network_->mailboxes_[request.send ? request.peer : rank_];
      std::lock_guard lock(box.mutex);
      if (request.send) {
        std::erase(box.arrived[{rank_, request.channel}], request.send);
      } else {
        std::erase(box.posted[{request.peer, request.channel}], request.receive);
      }
      request = Request{};
      free_.push_back(static_cast<RequestId>(id));
    }
  }

  TransportCounters counters() const override { return counters_; }
  std::string Describe() const override { return fmt::format("threads ({} ranks in one process)", size()); }

 private:
  struct Request {
    bool open = false;
    int peer = -1;
    int channel = 0;
    int withheld = 0;               // tests that do not tell yet that it has ended
    std::shared_ptr<Message> send;  // exactly one of the two
    std::shared_ptr<Receive> receive;
  };

  bool Shuffled() const { return network_->shuffle_seed_ != 0; }

  absl::Status CheckPeer(int peer, int64_t bytes) const {
    if (peer >= 0 && peer < size() && peer != rank_ && bytes >= 0) return absl::OkStatus();
    return absl::InvalidArgumentError(
        fmt::format("rank {} of {} cannot exchange {} bytes with rank {}", rank_, size(), bytes, peer));
  }

  // Under the receiver's lock, so that Abandon of either side comes before or after, not between.
  static void Deliver(Message& message, Receive& receive) {
    std::memcpy(receive.data, message.data, std::min(message.bytes, receive.bytes));
    receive.received.store(message.bytes, std::memory_order_release);
    message.taken.store(true, std::memory_order_release);
  }

  RequestId Add(Request request) {
    request.open = true;
    if (Shuffled()) request.withheld = static_cast<int>(random_() % 4);
    if (free_.empty()) {
      requests_.push_back(std::move(request));
      return static_cast<RequestId>(requests_.size() - 1);
    }
    const RequestId id = free_.back();
    free_.pop_back();
    requests_[id] = std::move(request);
    return id;
  }

  ThreadNetwork* const network_;
  const int rank_;
  std::mt19937_64 random_;
  std::vector<Request> requests_;
  std::vector<RequestId> free_;
  TransportCounters counters_;
};

ThreadNetwork::ThreadNetwork(int size, uint64_t shuffle_seed) : shuffle_seed_(shuffle_seed) {
  for (int rank = 0; rank < size; ++rank) mailboxes_.push_back(std::make_unique<Mailbox>());
}

ThreadNetwork::~ThreadNetwork() = default;

std::unique_ptr<Transport> ThreadNetwork::Endpoint(int rank) {
  return std::make_unique<ThreadTransport>(this, rank);
}

}  // namespace ringside::workers
