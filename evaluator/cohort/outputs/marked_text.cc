#include "evaluator/cohort/outputs/marked_text.h"

#include <algorithm>
#include <map>
#include <set>

#include "evaluator/cohort/outputs/page.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

// The beginning of the character that `at` is in.
size_t CharacterAt(std::string_view text, int64_t at) {
  auto place = static_cast<size_t>(std::clamp<int64_t>(at, 0, static_cast<int64_t>(text.size())));
  while (place > 0 && place < text.size() && (static_cast<unsigned char>(text[place]) & 0xC0) == 0x80)
    --place;
  return place;
}

struct Change {
  std::vector<const Highlight*> begin, end;
};

}  // namespace

std::string MarkedHtml(std::string_view text, const std::vector<Highlight>& highlights) {
  const size_t whole = text.size();
  text = text.substr(0, CharacterAt(text, kMaxShownBytes));
  std::map<size_t, Change> changes;
  for (const Highlight& highlight : highlights) {
    const size_t begin = CharacterAt(text, highlight.span.begin());
    const size_t end = CharacterAt(text, highlight.span.end());
    if (begin >= end) continue;
    changes[begin].begin.push_back(&highlight);
    changes[end].end.push_back(&highlight);
  }
  std::string html;
  size_t at = 0;
  int open = 0, open_wrong = 0;
  const auto piece = [&](size_t end) {
    if (end == at) return;
    const std::string shown = Lines(text.substr(at, end - at));
    html +=
        open == 0 ? shown : fmt::format("<mark{}>{}</mark>", open_wrong > 0 ? " class=\"wrong\"" : "", shown);
    at = end;
  };
  for (const auto& [place, change] : changes) {
    piece(place);
    std::set<int> ended;
    for (const Highlight* highlight : change.end) {
      --open;
      open_wrong -= highlight->wrong ? 1 : 0;
      ended.insert(highlight->label);
    }
    for (const Highlight* highlight : change.begin) {
      ++open;
      open_wrong += highlight->wrong ? 1 : 0;
      ended.erase(highlight->label);  // goes on
    }
    ended.erase(0);
    std::string labels;
    for (const int label : ended) labels += fmt::format("{}{}", labels.empty() ? "" : ",", label);
    if (!labels.empty()) html += fmt::format("<sup>{}</sup>", labels);
  }
  piece(text.size());
  if (whole > text.size()) html += fmt::format("\n[{} more bytes are not shown]", whole - text.size());
  return html;
}

}  // namespace ringside::cohort
