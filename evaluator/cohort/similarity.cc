#include "evaluator/cohort/similarity.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "absl/strings/ascii.h"
#include "evaluator/design/fingerprint.h"

namespace ringside::cohort {
namespace {

// Spreads the bits of a weak hash (the finaliser of SplitMix64, Steele et al. 2014).
uint64_t Spread(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::vector<uint64_t> RunsOf(std::string_view text) {
  std::vector<uint64_t> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(evaluator::Fingerprint(word));
    word.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || byte >= 0x80) {
      word.push_back(absl::ascii_tolower(byte));
    } else {
      end_word();
    }
  }
  end_word();
  std::vector<uint64_t> runs;
  for (size_t at = 0; at + kRunWords <= words.size(); ++at) {
    uint64_t run = 0;
    for (int i = 0; i < kRunWords; ++i) run = Spread(run + words[at + i]);
    runs.push_back(run);
  }
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  return runs;
}

// Of the k least of the union, the share in both.
double Similarity(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  size_t i = 0, j = 0;
  int taken = 0, both = 0;
  while (taken < kSketch && (i < a.size() || j < b.size())) {
    ++taken;
    if (j == b.size() || (i < a.size() && a[i] < b[j])) {
      ++i;
    } else if (i == a.size() || b[j] < a[i]) {
      ++j;
    } else {
      ++both, ++i, ++j;
    }
  }
  return taken == 0 ? 0 : static_cast<double>(both) / taken;
}

}  // namespace

SimilarAnswers::SimilarAnswers(std::string question, const std::vector<std::string>& template_texts)
    : question_(std::move(question)) {
  for (const std::string& text : template_texts) {
    const std::vector<uint64_t> runs = RunsOf(text);
    known_.insert(known_.end(), runs.begin(), runs.end());
  }
  std::sort(known_.begin(), known_.end());
}

void SimilarAnswers::Add(std::string id, std::string candidate, std::string_view text) {
  Sketch sketch{std::move(id), std::move(candidate), {}, 0};
  for (const uint64_t run : RunsOf(text)) {
    if (std::binary_search(known_.begin(), known_.end(), run)) continue;
    ++sketch.runs;
    if (sketch.least.size() < kSketch) sketch.least.push_back(run);  // they come in ascending order
  }
  answers_.push_back(std::move(sketch));
}

std::vector<SimilarPair> SimilarAnswers::Pairs(double threshold) const {
  std::unordered_map<uint64_t, std::vector<uint32_t>> holders;
  for (uint32_t i = 0; i < answers_.size(); ++i) {
    if (answers_[i].runs < kLeastRuns) continue;
    for (const uint64_t run : answers_[i].least) holders[run].push_back(i);
  }
  // Two that share a run are candidates for a pair; a run of many is what everybody says.
  const auto common =
      std::max<size_t>(3, static_cast<size_t>(kCommonShare * static_cast<double>(answers_.size())));
  std::set<std::pair<uint32_t, uint32_t>> pairs;
  for (const auto& [run, who] : holders) {
    if (who.size() > common) continue;
    for (size_t a = 0; a < who.size(); ++a) {
      for (size_t b = a + 1; b < who.size() && b < a + 50; ++b) pairs.emplace(who[a], who[b]);
    }
  }
  const auto own = [&](const Sketch& sketch) {
    std::vector<uint64_t> runs;
    for (const uint64_t run : sketch.least) {
      if (holders.at(run).size() <= common) runs.push_back(run);
    }
    return runs;
  };
  std::vector<SimilarPair> found;
  for (const auto& [a, b] : pairs) {
    const Sketch &first = answers_[a], &second = answers_[b];
    if (first.candidate == second.candidate) continue;
    const double similarity = Similarity(own(first), own(second));
    if (similarity < threshold) continue;
    found.push_back({question_, first.id, second.id, first.candidate, second.candidate, similarity});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const SimilarPair& a, const SimilarPair& b) { return a.similarity > b.similarity; });
  if (found.size() > kMaxPairs) found.resize(kMaxPairs);
  return found;
}

}  // namespace ringside::cohort
