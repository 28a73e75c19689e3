#include "trace/import/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "fmt/format.h"

namespace ringside::trace {
namespace {

constexpr size_t kInputBytes = 256 << 10;

class File {
 public:
  File(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  File(File&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }

  absl::StatusOr<size_t> Read(char* out, size_t size) {
    for (;;) {
      const ssize_t got = read(fd_, out, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) {
        const int error = errno;
        return absl::ErrnoToStatus(error, fmt::format("{}: cannot be read", path_));
      }
    }
  }

 private:
  std::string path_;
  int fd_;
};

class PlainBytes : public ByteSource {
 public:
  PlainBytes(File file, std::string head) : file_(std::move(file)), head_(std::move(head)) {}

  absl::StatusOr<size_t> Read(char* out, size_t size, Repairs*) override {
    if (head_.empty()) return file_.Read(out, size);
    const size_t count = std::min(size, head_.size());
    std::memcpy(out, head_.data(), count);
    head_.erase(0, count);
    return count;
  }

 private:
  File file_;
  std::string head_;  // read to tell gzip, not yet handed out
};

class GzipBytes : public ByteSource {
 public:
  GzipBytes(File file, const std::string& head) : file_(std::move(file)), input_(kInputBytes) {
    std::memcpy(input_.data(), head.data(), head.size());
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(head.size());
    ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;  // 16: gzip
  }
  ~GzipBytes() override {
    if (ready_) inflateEnd(&stream_);
  }

  absl::StatusOr<size_t> Read(char* out, size_t size, Repairs* repairs) override {
    if (!ready_) return absl::ResourceExhaustedError("no memory to decompress a trace");
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(size, 1u << 30));
    const uInt wanted = stream_.avail_out;
    while (!ended_ && stream_.avail_out == wanted) {
      if (stream_.avail_in == 0) {
        RINGSIDE_ASSIGN_OR_RETURN(const size_t got,
                                  file_.Read(reinterpret_cast<char*>(input_.data()), input_.size()));
        if (got == 0) {
          ended_ = true;
          if (inside_) repairs->Add(Fault::kDamagedCompression);
          break;
        }
        stream_.next_in = input_.data();
        stream_.avail_in = static_cast<uInt>(got);
      }
      inside_ = true;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        inside_ = false;  // what follows is another member, or nothing
        inflateReset(&stream_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        ended_ = true;
        repairs->Add(Fault::kDamagedCompression);
      }
    }
    return wanted - stream_.avail_out;
  }

 private:
  File file_;
  std::vector<Bytef> input_;
  z_stream stream_{};
  bool ready_ = false;
  bool inside_ = true;  // a member
  bool ended_ = false;
};

class TextBytes : public ByteSource {
 public:
  TextBytes(std::string text, size_t piece) : text_(std::move(text)), piece_(piece) {}

  absl::StatusOr<size_t> Read(char* out, size_t size, Repairs*) override {
    const size_t count = std::min({size, piece_, text_.size() - at_});
    std::memcpy(out, text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t piece_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenBytes(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    return absl::ErrnoToStatus(error, fmt::format("{}: cannot be opened", path));
  }
  File file(path, fd);
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(fmt::format("{}: is a directory; name a file in it", path));
  }
  std::string head(2, '\0');
  size_t got = 0;
  while (got < head.size()) {  // a pipe may give one byte
    RINGSIDE_ASSIGN_OR_RETURN(const size_t more, file.Read(head.data() + got, head.size() - got));
    if (more == 0) break;
    got += more;
  }
  head.resize(got);
  if (head == "\x1f\x8b") return std::make_unique<GzipBytes>(std::move(file), head);
  return std::make_unique<PlainBytes>(std::move(file), std::move(head));
}

std::unique_ptr<ByteSource> BytesOf(std::string text, size_t piece) {
  return std::make_unique<TextBytes>(std::move(text), piece);
}

}  // namespace ringside::trace
