// Who grades what: hands answers out to workers in chunks, takes them back from workers that die, and finds
// the answer that kills whoever grades it. A state machine without threads, clock or sockets.
//
// A chunk that failed is cut in two and handed out again; an answer that fails alone, on kTries workers, is
// given up. So each answer ends exactly once: done, or given up with the reason.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ringside::cohort {

class Dispatcher {
 public:
  static constexpr int kTries = 2;  // of an answer alone

  struct Chunk {
    int64_t ticket = 0;
    std::vector<int64_t> answers;  // numbers, ascending
  };
  struct GivenUp {
    int64_t answer = 0;
    std::string reason;
  };

  explicit Dispatcher(int chunk_answers) : chunk_answers_(chunk_answers) {}

  void Add(const std::vector<int64_t>& answers);
  // Nothing: no answer waits now. (Others may come back while some are out.)
  std::optional<Chunk> Next();
  // REQUIRES: the ticket is out.
  void Done(int64_t ticket);
  // Returns the answer that is given up by it, if it is.
  std::optional<GivenUp> Failed(int64_t ticket, const std::string& reason);

  // How many have been added and have not ended.
  int64_t open() const { return open_; }
  bool idle() const { return open_ == 0; }
  int64_t waiting() const { return waiting_answers_; }

 private:
  struct Part {
    std::vector<int64_t> answers;
    int tries = 0;
  };

  const int chunk_answers_;
  std::deque<Part> waiting_;
  std::map<int64_t, Part> out_;
  int64_t open_ = 0, waiting_answers_ = 0, tickets_ = 0;
};

}  // namespace ringside::cohort
