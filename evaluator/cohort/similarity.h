// Answers of a cohort that are too much alike: candidates who shared their text.
//
// An answer is the set of its runs of kRunWords words (lower case, no punctuation); two answers are as alike
// as the share of runs they have in common is (Jaccard), estimated from the kSketch least hashes of each
// (bottom-k sketch, Cohen & Kaplan 2007; standard error about sqrt(J (1 - J) / k)). What does not count:
// runs of the question's own text and of its reference points, and runs that more than kCommonShare of the
// answers to it hold, for they are what everybody says. Answers with few runs of their own are not compared.
//
// A pair is a reason to look, and no proof. Memory: half a kilobyte for each answer to one question at a
// time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::cohort {

inline constexpr int kRunWords = 5;
inline constexpr int kSketch = 64;
inline constexpr double kCommonShare = 0.2;
inline constexpr int kLeastRuns = 8;
inline constexpr size_t kMaxPairs = 1000;  // the most alike are kept

struct SimilarPair {
  std::string question, first, second;  // ids of the answers, in the order in which they were added
  std::string candidate_of_first, candidate_of_second;
  double similarity = 0;  // 0..1
};

// The answers to one question. Not thread-safe.
class SimilarAnswers {
 public:
  // `template_texts`: what everybody has before them.
  SimilarAnswers(std::string question, const std::vector<std::string>& template_texts);

  void Add(std::string id, std::string candidate, std::string_view text);
  // Pairs of different candidates from `threshold` on, the most alike first.
  std::vector<SimilarPair> Pairs(double threshold) const;

 private:
  struct Sketch {
    std::string id, candidate;
    std::vector<uint64_t> least;  // ascending
    int runs = 0;
  };
  const std::string question_;
  std::vector<uint64_t> known_;  // runs that do not count, ascending
  std::vector<Sketch> answers_;
};

}  // namespace ringside::cohort
