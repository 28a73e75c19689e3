// Answers from JSON Lines.
#include <google/protobuf/util/json_util.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "evaluator/cohort/answer_parts.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::cohort {
namespace {

class JsonLinesAnswers : public AnswerReader {
 public:
  JsonLinesAnswers(const std::string& path, std::ifstream file) : path_(path), file_(std::move(file)) {}

  absl::StatusOr<std::optional<ReadAnswer>> Next() override;

 private:
  absl::StatusOr<bool> NextLine(std::string* line);

  const std::string path_;
  std::ifstream file_;
  int line_ = 0;
};

// False: the end. Lines of blanks are passed over.
absl::StatusOr<bool> JsonLinesAnswers::NextLine(std::string* line) {
  line->clear();
  for (int c; (c = file_.rdbuf()->sbumpc()) != std::char_traits<char>::eof();) {
    if (c != '\n') {
      line->push_back(static_cast<char>(c));
      if (line->size() > kMaxRowBytes) {
        return absl::InvalidArgumentError(
            fmt::format("{}:{}: a line is longer than {} MiB", path_, line_ + 1, kMaxRowBytes >> 20));
      }
      continue;
    }
    ++line_;
    if (line->find_first_not_of(" \t\r") != std::string::npos) return true;
    line->clear();
  }
  if (line->find_first_not_of(" \t\r") == std::string::npos) return false;
  ++line_;
  return true;
}

// A string or a number; anything else is an error, nothing an empty text.
std::string TextOf(const nlohmann::json& object, std::initializer_list<const char*> names, ReadAnswer* read) {
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) continue;
    if (found->is_string()) return found->get<std::string>();
    if (found->is_number()) return found->dump();
    if (read->error.empty()) read->error = fmt::format("{}: expected text, got {}", name, found->type_name());
    return "";
  }
  return "";
}

absl::StatusOr<std::optional<ReadAnswer>> JsonLinesAnswers::Next() {
  std::string line;
  const auto there = NextLine(&line);
  if (!there.ok()) return there.status();
  if (!*there) return std::nullopt;
  ReadAnswer read;
  read.answer.set_line(line_);
  const std::string place = fmt::format("line-{}", line_);
  const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    read.answer.set_id(place);
    read.error = "is no JSON object (or not UTF-8)";
    return read;
  }
  read.answer.set_id(TextOf(object, {"id", "answer_id"}, &read));
  if (read.answer.id().empty()) read.answer.set_id(place);
  read.answer.set_candidate(TextOf(object, {"candidate", "student", "student_id"}, &read));
  read.answer.set_question(TextOf(object, {"question", "question_id"}, &read));
  read.answer.set_text(TextOf(object, {"answer", "student_answer", "text"}, &read));
  ReadMark(TextOf(object, {"mark", "score"}, &read), &read);
  if (const auto design = object.find("design"); design != object.end()) {
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(design->dump(), read.answer.mutable_design());
    if (!parsed.ok() && read.error.empty()) {
      read.error = fmt::format("design: {}", std::string(parsed.message()));
    }
  }
  CheckAnswer(&read);
  return read;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AnswerReader>> OpenJsonLines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: {}", path, std::strerror(errno)));
  if (file.peek() == std::ifstream::traits_type::eof()) {
    return absl::InvalidArgumentError(fmt::format("{}: the file is empty", path));
  }
  return std::make_unique<JsonLinesAnswers>(path, std::move(file));
}

}  // namespace ringside::cohort
