// Traces of jobs as files: DIR/jobs/ID/trace.pb, the serialized Trace, with its checksum beside it in
// trace.pb.sum ("CRC32 SIZE"). Written to a temporary name, synced, then renamed: a trace is there whole or
// not at all. Stateless; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::coordinator {

class TraceFiles {
 public:
  explicit TraceFiles(std::string data_dir) : data_dir_(std::move(data_dir)) {}

  // The job's own directory, made when it is not there.
  absl::StatusOr<std::string> JobDir(const std::string& job_id) const;

  // RESOURCE_EXHAUSTED: "trace of job X cannot be written to DIR: no space left on device; free space or
  // choose another --data-dir". UNAVAILABLE: any other reason, in the same words.
  absl::Status Write(const std::string& job_id, const v1::Trace& trace) const;

  // The path of a trace whose size and checksum are as written. NOT_FOUND: there is none. DATA_LOSS.
  absl::StatusOr<std::string> Verify(const std::string& job_id) const;

 private:
  std::string data_dir_;
};

}  // namespace ringside::coordinator
