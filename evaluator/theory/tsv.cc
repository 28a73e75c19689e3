#include "evaluator/theory/tsv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_split.h"
#include "evaluator/text/analyze.h"
#include "evaluator/theory/lexicon.h"

namespace ringside::theory {
namespace {

// One line without its end; false at the end of the file. What is beyond the limit is skipped and reported.
bool ReadLine(std::istream* in, std::string* line, bool* too_long) {
  line->clear();
  *too_long = false;
  std::streambuf* const buffer = in->rdbuf();
  bool any = false;
  for (int c = buffer->sbumpc(); c != std::char_traits<char>::eof(); c = buffer->sbumpc()) {
    any = true;
    if (c == '\n') break;
    if (line->size() < kMaxLineBytes) {
      line->push_back(static_cast<char>(c));
    } else {
      *too_long = true;
    }
  }
  if (!line->empty() && line->back() == '\r') line->pop_back();
  return any;
}

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> cells;
  for (size_t at = 0;;) {
    const size_t tab = line.find('\t', at);
    cells.push_back(line.substr(at, tab == std::string_view::npos ? tab : tab - at));
    if (tab == std::string_view::npos) return cells;
    at = tab + 1;
  }
}

std::vector<std::string_view> Wordings(std::string_view reference) {
  std::vector<std::string_view> wordings;
  for (size_t at = 0;;) {
    const size_t bars = reference.find("||", at);
    const std::string_view wording = reference.substr(at, bars == std::string_view::npos ? bars : bars - at);
    if (wording.find_first_not_of(" \t") != std::string_view::npos) wordings.push_back(wording);
    if (bars == std::string_view::npos) return wordings;
    at = bars + 2;
  }
}

bool HasContent(const text::Document& document, uint32_t sentence) {
  for (const text::Term& term : document.terms)
    if (term.sentence == sentence && IsContent(document, term)) return true;
  return false;
}

}  // namespace

absl::StatusOr<TsvReader> TsvReader::Open(std::istream* in, std::string file_name,
                                          const std::vector<std::string>& needed) {
  TsvReader reader;
  reader.in_ = in;
  reader.file_name_ = std::move(file_name);
  bool too_long = false;
  if (!ReadLine(in, &reader.text_, &too_long) || too_long)
    return absl::InvalidArgumentError(fmt::format("{}: no header line", reader.file_name_));
  reader.line_ = 1;
  std::string_view header = reader.text_;
  if (header.substr(0, 3) == "\xEF\xBB\xBF") header.remove_prefix(3);
  for (const std::string_view name : Split(header)) {
    if (!reader.index_.emplace(std::string(name), reader.columns_.size()).second)
      return absl::InvalidArgumentError(
          fmt::format("{}: two columns are named \"{}\"", reader.file_name_, name));
    reader.columns_.emplace_back(name);
  }
  for (const std::string& name : needed) {
    if (!reader.Has(name))
      return absl::InvalidArgumentError(fmt::format(
          "{}: no column \"{}\" in the header; cells are separated by tabs", reader.file_name_, name));
  }
  return reader;
}

bool TsvReader::Next(absl::Status* row_error) {
  *row_error = absl::OkStatus();
  bool too_long = false;
  do {
    if (!ReadLine(in_, &text_, &too_long)) return false;
    ++line_;
  } while (text_.empty());
  cells_ = Split(text_);
  if (too_long) {
    *row_error = absl::InvalidArgumentError(
        fmt::format("{}:{}: longer than {} MiB", file_name_, line_, kMaxLineBytes >> 20));
  } else if (cells_.size() != columns_.size()) {
    *row_error = absl::InvalidArgumentError(fmt::format("{}:{}: {} cells where the header has {}", file_name_,
                                                        line_, cells_.size(), columns_.size()));
  }
  return true;
}

std::string_view TsvReader::Cell(std::string_view column) const {
  const auto found = index_.find(column);
  return found == index_.end() || found->second >= cells_.size() ? std::string_view() : cells_[found->second];
}

v1::TheoryQuestion QuestionOfReference(std::string_view id, std::string_view prompt,
                                       std::string_view reference) {
  v1::TheoryQuestion question;
  question.set_id(std::string(id));
  question.set_prompt(std::string(prompt));
  const std::vector<std::string_view> wordings = Wordings(reference);
  if (wordings.size() > 1) {
    v1::ReferencePoint* point = question.add_points();
    point->set_id("1");
    point->set_text(std::string(wordings.front()));
    for (size_t i = 1; i < wordings.size(); ++i) point->add_alternatives(std::string(wordings[i]));
    return question;
  }
  const text::Document document = text::Analyze(reference);
  for (uint32_t s = 0; s < document.sentences.size(); ++s) {
    if (!HasContent(document, s)) continue;
    const uint32_t begin = document.tokens[document.sentences[s].begin].begin;
    const uint32_t end = document.tokens[document.sentences[s].end - 1].end;
    v1::ReferencePoint* point = question.add_points();
    point->set_id(fmt::format("{}", question.points_size()));
    point->set_text(std::string(reference.substr(begin, end - begin)));
  }
  return question;
}

}  // namespace ringside::theory
