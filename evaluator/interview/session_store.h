// Sessions on the disk: one file each, written whole or not at all, in DIR/interviews. A file that is damaged
// is reported and never overwritten.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

inline constexpr size_t kMaxSessionBytes = 32u << 20;
inline constexpr size_t kMaxStoredSessions = 10'000;

// Stateless; processes may share a directory, but two must not write the same session.
class SessionStore {
 public:
  explicit SessionStore(const std::string& data_dir) : directory_(data_dir + "/interviews") {}

  // RESOURCE_EXHAUSTED: the disk is full, or the session larger than may be. PERMISSION_DENIED, UNAVAILABLE:
  // the directory cannot be made or written.
  absl::Status Save(const v1::InterviewSession& session) const;
  // NOT_FOUND: no such session. DATA_LOSS: it cannot be read as one. INVALID_ARGUMENT: the id is no id.
  absl::StatusOr<v1::InterviewSession> Load(const std::string& id) const;
  // Newest first; those that cannot be read are left out. An empty directory is no error.
  std::vector<v1::SessionSummary> List(const std::string& candidate) const;

  const std::string& directory() const { return directory_; }

 private:
  std::string PathOf(const std::string& id) const;
  std::string directory_;
};

v1::SessionSummary Summarized(const v1::InterviewSession& session);

// From the sessions of a candidate, newest first: topics that were weak in the last three that ended, and all
// questions that were asked.
struct Gaps {
  std::vector<std::string> topics, asked;
};
Gaps GapsOf(const SessionStore& store, const std::string& candidate);

}  // namespace ringside::evaluator
