// Text of scenarios and machines made harmless for the documents it stands in.
#pragma once

#include <string>
#include <string_view>

namespace ringside::report {

// One line without control characters; bytes that are not UTF-8 become '?'.
std::string OneLine(std::string_view text);

std::string EscapeXml(std::string_view text);       // element text and quoted attributes; HTML, too
std::string EscapeMarkdown(std::string_view text);  // outside of code
std::string EscapeLabel(std::string_view text);     // value of an OpenMetrics label, without its quotes

}  // namespace ringside::report
