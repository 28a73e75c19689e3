#include "trace/import/event_repair.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace ringside::trace {
namespace {

// The way in which Python's json and C++ streams spell what JSON cannot. Longest first.
constexpr std::array<std::string_view, 9> kNotNumbers = {"-Infinity", "Infinity", "-inf", "-nan", "-NaN",
                                                         "inf",       "nan",      "NaN",  "Inf"};

bool IsBlank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// All of the string in which `offset` lies, up to its end.
int64_t BlankString(char* text, size_t size, size_t offset) {
  int64_t blanked = 0;
  for (size_t i = offset; i < size && text[i] != '"'; ++i) {
    if (static_cast<unsigned char>(text[i]) < 0x20) {
      text[i] = ' ';
      ++blanked;
    } else if (text[i] == '\\') {
      ++i;  // also an escaped quote
    }
  }
  return blanked;
}

bool RepairNotANumber(char* text, size_t size, size_t offset, Repairs* repairs) {
  size_t begin = std::min(offset, size - 1);
  while (begin > 0 && IsWord(text[begin - 1])) --begin;
  const std::string_view rest(text + begin, size - begin);
  for (const std::string_view word : kNotNumbers) {
    if (!rest.starts_with(word)) continue;
    std::memset(text + begin, ' ', word.size());
    text[begin] = text[begin + 1] = '"';  // an empty string, which is no number, either
    repairs->Add(Fault::kNotANumber);
    return true;
  }
  return false;
}

bool RepairTrailingComma(char* text, size_t size, size_t offset, Repairs* repairs) {
  if (offset >= size || (text[offset] != '}' && text[offset] != ']')) return false;
  size_t before = offset;
  while (before > 0 && IsBlank(text[before - 1])) --before;
  if (before == 0 || text[before - 1] != ',') return false;
  text[before - 1] = ' ';
  repairs->Add(Fault::kTrailingComma);
  return true;
}

}  // namespace

bool RepairEvent(char* text, size_t size, const EventParser::Outcome& outcome, Repairs* repairs) {
  if (size == 0 || outcome.offset >= size) return false;
  switch (outcome.result) {
    case EventParser::Result::kControlCharacter:
      repairs->Add(Fault::kControlCharacter, BlankString(text, size, outcome.offset));
      return true;
    case EventParser::Result::kInvalidEscape:
      text[outcome.offset] = '/';
      repairs->Add(Fault::kInvalidEscape);
      return true;
    case EventParser::Result::kSyntax:
      return RepairTrailingComma(text, size, outcome.offset, repairs) ||
             RepairNotANumber(text, size, outcome.offset, repairs);
    case EventParser::Result::kEvent:
      return false;
  }
  return false;
}

int64_t BlankControlCharacters(char* text, size_t size) {
  int64_t blanked = 0;
  for (size_t i = 0; i < size; ++i) {
    if (text[i] != '"') continue;
    blanked += BlankString(text, size, ++i);
    while (i < size && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  }
  return blanked;
}

}  // namespace ringside::trace
