#include "evaluator/theory/screening.h"

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ringside::theory {
namespace {

constexpr size_t kCopiedRun = 6;

class Screener {
 public:
  Screener(const text::Document& answer, const text::Document& prompt) : answer_(answer), prompt_(prompt) {
    result_.struck.assign(answer.tokens.size(), false);
  }

  Screening Run() {
    std::unordered_set<std::string> said;
    size_t repeated = 0;
    for (const text::Range& sentence : answer_.sentences) {
      if (SpeaksToGrader(sentence)) {
        result_.instructions = true;
        Strike(sentence.begin, sentence.end);
      } else if (sentence.end - sentence.begin >= 3 && !said.insert(Joined(sentence)).second) {
        repeated += sentence.end - sentence.begin;
        Strike(sentence.begin, sentence.end);
      }
      result_.not_known |= SaysNotKnown(sentence);
      result_.hedged |= Hedges(sentence);
    }
    result_.repeated = repeated > 0 && repeated * 5 >= answer_.tokens.size();
    StrikeCopied();
    result_.words_left = static_cast<size_t>(std::count(result_.struck.begin(), result_.struck.end(), false));
    return std::move(result_);
  }

 private:
  void Strike(uint32_t begin, uint32_t end) {
    std::fill(result_.struck.begin() + begin, result_.struck.begin() + end, true);
  }

  std::string Joined(const text::Range& range) const {
    std::string joined;
    for (uint32_t i = range.begin; i < range.end; ++i) {
      if (answer_.tokens[i].enumerator) continue;
      joined += answer_.tokens[i].lower;
      joined += ' ';
    }
    return joined;
  }

  bool Has(const text::Range& range, std::initializer_list<std::string_view> words) const {
    for (uint32_t i = range.begin; i < range.end; ++i)
      for (std::string_view word : words)
        if (answer_.tokens[i].lower == word) return true;
    return false;
  }

  // An order about marks or about what the grader was told, not a statement.
  bool SpeaksToGrader(const text::Range& s) const {
    const bool orders =
        Has(s, {"ignore", "disregard", "forget", "give", "award", "assign", "grade", "mark", "score", "rate",
                "return", "output", "print", "override", "pretend", "treat", "consider"});
    const bool about_instructions = Has(s, {"instructions", "instruction", "rubric", "prompt", "guidelines",
                                            "grader", "examiner", "criteria"});
    const bool about_marks =
        Has(s, {"marks", "points", "score", "grade", "mark", "credit"}) &&
        Has(s, {"full", "maximum", "highest", "perfect", "top", "100", "10", "max", "correct"});
    const bool to_you =
        Has(s, {"answer", "response", "this", "me", "my", "submission", "student", "candidate"});
    return (orders && about_instructions) || (orders && about_marks && to_you);
  }

  bool SaysNotKnown(const text::Range& s) const {
    const std::string said = " " + Joined(s);
    for (std::string_view phrase :
         {" do not know ", " don't know ", " dont know ", " no idea ", " have no clue ", " cannot answer ",
          " can't answer ", " never heard ", " do not remember ", " don't remember ", " no clue "}) {
      const size_t at = said.find(phrase);
      if (at != std::string::npos && OfTheSpeaker(said.substr(0, at + 1))) return true;
    }
    return said == " idk ";
  }

  // "I still do not know", "honestly, no idea", but not "two nodes do not know of each other": who it is said
  // of stands among the three words before, or nothing but such words does.
  static bool OfTheSpeaker(const std::string& before) {
    std::vector<std::string> words;
    std::istringstream in(before);
    for (std::string word; in >> word;) words.push_back(std::move(word));
    const size_t first = words.size() > 3 ? words.size() - 3 : 0;
    if (std::find(words.begin() + static_cast<std::ptrdiff_t>(first), words.end(), "i") != words.end())
      return true;
    return std::all_of(words.begin(), words.end(), [](const std::string& word) {
      for (std::string_view filler : {"sorry", "honestly", "really", "still", "just", "well", "but", "so",
                                      "have", "to", "be", "honest", "simply", "actually", "because"})
        if (word == filler) return true;
      return word.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;  // marks, not words
    });
  }

  bool Hedges(const text::Range& s) const {
    const std::string said = " " + Joined(s);
    for (std::string_view phrase : {" not sure ", " not certain ", " not entirely sure ", " i think ",
                                    " i believe ", " i guess ", " probably ", " if i remember ", " unsure ",
                                    " my guess ", " i would guess ", " as far as i know "}) {
      if (said.find(phrase) != std::string::npos) return true;
    }
    return false;
  }

  void StrikeCopied() {
    const auto& a = answer_.tokens;
    const auto& p = prompt_.tokens;
    if (a.empty() || p.empty()) return;
    std::vector<bool> copied(a.size(), false);
    size_t count = 0;
    for (size_t i = 0; i < a.size();) {
      size_t longest = 0;
      for (size_t j = 0; j < p.size(); ++j) {
        size_t n = 0;
        while (i + n < a.size() && j + n < p.size() && a[i + n].lower == p[j + n].lower) ++n;
        longest = std::max(longest, n);
      }
      if (longest >= std::min(kCopiedRun, p.size())) {
        std::fill_n(copied.begin() + static_cast<std::ptrdiff_t>(i), longest, true);
        count += longest;
        i += longest;
      } else {
        ++i;
      }
      if (i > 2000) break;  // a long answer is no copy of a question
    }
    if (count * 4 < a.size() * 3) return;
    result_.copied = true;
    for (size_t i = 0; i < a.size(); ++i)
      if (copied[i]) result_.struck[i] = true;
  }

  const text::Document& answer_;
  const text::Document& prompt_;
  Screening result_;
};

}  // namespace

Screening Screen(const text::Document& answer, const text::Document& prompt) {
  return Screener(answer, prompt).Run();
}

}  // namespace ringside::theory
