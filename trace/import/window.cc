#include "trace/import/window.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/status_macros.h"

namespace ringside::trace {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

}  // namespace

Window::Window(ByteSource* source, Repairs* repairs, size_t max_bytes)
    : source_(source), repairs_(repairs), max_bytes_(max_bytes), buffer_(1 + kChunkBytes + kPadding) {}

void Window::PutBack(char c) {
  RINGSIDE_CHECK(begin_ > 0);
  buffer_[--begin_] = c;
  --position_;
}

absl::StatusOr<bool> Window::Fill() {
  if (ended_ || at_limit()) return false;
  // What is seen moves to the front. Twice the room as soon as a value fills half of it: each byte is moved
  // a constant number of times.
  const size_t seen = size();
  if (begin_ > 1) {
    std::memmove(buffer_.data(), buffer_.data() + begin_ - 1, seen + 1);
    begin_ = 1;
    end_ = 1 + seen;
  }
  size_t room = buffer_.size() - 1 - kPadding;
  if (seen > room / 2) {
    room = std::max(seen + 1, std::min(2 * room, max_bytes_));
    buffer_.resize(1 + room + kPadding);
  }
  while (size() < room) {
    RINGSIDE_ASSIGN_OR_RETURN(const size_t got,
                              source_->Read(buffer_.data() + end_, room - size(), repairs_));
    if (got == 0) {
      ended_ = true;
      break;
    }
    end_ += got;
  }
  std::memset(buffer_.data() + end_, 0, kPadding);
  return size() > seen;
}

absl::StatusOr<int> Window::Peek() {
  if (size() == 0) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) return -1;
  }
  return static_cast<unsigned char>(*data());
}

absl::StatusOr<int> Window::PeekPastBlanks() {
  for (;;) {
    RINGSIDE_ASSIGN_OR_RETURN(const int c, Peek());
    if (c < 0 || c > ' ') return c;
    Advance(1);
  }
}

}  // namespace ringside::trace
