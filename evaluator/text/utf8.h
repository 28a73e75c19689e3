// Reading UTF-8 that may be anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::text {

inline constexpr char32_t kInvalid = 0xFFFD;

struct CodePoint {
  char32_t value = 0;
  size_t bytes = 1;
  bool valid = true;
};

// The code point at `at`, which must be inside. A byte that begins none (also: overlong forms, surrogates,
// beyond U+10FFFF, cut short) is kInvalid of one byte.
CodePoint DecodeAt(std::string_view text, size_t at);
void AppendUtf8(char32_t value, std::string* out);

// Lower case of Latin, Greek and Cyrillic letters; others are unchanged.
char32_t Lower(char32_t value);
bool IsLetter(char32_t value);
bool IsDigit(char32_t value);  // 0 to 9
bool IsBlank(char32_t value);  // also line ends and no-break spaces

// "alpha" for α and so on, "sqrt" for √; empty where the sign has no word.
std::string_view WordForSign(char32_t value);

}  // namespace ringside::text
