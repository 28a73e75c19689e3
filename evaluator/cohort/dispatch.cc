#include "evaluator/cohort/dispatch.h"

#include <algorithm>

#include "base/check.h"

namespace ringside::cohort {

void Dispatcher::Add(const std::vector<int64_t>& answers) {
  for (size_t at = 0; at < answers.size(); at += chunk_answers_) {
    const size_t end = std::min(answers.size(), at + chunk_answers_);
    waiting_.push_back({{answers.begin() + at, answers.begin() + end}, 0});
  }
  open_ += static_cast<int64_t>(answers.size());
  waiting_answers_ += static_cast<int64_t>(answers.size());
}

std::optional<Dispatcher::Chunk> Dispatcher::Next() {
  if (waiting_.empty()) return std::nullopt;
  const int64_t ticket = ++tickets_;
  Part& part = out_[ticket] = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_answers_ -= static_cast<int64_t>(part.answers.size());
  return Chunk{ticket, part.answers};
}

void Dispatcher::Done(int64_t ticket) {
  const auto found = out_.find(ticket);
  RINGSIDE_CHECK(found != out_.end());
  open_ -= static_cast<int64_t>(found->second.answers.size());
  out_.erase(found);
}

std::optional<Dispatcher::GivenUp> Dispatcher::Failed(int64_t ticket, const std::string& reason) {
  const auto found = out_.find(ticket);
  RINGSIDE_CHECK(found != out_.end());
  Part part = std::move(found->second);
  out_.erase(found);
  const size_t size = part.answers.size();
  if (size == 1 && ++part.tries >= kTries) {
    --open_;
    return GivenUp{part.answers[0], reason};
  }
  waiting_answers_ += static_cast<int64_t>(size);
  // In front: what has failed is settled before new answers come, so that few workers die of the same one.
  const auto middle = part.answers.begin() + static_cast<int64_t>((size + 1) / 2);
  if (size > 1) waiting_.push_front({{middle, part.answers.end()}, 0});
  waiting_.push_front({{part.answers.begin(), middle}, part.tries});
  return std::nullopt;
}

}  // namespace ringside::cohort
