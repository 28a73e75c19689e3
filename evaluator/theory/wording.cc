#include "evaluator/theory/wording.h"

#include <algorithm>
#include <limits>

#include "evaluator/text/analyze.h"
#include "evaluator/theory/letter_grams.h"

namespace ringside::theory {
namespace {

constexpr uint32_t kNowhere = std::numeric_limits<uint32_t>::max();
constexpr uint32_t kReach = 4;  // content terms between which an order is seen

struct Choice {
  uint32_t position = kNowhere;
  float similarity = 0;
  bool clash = false;
};

class Aligner {
 public:
  Aligner(const Wording& wording, const Lexicon& lexicon, const Reading& reading)
      : wording_(wording), lexicon_(lexicon), reading_(reading), choices_(wording.terms.size()) {}

  Alignment Align() {
    for (size_t i = 0; i < wording_.terms.size(); ++i) Choose(i);
    Shares();
    Pairs();
    Near();
    Subsequence();
    Local();
    std::sort(result_.positions.begin(), result_.positions.end());
    result_.positions.erase(std::unique(result_.positions.begin(), result_.positions.end()),
                            result_.positions.end());
    return std::move(result_);
  }

 private:
  const std::vector<Occurrence>& Places(size_t i) const {
    return reading_.occurrences[wording_.terms[i].entry];
  }
  const LexiconEntry& Entry(size_t i) const { return lexicon_.entries()[wording_.terms[i].entry]; }
  bool Follows(uint32_t a, uint32_t b) const {  // b closely behind a in one sentence
    return a < b && b <= a + kReach && reading_.content[a].sentence == reading_.content[b].sentence;
  }
  bool Neighbours(size_t i, size_t j) const {  // of the wording
    return i < j && j < wording_.terms.size() && wording_.terms[i].sentence == wording_.terms[j].sentence;
  }

  // A negation that only stands elsewhere in its clause ("X is not needed", "they do not need X") is the
  // same.
  static bool Clash(const WordingTerm& term, const ContentTerm& said, bool opposite) {
    const bool differs = term.negated != said.negated;
    return opposite ? !differs : differs && term.negators != said.negators;
  }

  // The occurrence that is most like the term and stands best between its neighbours.
  void Choose(size_t i) {
    float best = 0;
    for (const Occurrence& place : Places(i)) {
      float value = place.similarity;
      if (i > 0 && Neighbours(i - 1, i) && choices_[i - 1].position != kNowhere &&
          Follows(choices_[i - 1].position, place.position)) {
        value += 0.4F;
      }
      if (Neighbours(i, i + 1)) {
        for (const Occurrence& next : Places(i + 1)) {
          if (!Follows(place.position, next.position)) continue;
          value += 0.3F;
          break;
        }
      }
      const bool clash = Clash(wording_.terms[i], reading_.content[place.position], place.opposite);
      if (!clash) value += 0.05F;
      if (value <= best) continue;
      best = value;
      choices_[i] = {place.position, place.similarity, clash};
    }
  }

  void Shares() {
    double mass = 0, matched = 0, discounted = 0, discounted_matched = 0, clash = 0, numbers = 0,
           numbers_matched = 0;
    for (size_t i = 0; i < choices_.size(); ++i) {
      const LexiconEntry& entry = Entry(i);
      const Choice& choice = choices_[i];
      mass += entry.weight;
      discounted += entry.discounted;
      numbers += entry.is_number ? 1 : 0;
      result_.found.push_back(choice.position != kNowhere);
      if (choice.position == kNowhere) continue;
      matched += entry.weight * choice.similarity;
      discounted_matched += entry.discounted * choice.similarity;
      if (!entry.in_prompt) result_.matched_new += entry.weight * choice.similarity;
      if (choice.clash) clash += entry.weight * choice.similarity;
      numbers_matched += entry.is_number ? 1 : 0;
      result_.positions.push_back(choice.position);
    }
    result_.matched = matched;
    if (mass > 0) result_.recall = matched / mass;
    if (discounted > 0) result_.recall_discounted = discounted_matched / discounted;
    if (matched > 0) result_.clash = clash / matched;
    result_.numbers = numbers > 0 ? numbers_matched / numbers : 1;
  }

