// Answers from a folder of candidates.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "evaluator/cohort/answer_parts.h"
#include "evaluator/design/answer.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

namespace fs = std::filesystem;

class FolderAnswers : public AnswerReader {
 public:
  FolderAnswers(const std::string& path, std::vector<fs::path> candidates)
      : path_(path), candidates_(std::move(candidates)) {}

  absl::StatusOr<std::optional<ReadAnswer>> Next() override;

 private:
  static ReadAnswer Read(const fs::path& file);

  const std::string path_;
  const std::vector<fs::path> candidates_;  // sorted
  size_t candidate_ = 0;
  std::vector<fs::path> files_;  // of the candidate, sorted
  size_t file_ = 0;
};

// Sorted, so that two runs number the answers alike. Hidden ones, links and what is neither file nor folder
// are passed over: a link could lead out of the folder.
absl::StatusOr<std::vector<fs::path>> Entries(const fs::path& folder, bool folders) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->is_symlink() || at->path().filename().string().starts_with(".")) continue;
    if (folders ? at->is_directory() : at->is_regular_file()) entries.push_back(at->path());
  }
  if (error) return absl::UnavailableError(fmt::format("{}: {}", folder.string(), error.message()));
  std::sort(entries.begin(), entries.end());
  return entries;
}

absl::StatusOr<std::optional<ReadAnswer>> FolderAnswers::Next() {
  while (file_ == files_.size()) {
    if (candidate_ == candidates_.size()) return std::nullopt;
    auto files = Entries(candidates_[candidate_++], /*folders=*/false);
    if (!files.ok()) return files.status();
    files_ = *std::move(files);
    file_ = 0;
  }
  return Read(files_[file_++]);
}

ReadAnswer FolderAnswers::Read(const fs::path& file) {
  ReadAnswer read;
  const std::string candidate = file.parent_path().filename().string(), question = file.stem().string();
  read.answer.set_id(candidate + "/" + question);
  read.answer.set_candidate(candidate);
  read.answer.set_question(question);
  const std::string kind = file.extension().string();
  std::error_code error;
  const uintmax_t bytes = fs::file_size(file, error);
  if (kind == ".yaml" || kind == ".yml") {
    auto design = evaluator::LoadAnswer(file.string());
    if (design.ok()) {
      *read.answer.mutable_design() = *std::move(design);
      if (!read.answer.design().question().empty()) read.answer.set_question(read.answer.design().question());
    } else {
      read.error = std::string(design.status().message());
    }
  } else if (kind != ".txt" && kind != ".md") {
    read.error =
        fmt::format("{}: expected .txt or .md for words, .yaml for a design", file.filename().string());
  } else if (error || bytes > kMaxAnswerBytes) {
    read.error =
        error ? error.message()
              : fmt::format("answer: {:.1f} MB are over the limit of {:.1f} MB",
                            static_cast<double>(bytes) / 1e6, static_cast<double>(kMaxAnswerBytes) / 1e6);
  } else {
    std::ifstream stream(file, std::ios::binary);
    std::string text(bytes, '\0');
    if (bytes > 0 && !stream.read(text.data(), static_cast<std::streamsize>(bytes))) {
      read.error = "cannot be read";
    }
    read.answer.set_text(std::move(text));
  }
  CheckAnswer(&read);
  return read;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AnswerReader>> OpenFolder(const std::string& path) {
  auto candidates = Entries(path, /*folders=*/true);
  if (!candidates.ok()) return candidates.status();
  if (candidates->empty()) {
    return absl::InvalidArgumentError(fmt::format(
        "{}: there is no candidate's folder in it; a cohort is FOLDER/CANDIDATE/QUESTION.txt", path));
  }
  return std::make_unique<FolderAnswers>(path, *std::move(candidates));
}

}  // namespace ringside::cohort
