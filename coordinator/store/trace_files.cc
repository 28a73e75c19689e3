#include "coordinator/store/trace_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace ringside::coordinator {
namespace {

constexpr char kTraceName[] = "trace.pb";

std::string LowerFirst(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

absl::Status WriteError(const std::string& job_id, const std::string& dir, int error) {
  const std::string what = fmt::format("trace of job {} cannot be written to {}: {}", job_id, dir,
                                       LowerFirst(std::strerror(error)));
  if (error == ENOSPC || error == EDQUOT) {
    return absl::ResourceExhaustedError(what + "; free space or choose another --data-dir");
  }
  return absl::UnavailableError(what);
}

// Writes to a file descriptor, counts and checksums what passes.
class SummingFile : public google::protobuf::io::CopyingOutputStream {
 public:
  explicit SummingFile(int fd) : fd_(fd) {}
  bool Write(const void* buffer, int size) override {
    const char* bytes = static_cast<const char*>(buffer);
    for (int done = 0; done < size;) {
      const ssize_t written = ::write(fd_, bytes + done, static_cast<size_t>(size - done));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        error_ = written < 0 ? errno : ENOSPC;
        return false;
      }
      done += static_cast<int>(written);
    }
    crc_ = crc32(crc_, static_cast<const Bytef*>(buffer), static_cast<uInt>(size));
    size_ += size;
    return true;
  }
  int error() const { return error_; }
  std::string Sum() const { return fmt::format("{:08x} {}\n", crc_, size_); }

 private:
  const int fd_;
  int error_ = 0;
  uLong crc_ = crc32(0, nullptr, 0);
  int64_t size_ = 0;
};

// A file under a temporary name that becomes `path` on Commit and vanishes without one.
class NewFile {
 public:
  explicit NewFile(std::string path)
      : path_(std::move(path)),
        temporary_(path_ + ".tmp"),
        fd_(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
  ~NewFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!committed_) ::unlink(temporary_.c_str());
  }
  int fd() const { return fd_; }
  // 0, or the errno of what failed.
  int Commit() {
    if (::fsync(fd_) != 0) return errno;
    const int fd = std::exchange(fd_, -1);
    if (::close(fd) != 0) return errno;
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return errno;
    committed_ = true;
    return 0;
  }

 private:
  const std::string path_, temporary_;
  int fd_;
  bool committed_ = false;
};

int SyncDirectory(const std::string& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

}  // namespace

absl::StatusOr<std::string> TraceFiles::JobDir(const std::string& job_id) const {
  std::string dir = data_dir_ + "/jobs/" + job_id;
  for (const std::string& part : {data_dir_ + "/jobs", dir}) {
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      const std::string what =
          fmt::format("cannot make directory {}: {}", part, LowerFirst(std::strerror(errno)));
      if (errno == ENOSPC || errno == EDQUOT) {
        return absl::ResourceExhaustedError(what + "; free space or choose another --data-dir");
      }
      return absl::UnavailableError(what);
    }
  }
  return dir;
}

absl::Status TraceFiles::Write(const std::string& job_id, const v1::Trace& trace) const {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string dir, JobDir(job_id));
  NewFile file(dir + "/" + kTraceName);
  if (file.fd() < 0) return WriteError(job_id, dir, errno);
  SummingFile sink(file.fd());
  {
    google::protobuf::io::CopyingOutputStreamAdaptor stream(&sink, 1 << 20);
    const bool serialized = trace.SerializeToZeroCopyStream(&stream) && stream.Flush();
    if (sink.error() != 0) return WriteError(job_id, dir, sink.error());
    if (!serialized) return absl::InternalError(fmt::format("trace of job {} cannot be serialized", job_id));
  }
  // The sum goes first: a trace without one would look damaged, a sum without a trace is nothing.
  NewFile sum(dir + "/" + kTraceName + ".sum");
  if (sum.fd() < 0) return WriteError(job_id, dir, errno);
  const std::string text = sink.Sum();
  SummingFile sum_sink(sum.fd());
  if (!sum_sink.Write(text.data(), static_cast<int>(text.size())))
    return WriteError(job_id, dir, sum_sink.error());
  if (const int error = sum.Commit(); error != 0) return WriteError(job_id, dir, error);
  if (const int error = file.Commit(); error != 0) return WriteError(job_id, dir, error);
  if (const int error = SyncDirectory(dir); error != 0) return WriteError(job_id, dir, error);
  return absl::OkStatus();
}

absl::StatusOr<std::string> TraceFiles::Verify(const std::string& job_id) const {
  const std::string path = fmt::format("{}/jobs/{}/{}", data_dir_, job_id, kTraceName);
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(fmt::format("job {} has no trace at {}", job_id, path));
  std::string expected;
  std::ifstream sum(path + ".sum");
  std::getline(sum, expected);
  uLong crc = crc32(0, nullptr, 0);
  int64_t size = 0;
  std::vector<char> buffer(1 << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
    crc = crc32(crc, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<uInt>(in.gcount()));
    size += in.gcount();
  }
  const std::string found = fmt::format("{:08x} {}", crc, size);
  if (found == expected) return path;
  return absl::DataLossError(
      fmt::format("trace of job {} at {} is damaged: checksum and size are \"{}\", written were \"{}\"",
                  job_id, path, found, expected));
}

}  // namespace ringside::coordinator
