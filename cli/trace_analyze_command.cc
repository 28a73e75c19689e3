// `ringside trace analyze PATH...`: where the time of GPUs went, by traces of others.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/trace_analyze_text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/analyze/gpu_timeline.h"
#include "trace/analyze/kernel_class.h"
#include "trace/analyze/report.h"

namespace ringside::cli {
namespace {

constexpr size_t kMaxFiles = 4096;
constexpr size_t kMaxClassesBytes = 1 << 20;

bool IsTraceName(const std::string& name) {
  return name.ends_with(".json") || name.ends_with(".json.gz");
}

// Directories become the traces in them, by name.
absl::StatusOr<std::vector<std::string>> Files(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      if (IsTraceName(entry->path().filename().string())) found.push_back(entry->path().string());
    }
    if (error) return absl::PermissionDeniedError(fmt::format("{}: {}", path, error.message()));
    if (found.empty()) {
      return absl::NotFoundError(fmt::format("{}: has no .json and no .json.gz file", path));
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  if (files.size() > kMaxFiles) {
    return absl::InvalidArgumentError(fmt::format("{} files; at most {} at once", files.size(), kMaxFiles));
  }
  return files;
}

absl::StatusOr<trace::KernelClasses> Classes(const std::string& path) {
  if (path.empty()) return trace::KernelClasses::Default();
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  std::string text(kMaxClassesBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxClassesBytes) {
    return absl::InvalidArgumentError(fmt::format("{}: longer than {} bytes", path, kMaxClassesBytes));
  }
  return trace::KernelClasses::Parse(text, path);
}

absl::Status Analyze(const TraceAnalyzeOptions& options) {
  const Output output(options.json);
  RINGSIDE_ASSIGN_OR_RETURN(const trace::KernelClasses classes, Classes(options.classes));
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<std::string> files, Files(options.paths));
  std::vector<trace::GpuTimeline> timelines;
  for (size_t i = 0; i < files.size(); ++i) {
    RINGSIDE_ASSIGN_OR_RETURN(trace::GpuTimeline timeline,
                              trace::ReadGpuTimeline(files[i], classes, static_cast<int>(i),
                                                     {.keep_last_step = options.keep_last_step}));
    timelines.push_back(std::move(timeline));
  }
  const trace::TraceReport report = trace::Report(timelines, static_cast<size_t>(options.top));
  output.Print(TraceAnalyzeText(report));
  return output.WriteJson(trace::ToJson(report));
}

}  // namespace

int TraceAnalyze(const TraceAnalyzeOptions& options) {
  const absl::Status done = Analyze(options);
  return done.ok() ? kExitOk : Fail(done);
}

}  // namespace ringside::cli
