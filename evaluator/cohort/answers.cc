#include "evaluator/cohort/answers.h"

#include <cmath>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "evaluator/cohort/answer_parts.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

void Complain(ReadAnswer* read, std::string reason) {
  if (read->error.empty()) read->error = std::move(reason);
}

bool IsUtf8(const std::string& text) {
  return evaluator::ValidUtf8(text) == text;
}

void CheckName(ReadAnswer* read, const char* field, bool needed, std::string* text) {
  if (text->size() > kMaxFieldBytes) {
    Complain(read, fmt::format("{}: {} bytes are over the limit of {}", field, text->size(), kMaxFieldBytes));
    text->clear();
  } else if (!IsUtf8(*text)) {
    Complain(read, fmt::format("{}: is not UTF-8; save the file as UTF-8", field));
    *text = evaluator::ValidUtf8(*text);
  } else if (needed && text->empty()) {
    Complain(read, fmt::format("{}: is empty", field));
  }
}

}  // namespace

void CheckAnswer(ReadAnswer* read) {
  v1::CohortAnswer& answer = read->answer;
  CheckName(read, "id", true, answer.mutable_id());
  CheckName(read, "candidate", true, answer.mutable_candidate());
  CheckName(read, "question", true, answer.mutable_question());
  if (answer.text().size() > kMaxAnswerBytes) {
    Complain(read, fmt::format("answer: {:.1f} MB are over the limit of {:.1f} MB",
                               static_cast<double>(answer.text().size()) / 1e6,
                               static_cast<double>(kMaxAnswerBytes) / 1e6));
    answer.clear_text();
  } else if (!IsUtf8(answer.text())) {
    Complain(read, "answer: is not UTF-8; save the file as UTF-8");
    answer.clear_text();
  }
}

void ReadMark(std::string_view text, ReadAnswer* read) {
  if (text.empty()) return;
  double mark = 0;
  if (!absl::SimpleAtod(std::string(text), &mark) || !(mark >= 0 && mark <= 1)) {
    return Complain(
        read, fmt::format("mark: expected a number from 0 to 1, got \"{}\"", evaluator::Printable(text, 40)));
  }
  read->answer.set_mark(mark);
}

absl::StatusOr<std::unique_ptr<AnswerReader>> OpenAnswers(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return absl::NotFoundError(fmt::format("{}: there is no such file or folder", path));
  }
  if (std::filesystem::is_directory(status)) return OpenFolder(path);
  if (absl::EndsWithIgnoreCase(path, ".csv")) return OpenCsv(path);
  if (absl::EndsWithIgnoreCase(path, ".jsonl")) return OpenJsonLines(path);
  return absl::InvalidArgumentError(fmt::format("{}: a cohort is a folder, a .csv or a .jsonl file", path));
}

}  // namespace ringside::cohort
