// Answers from JSON Lines.
#include <cerrno>
#include <cstring>
#include <fstream>

#include "evaluator/cohort/answer_parts.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "proto/yaml.h"

namespace ringside::cohort {
namespace {

constexpr int kMaxDepth = 32;

class JsonLinesAnswers : public AnswerReader {
 public:
  JsonLinesAnswers(const std::string& path, std::ifstream file) : path_(path), file_(std::move(file)) {}

  absl::StatusOr<std::optional<ReadAnswer>> Next() override;

 private:
  bool NextLine(std::string* line, bool* too_long);

  const std::string path_;
  std::ifstream file_;
  int line_ = 0;
};

// False: the end. Lines of blanks are passed over. What goes beyond the limit of a line is not kept.
bool JsonLinesAnswers::NextLine(std::string* line, bool* too_long) {
  line->clear();
  *too_long = false;
  for (int c; (c = file_.rdbuf()->sbumpc()) != std::char_traits<char>::eof();) {
    if (c != '\n') {
      *too_long = *too_long || line->size() == kMaxRowBytes;
      if (!*too_long) line->push_back(static_cast<char>(c));
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

// What is nested deeper than any answer is left out and said so: writing or freeing it could take all of the
// stack.
nlohmann::json ParseLine(const std::string& line, bool* too_deep) {
  const auto shallow = [too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    *too_deep = *too_deep || depth > kMaxDepth;
    return depth <= kMaxDepth;
  };
  return nlohmann::json::parse(line, shallow, /*allow_exceptions=*/false);
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
  bool too_long = false, too_deep = false;
  if (!NextLine(&line, &too_long)) {
    if (file_.bad()) return absl::DataLossError(fmt::format("{}: {}", path_, std::strerror(errno)));
    return std::nullopt;
  }
  ReadAnswer read;
  read.answer.set_line(line_);
  const std::string place = fmt::format("line-{}", line_);
  const nlohmann::json object = too_long ? nlohmann::json() : ParseLine(line, &too_deep);
  if (!object.is_object() || too_deep) {
    read.answer.set_id(place);
    read.error = too_long   ? fmt::format("is longer than {} MiB", kMaxRowBytes >> 20)
                 : too_deep ? fmt::format("is nested deeper than {} levels", kMaxDepth)
                            : "is no JSON object (or not UTF-8)";
    return read;
  }
  read.answer.set_id(TextOf(object, {"id", "answer_id"}, &read));
  if (read.answer.id().empty()) read.answer.set_id(place);
  read.answer.set_candidate(TextOf(object, {"candidate", "student", "student_id"}, &read));
  read.answer.set_question(TextOf(object, {"question", "question_id"}, &read));
  read.answer.set_text(TextOf(object, {"answer", "student_answer", "text"}, &read));
  ReadMark(TextOf(object, {"mark", "score"}, &read), &read);
  if (const auto design = object.find("design"); design != object.end()) {
    // JSON is YAML, and read with the same names as in a file of its own.
    const absl::Status parsed = proto::ParseYaml(design->dump(), "design", read.answer.mutable_design());
    if (!parsed.ok() && read.error.empty()) read.error = std::string(parsed.message());
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
