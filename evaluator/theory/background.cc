#include "evaluator/theory/background.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "evaluator/text/analyze.h"
#include "evaluator/theory/embedded_background.h"
#include "evaluator/theory/lexicon.h"

namespace ringside::theory {

absl::StatusOr<Background> Background::Parse(std::string_view data) {
  Background background(1);
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(absl::string_view(data.data(), data.size()), '\n')) {
    ++line_number;
    const bool is_term = absl::StrContains(line, '\t');
    if (line.empty() || (line[0] == '#' && !is_term)) continue;
    const std::vector<absl::string_view> parts = absl::StrSplit(line, is_term ? '\t' : ' ');
    int64_t count = 0;
    if (parts.size() == 2 && parts[0] == "chance" && absl::SimpleAtod(parts[1], &background.chance_))
      continue;
    if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &count) || count < 1 ||
        (!is_term && parts[0] != "questions"))
      return absl::InvalidArgumentError(
          fmt::format("background, line {}: not a term and its count", line_number));
    if (is_term) {
      background.counts_[std::string(parts[0])] = count;
    } else {
      background.questions_ = count;
    }
  }
  return background;
}

std::shared_ptr<const Background> Background::BuiltIn() {
  static const std::shared_ptr<const Background> background = [] {
    auto parsed = Parse(kEmbeddedBackground);
    if (!parsed.ok()) CheckFailed(__FILE__, __LINE__, parsed.status().ToString().c_str());
    return std::make_shared<const Background>(*std::move(parsed));
  }();
  return background;
}

void Background::Add(const v1::TheoryQuestion& question) {
  std::unordered_set<std::string> keys;
  const auto collect = [&keys](const std::string& text) {
    const text::Document document = text::Analyze(text);
    for (const text::Term& term : document.terms)
      if (IsContent(document, term)) keys.insert(term.key);
  };
  collect(question.prompt());
  for (const v1::ReferencePoint& point : question.points()) {
    collect(point.text());
    for (const std::string& wording : point.alternatives()) collect(wording);
  }
  ++questions_;
  for (const std::string& key : keys) {
    const auto known = counts_.find(key);
    if (known != counts_.end()) {
      ++known->second;
    } else if (counts_.size() < kMaxTerms) {
      counts_.emplace(key, 1);
    }
  }
}

double Background::Weight(const std::string& key) const {
  if (questions_ < 2) return 1;
  const auto known = counts_.find(key);
  if (known == counts_.end()) return 1;
  const double n = static_cast<double>(questions_);
  const double spread = std::clamp((static_cast<double>(counts_.size()) / n - 2) / 18, least_spread_, 1.0);
  const double rarity = std::log((n + 1) / static_cast<double>(known->second)) / std::log(n + 1);
  return std::clamp(1 - spread * (1 - rarity), 0.05, 1.0);
}

}  // namespace ringside::theory
