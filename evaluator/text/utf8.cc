#include "evaluator/text/utf8.h"

#include <cstdint>

namespace ringside::text {
namespace {

struct SignWord {
  char32_t sign;
  std::string_view word;
};

// Lower case: they are looked up after Lower().
constexpr SignWord kSignWords[] = {
    {U'α', "alpha"},    {U'β', "beta"},  {U'γ', "gamma"},   {U'δ', "delta"},  {U'ε', "epsilon"},
    {U'η', "eta"},      {U'θ', "theta"}, {U'κ', "kappa"},   {U'λ', "lambda"}, {U'μ', "mu"},
    {U'µ', "mu"},       {U'π', "pi"},    {U'ρ', "rho"},     {U'σ', "sigma"},  {U'τ', "tau"},
    {U'φ', "phi"},      {U'ψ', "psi"},   {U'ω', "omega"},   {U'√', "sqrt"},   {U'∞', "infinity"},
    {U'∇', "gradient"}, {U'∑', "sum"},   {U'∂', "partial"},
};

}  // namespace

CodePoint DecodeAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const CodePoint invalid{kInvalid, 1, false};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return invalid;
  char32_t value = first & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return invalid;
    value = value << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return invalid;
  return {value, length, true};
}

void AppendUtf8(char32_t value, std::string* out) {
  if (value < 0x80) {
    out->push_back(static_cast<char>(value));
    return;
  }
  const size_t more = value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
  constexpr uint8_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out->push_back(static_cast<char>(kLead[more] | value >> (6 * more)));
  for (size_t i = more; i-- > 0;) out->push_back(static_cast<char>(0x80 | (value >> (6 * i) & 0x3F)));
}

char32_t Lower(char32_t value) {
  if (value < 0x80) return value >= 'A' && value <= 'Z' ? value + 32 : value;
  if ((value >= 0xC0 && value <= 0xDE && value != 0xD7) || (value >= 0x391 && value <= 0x3A9) ||
      (value >= 0x410 && value <= 0x42F)) {
    return value + 32;
  }
  if (value >= 0x100 && value <= 0x137) return value | 1;
  return value;
}

bool IsLetter(char32_t value) {
  if (value < 0x80) return (value | 32) >= 'a' && (value | 32) <= 'z';
  if (value < 0xC0) return value == 0xAA || value == 0xB5 || value == 0xBA;
  if (value == 0xD7 || value == 0xF7 || value == kInvalid) return false;
  // Punctuation, arrows, operators, shapes, emoji and private use are no letters; other scripts are.
  return !(value >= 0x2000 && value <= 0x2BFF) && !(value >= 0x3000 && value <= 0x303F) &&
         !(value >= 0xE000 && value <= 0xF8FF) && !(value >= 0xFE00 && value <= 0xFE6F) && value < 0x1F000;
}

bool IsDigit(char32_t value) {
  return value >= '0' && value <= '9';
}

bool IsBlank(char32_t value) {
  return value == ' ' || (value >= '\t' && value <= '\r') || value == 0xA0 || value == 0x202F ||
         value == 0x3000 || (value >= 0x2000 && value <= 0x200B) || value == 0x2028 || value == 0x2029;
}

std::string_view WordForSign(char32_t value) {
  if (value < 0x80) return {};
  for (const SignWord& entry : kSignWords)
    if (entry.sign == value) return entry.word;
  return {};
}

}  // namespace ringside::text
