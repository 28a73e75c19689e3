#include "evaluator/design/text.h"

#include <cstdint>

namespace ringside::evaluator {
namespace {

struct Decoded {
  uint32_t code_point;  // 0xFFFD where the bytes are no UTF-8
  size_t length;        // bytes, at least 1
};

// The code point at text[at]. Overlong forms and surrogates count as broken.
Decoded Decode(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || lead >= 0xF5 || at + length > text.size()) return {0xFFFD, 1};
  uint32_t code = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {0xFFFD, 1};
    code = (code << 6) | (byte(at + i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {0xFFFD, 1};
  return {code, length};
}

bool IsHarmful(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029 ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF || code == 0xFFFD;
}

}  // namespace

std::string Printable(std::string_view text, size_t max_chars) {
  std::string out;
  size_t chars = 0, cut = 0;  // cut: where the last but one character ends, in case of an ellipsis
  for (size_t at = 0; at < text.size();) {
    if (chars == max_chars) return out.substr(0, cut) + "\u2026";
    cut = out.size();
    const Decoded decoded = Decode(text, at);
    if (IsHarmful(decoded.code_point)) {
      out += '?';
    } else {
      out += text.substr(at, decoded.length);
    }
    at += decoded.length;
    ++chars;
  }
  return out;
}

size_t Columns(std::string_view text) {
  size_t columns = 0;
  for (const char c : text) columns += (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  return columns;
}

std::string ValidUtf8(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Decoded decoded = Decode(text, at);
    const bool broken = decoded.code_point == 0xFFFD && decoded.length == 1;
    out += broken ? std::string_view("?") : text.substr(at, decoded.length);
    at += decoded.length;
  }
  return out;
}

std::string EscapeHtml(std::string_view text, size_t max_chars) {
  std::string out;
  for (const char c : Printable(text, max_chars)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace ringside::evaluator
