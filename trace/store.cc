#include "trace/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "base/status_macros.h"
#include "google/protobuf/io/zero_copy_stream_impl.h"
#include "trace/chrome.h"
#include "trace/file_writer.h"
#include "trace/summary.h"

namespace ringside::trace {
namespace {

// Protobuf hands its bytes on in buffers, so the trace is never in memory twice.
class FileWriterStream : public google::protobuf::io::CopyingOutputStream {
 public:
  explicit FileWriterStream(FileWriter* file) : file_(file) {}
  bool Write(const void* data, int size) override {
    status_ = file_->Append({static_cast<const char*>(data), static_cast<size_t>(size)});
    return status_.ok();
  }
  const absl::Status& status() const { return status_; }

 private:
  FileWriter* file_;
  absl::Status status_;
};

absl::Status SaveBinary(const v1::Trace& trace, const std::string& path) {
  if (trace.ByteSizeLong() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return absl::ResourceExhaustedError(
        fmt::format("cannot write {}: the trace has {} bytes, at most 2 GiB can be stored; run fewer steps",
                    path, trace.ByteSizeLong()));
  }
  RINGSIDE_ASSIGN_OR_RETURN(FileWriter file, FileWriter::Create(path));
  FileWriterStream stream(&file);
  {
    google::protobuf::io::CopyingOutputStreamAdaptor adaptor(&stream);
    if (!trace.SerializeToZeroCopyStream(&adaptor) || !adaptor.Flush()) return stream.status();
  }
  if (!trace.has_environment()) {
    v1::Trace last_field;  // concatenated messages are one message
    last_field.mutable_environment();
    RINGSIDE_RETURN_IF_ERROR(file.Append(last_field.SerializeAsString()));
  }
  return file.Commit();
}

absl::Status SaveChrome(const v1::Trace& trace, const std::string& path) {
  RINGSIDE_ASSIGN_OR_RETURN(FileWriter file, FileWriter::Create(path));
  RINGSIDE_RETURN_IF_ERROR(
      WriteChromeTrace(trace, [&](std::string_view piece) { return file.Append(piece); }));
  return file.Commit();
}

absl::Status SaveSummary(const v1::Trace& trace, const std::string& path) {
  const auto summary = Summarize(trace);
  const nlohmann::json json =
      summary.ok() ? ToJson(*summary) : nlohmann::json{{"error", std::string(summary.status().message())}};
  RINGSIDE_ASSIGN_OR_RETURN(FileWriter file, FileWriter::Create(path));
  RINGSIDE_RETURN_IF_ERROR(
      file.Append(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"));
  return file.Commit();
}

}  // namespace

namespace {

absl::Status MakeDirectories(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::Status(absl::ErrnoToStatusCode(error.value()),
                        fmt::format("cannot make the directory {}: {}", directory, error.message()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status TryTraceDirectory(const std::string& directory) {
  std::error_code ignored;
  std::vector<std::filesystem::path> missing;  // the deepest first
  for (std::filesystem::path path = std::filesystem::absolute(directory, ignored);
       !path.empty() && !std::filesystem::exists(path, ignored) && path != path.parent_path();
       path = path.parent_path())
    missing.push_back(path);
  absl::Status tried = MakeDirectories(directory);
  // Not access(2): it says nothing of a file system that is mounted to be read only, or of root's limits.
  if (tried.ok()) tried = FileWriter::Create(std::filesystem::path(directory) / kTraceFile).status();
  for (const auto& path : missing) std::filesystem::remove(path, ignored);  // if empty
  return tried;
}

absl::Status SaveTrace(const v1::Trace& trace, const std::string& directory) {
  RINGSIDE_RETURN_IF_ERROR(MakeDirectories(directory));
  const std::filesystem::path base(directory);
  RINGSIDE_RETURN_IF_ERROR(SaveBinary(trace, base / kTraceFile));
  RINGSIDE_RETURN_IF_ERROR(SaveChrome(trace, base / kChromeFile));
  return SaveSummary(trace, base / kSummaryFile);
}

absl::StatusOr<v1::Trace> LoadTrace(const std::string& path) {
  std::error_code ignored;
  const bool is_directory = std::filesystem::is_directory(path, ignored);
  const std::string file = is_directory ? std::string(std::filesystem::path(path) / kTraceFile) : path;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, fmt::format("cannot read the trace {}", file));
  const absl::Cleanup close = [fd] { ::close(fd); };
  google::protobuf::io::FileInputStream stream(fd);
  v1::Trace trace;
  const bool parsed = trace.ParseFromZeroCopyStream(&stream);
  if (stream.GetErrno() != 0)
    return absl::ErrnoToStatus(stream.GetErrno(), fmt::format("cannot read the trace {}", file));
  if (!parsed || !trace.has_environment()) {
    return absl::DataLossError(
        fmt::format("{} is cut off or not a Ringside trace ({} bytes read)", file, stream.ByteCount()));
  }
  return trace;
}

}  // namespace ringside::trace
