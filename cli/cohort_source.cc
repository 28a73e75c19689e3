#include "cli/cohort_source.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "evaluator/design/fingerprint.h"
#include "fmt/format.h"

namespace ringside::cli {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<uint64_t> FingerprintOfFile(const fs::path& path, uint64_t seed) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: {}", path.string(), std::strerror(errno)));
  std::array<char, 1 << 16> piece;
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    seed = evaluator::Fingerprint({piece.data(), static_cast<size_t>(file.gcount())}, seed);
  }
  return seed;
}

}  // namespace

absl::StatusOr<std::string> FingerprintOfSource(const std::string& path) {
  uint64_t fingerprint = evaluator::kFingerprintSeed;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    RINGSIDE_ASSIGN_OR_RETURN(fingerprint, FingerprintOfFile(path, fingerprint));
    return fmt::format("{:016x}", fingerprint);
  }
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    if (at->is_regular_file() && !at->is_symlink()) files.push_back(at->path());
  }
  if (error) return absl::UnavailableError(fmt::format("{}: {}", path, error.message()));
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    fingerprint = evaluator::Fingerprint(fs::relative(file, path).string(), fingerprint);
    RINGSIDE_ASSIGN_OR_RETURN(fingerprint, FingerprintOfFile(file, fingerprint));
  }
  return fmt::format("{:016x}", fingerprint);
}

absl::StatusOr<std::string> NamesKey(const std::string& folder) {
  const std::string path = folder + "/names.key", fresh = fmt::format("{}.{}", path, getpid());
  std::array<char, 16> random;
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return absl::UnavailableError("the system gives no random numbers");
  }
  const std::string key = absl::BytesToHexString({random.data(), random.size()});
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size());
  const int error = errno;
  if (fd >= 0) close(fd);
  if (!written) return absl::UnavailableError(fmt::format("{}: {}", fresh, std::strerror(error)));
  link(fresh.c_str(), path.c_str());  // fails where there is one already, which then counts
  unlink(fresh.c_str());
  std::ifstream file(path);
  std::string kept;
  if (!std::getline(file, kept) || kept.size() != key.size()) {
    return absl::DataLossError(
        fmt::format("{}: is no key of names; remove it to name candidates anew", path));
  }
  return kept;
}

}  // namespace ringside::cli
