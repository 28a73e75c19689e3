// Text that came from outside, made harmless for where it is shown: a candidate's name is data, never markup
// and never a terminal command.
#pragma once

#include <string>
#include <string_view>

namespace ringside::evaluator {

// One line of valid UTF-8 without control characters (C0, DEL, C1), line separators and bidirectional
// overrides, each of which becomes '?'; at most `max_chars` code points, an ellipsis in place of the rest.
std::string Printable(std::string_view text, size_t max_chars);

// Code points of `text`: the columns it takes, near enough for a table.
size_t Columns(std::string_view text);

// The text, with '?' for every byte that is not UTF-8 (JSON writers refuse those).
std::string ValidUtf8(std::string_view text);

// Printable, with & < > " ' as entities: safe as element text and in quoted attributes.
std::string EscapeHtml(std::string_view text, size_t max_chars = 4000);

}  // namespace ringside::evaluator
