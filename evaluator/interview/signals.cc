#include "evaluator/interview/signals.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMostClarificationWords = 45;
constexpr size_t kExcerptBytes = 100;

const std::vector<std::string_view>& WordsOf(Signal signal) {
  static const auto* const kWords = new std::map<Signal, std::vector<std::string_view>>{
      {Signal::kReason,
       {"because", "since ", "so that", "therefore", "the reason", "which is why", "this means", "hence"}},
      {Signal::kTradeOff,
       {"trade-off", "tradeoff", "trade off", "alternative", "instead of", "on the other hand", "downside",
        "drawback", "the price", "at the cost", "rather than", "depends on", "the cost is"}},
      {Signal::kUncertainty,
       {"not sure", "not certain", "i believe", "i would guess", "if i remember", "i do not remember",
        "i don't remember", "i do not know", "i don't know", "as far as i know", "i may be wrong"}},
      {Signal::kExperience,
       {"i trained", "i used", "i have used", "i built", "i debugged", "we trained", "we used", "we saw",
        "i saw", "in production", "at my last", "in my project", "in my experience", "in practice i",
        "when i "}},
      {Signal::kData, {"data", "label", "samples", "dataset", "corpus"}},
      {Signal::kDeployment,
       {"latency", "serving", "deploy", "inference cost", "throughput", "quantiz", "model size", "p99",
        "rollback", "canary", "monitor"}},
      {Signal::kQuadratic,
       {"quadratic", "n^2", "n²", "o(n2", "t^2", "l^2", "n squared", "square of the length", "squared in the",
        "square of the sequence"}},
      {Signal::kDecoupled, {"decoupl", "l2 regulari", "l2 penalty", "l2 term", "not equivalent", "adamw"}},
      {Signal::kTransformer, {"transformer"}},
      {Signal::kPseudocode, {"pseudocode", "pseudo code", "pseudo-code", "something like this"}},
      {Signal::kCode, {"def ", "import ", "return ", "for i in", "class "}},
      {Signal::kConnection,
       {"same problem", "similar to", "same idea", "same reason", "related to", "relates to", "like in",
        "as in ", "connects to", "just as", "analogous", "which is also why", "as with"}},
  };
  return kWords->at(signal);
}

bool StartsWord(std::string_view text, size_t at) {
  return at == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(text[at - 1]));
}

bool Continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string Excerpt(std::string_view text, size_t begin, size_t end, size_t bytes) {
  begin = std::min(begin, text.size());
  end = std::min(end, text.size());
  const bool cut = end > begin + bytes;
  if (cut) end = begin + bytes;
  while (begin < end && Continues(text[begin])) ++begin;
  while (end > begin && end < text.size() && Continues(text[end])) --end;
  std::string excerpt(text.substr(begin, std::max(begin, end) - begin));
  std::replace_if(
      excerpt.begin(), excerpt.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  if (const size_t blank = excerpt.rfind(' '); cut && blank != std::string::npos && blank > 0) {
    excerpt = excerpt.substr(0, blank) + " ...";
  }
  return excerpt;
}

std::optional<std::string> Seen(Signal signal, std::string_view text) {
  const std::string lower = absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
  size_t first = std::string::npos;
  for (const std::string_view words : WordsOf(signal)) {
    for (size_t at = lower.find(words); at != std::string::npos; at = lower.find(words, at + 1)) {
      if (StartsWord(lower, at)) {
        first = std::min(first, at);
        break;
      }
    }
  }
  if (first == std::string::npos) return std::nullopt;
  // From the beginning of the sentence, if that is near.
  const size_t stop = lower.find_last_of(".!?\n", first);
  size_t begin = stop == std::string::npos ? 0 : stop + 1;
  while (begin < first && lower[begin] == ' ') ++begin;
  if (first - begin > kExcerptBytes / 2) begin = first;
  size_t end = lower.find_first_of(".!?\n", first);
  if (end == std::string::npos) end = lower.size();
  return Excerpt(text, begin, end, kExcerptBytes);
}

bool IsClarification(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  if (text.empty() || text.back() != '?') return false;
  const absl::string_view whole(text.data(), text.size());
  const std::vector<absl::string_view> words =
      absl::StrSplit(whole, absl::ByAnyChar(" \n\t"), absl::SkipEmpty());
  if (words.size() > kMostClarificationWords) return false;
  // A statement before the question is an answer that ends in one.
  return text.find(". ") == std::string_view::npos && text.find("! ") == std::string_view::npos;
}

}  // namespace ringside::evaluator
