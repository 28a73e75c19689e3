#include "cli/temporary_directory.h"

#include <filesystem>
#include <utility>

#include "base/status_macros.h"

namespace ringside::cli {

absl::StatusOr<std::unique_ptr<TemporaryDirectory>> TemporaryDirectory::Create() {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) return absl::UnavailableError("no temporary directory: " + error.message() + "; set TMPDIR");
  RINGSIDE_ASSIGN_OR_RETURN(auto made, coordinator::OwnedDirectory::Make(parent / "ringside-XXXXXX"));
  return std::unique_ptr<TemporaryDirectory>(new TemporaryDirectory(std::move(made)));
}

}  // namespace ringside::cli