  void Pairs() {
    double mass = 0, matched = 0, reversed = 0;
    for (size_t i = 1; i < choices_.size(); ++i) {
      if (!Neighbours(i - 1, i)) continue;
      const double weight = Entry(i - 1).weight + Entry(i).weight;
      mass += weight;
      const Choice& a = choices_[i - 1];
      const Choice& b = choices_[i];
      if (a.position == kNowhere || b.position == kNowhere) continue;
      if (Follows(a.position, b.position)) matched += weight * std::min(a.similarity, b.similarity);
      if (Follows(b.position, a.position)) reversed += weight;
    }
    result_.pairs = mass > 0 ? matched / mass : result_.recall;
    result_.reversed = mass > 0 ? reversed / mass : 0;
  }

  void Near() {
    double mass = 0, matched = 0;
    for (size_t i = 0; i < choices_.size(); ++i) {
      for (size_t j = i + 1; j < std::min(i + 4, choices_.size()) && Neighbours(i, j); ++j) {
        const double weight = (Entry(i).discounted + Entry(j).discounted) / static_cast<double>(j - i);
        mass += weight;
        if (CloseTogether(i, j)) matched += weight;
      }
    }
    result_.near = mass > 0 ? matched / mass : result_.recall_discounted;
  }
  bool CloseTogether(size_t i, size_t j) const {
    for (const Occurrence& a : Places(i))
      for (const Occurrence& b : Places(j))
        if (Follows(a.position, b.position) || Follows(b.position, a.position)) return true;
    return false;
  }

  // Longest increasing run of the chosen positions.
  void Subsequence() {
    std::vector<uint32_t> tails;
    for (const Choice& choice : choices_) {
      if (choice.position == kNowhere) continue;
      const auto at = std::lower_bound(tails.begin(), tails.end(), choice.position);
      if (at == tails.end()) {
        tails.push_back(choice.position);
      } else {
        *at = choice.position;
      }
    }
    result_.common = tails.size();
    if (!choices_.empty())
      result_.subsequence = static_cast<double>(tails.size()) / static_cast<double>(choices_.size());
  }

  void Local() {
    std::vector<double> by_sentence(reading_.document.sentences.size() + 1, 0);
    double mass = 0;
    std::vector<std::pair<uint32_t, float>> best;  // a term's best similarity in each sentence
    for (size_t i = 0; i < choices_.size(); ++i) {
      mass += Entry(i).discounted;
      best.clear();
      for (const Occurrence& place : Places(i)) {
        const uint32_t sentence = reading_.content[place.position].sentence;
        if (best.empty() || best.back().first != sentence) best.emplace_back(sentence, 0.F);
        best.back().second = std::max(best.back().second, place.similarity);
      }
      for (size_t k = 0; k < best.size(); ++k) {
        const auto [sentence, similarity] = best[k];
        const bool also_before = k > 0 && best[k - 1].first + 1 == sentence;
        by_sentence[sentence] +=
            Entry(i).discounted * std::max(similarity, also_before ? best[k - 1].second : 0.F);
        if (k + 1 == best.size() || best[k + 1].first != sentence + 1)
          by_sentence[sentence + 1] += Entry(i).discounted * similarity;
      }
    }
    if (mass > 0) result_.local = *std::max_element(by_sentence.begin(), by_sentence.end()) / mass;
  }

  const Wording& wording_;
  const Lexicon& lexicon_;
  const Reading& reading_;
  std::vector<Choice> choices_;
  Alignment result_;
};

}  // namespace

Wording MakeWording(std::string_view text, Lexicon* lexicon) {
  const text::Document document = text::Analyze(text);
  Wording wording;
  const std::vector<uint16_t> negators = NegatorsByClause(document);
  for (const text::Term& term : document.terms) {
    if (!IsContent(document, term)) continue;
    wording.terms.push_back(
        {lexicon->Add(document, term), term.sentence, term.negated, negators[term.clause]});
  }
  wording.grams = LetterGrams(document);
  return wording;
}

Alignment Align(const Wording& wording, const Lexicon& lexicon, const Reading& reading) {
  return Aligner(wording, lexicon, reading).Align();
}

}  // namespace ringside::theory
