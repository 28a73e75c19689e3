// What a reader sees of a stream: the bytes from a cursor on, refilled on demand. Holds one chunk, more only
// while one value is longer than that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "trace/import/byte_source.h"

namespace ringside::trace {

class Window {
 public:
  // Both outlive the window. `max_bytes`: the longest value that it holds at once.
  Window(ByteSource* source, Repairs* repairs, size_t max_bytes);

  // The bytes seen, followed by a NUL and 16 bytes of padding. Stays until Advance or Fill.
  char* data() { return buffer_.data() + begin_; }
  size_t size() const { return end_ - begin_; }
  bool at_limit() const { return size() >= max_bytes_; }
  bool ended() const { return ended_; }  // the stream has nothing more than what is seen
  // Of the stream, at the cursor.
  int64_t position() const { return position_; }

  void Advance(size_t count) {
    begin_ += count;
    position_ += static_cast<int64_t>(count);
  }
  // One byte back over what was just advanced over, which becomes `c`.
  void PutBack(char c);

  // Sees more. False: the stream has ended, or the limit is reached.
  absl::StatusOr<bool> Fill();
  // The byte at the cursor, filling if need be; -1 at the end.
  absl::StatusOr<int> Peek();
  // As Peek, past blanks (every byte up to 0x20).
  absl::StatusOr<int> PeekPastBlanks();

 private:
  static constexpr size_t kPadding = 17;

  ByteSource* source_;
  Repairs* repairs_;
  size_t max_bytes_;
  std::vector<char> buffer_;
  size_t begin_ = 1;  // one byte before it stays, for PutBack
  size_t end_ = 1;
  int64_t position_ = 0;
  bool ended_ = false;
};

}  // namespace ringside::trace
