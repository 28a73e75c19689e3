#include "proto/yaml_utf8.h"

#include <fmt/format.h>

#include <cstdint>

#include "proto/yaml_tree.h"

namespace ringside::proto::yaml_internal {
namespace {

// Length of the well-formed sequence at the begin of `text`; 0: there is none.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;  // a continuation, or an overlong form of two
  if (lead < 0xE0) return continues(1) ? 2 : 0;
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  const bool overlong = lead == 0xF0 && byte(1) < 0x90;
  const bool beyond = lead > 0xF4 || (lead == 0xF4 && byte(1) >= 0x90);
  return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
}

}  // namespace

absl::Status CheckText(std::string_view text, std::string_view file_name) {
  Position at;
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const size_t length = SequenceLength(text.substr(i, 4));
    if (length == 0) {
      return ErrorAt(file_name, at, "",
                     fmt::format("byte 0x{:02X} is not UTF-8; save the file as UTF-8", byte));
    }
    const bool control = (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
    if (control) {
      return ErrorAt(file_name, at, "",
                     fmt::format("control character 0x{:02X}; is this a text file?", byte));
    }
    if (byte == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      at.column += static_cast<int>(length);
    }
    i += length;
  }
  return absl::OkStatus();
}

}  // namespace ringside::proto::yaml_internal
