// Whether a cohort is the one that was graded before.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace ringside::cli {

// Of a file its bytes, of a folder its files' names, sizes and bytes.
absl::StatusOr<std::string> FingerprintOfSource(const std::string& path);

// The key of the anonymous names in `folder`: made there, for its owner alone, where there is none yet.
// Several processes that ask at once get the same.
absl::StatusOr<std::string> NamesKey(const std::string& folder);

}  // namespace ringside::cli
