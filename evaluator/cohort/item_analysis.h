// What the grades of a cohort say about its questions (classical test theory; Crocker & Algina 1986, ch.
// 5-14).
//
//  facility        mean score of a question, 0..1: hard to easy
//  discrimination  correlation of a question's score with the candidate's mean over the other questions
//                  (corrected item-total correlation): whether it tells strong candidates from weak ones
//  alpha           Cronbach's alpha over the candidates who answered every question: how far the questions
//                  measure the same; of one question that is left out
// An answer that could not be graded counts with its score of 0. Of two answers of a candidate to one
// question the mean counts. Computed inside the store: memory does not grow with the cohort.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::cohort {

// Below so many answers a question's figures say little.
inline constexpr int64_t kFewAnswers = 10;

struct ItemStatistics {
  std::string question;
  int64_t answers = 0, errors = 0;
  double facility = 0, spread = 0;  // standard deviation of the scores
  double discrimination = 0;        // NaN: not defined
  double alpha_without = 0;         // Cronbach's alpha of the others; NaN: not defined
  std::vector<std::string> flags;   // what a teacher should look at, one sentence each
};

struct ItemAnalysis {
  std::vector<ItemStatistics> items;  // by question
  int64_t answers = 0, errors = 0, candidates = 0;
  int64_t complete_candidates = 0;  // who answered every question that could be graded for anybody
  double mean = 0;                  // of the candidates' means
  double alpha = 0;                 // NaN: not defined
};

class CohortStore;
absl::StatusOr<ItemAnalysis> AnalyseItems(const CohortStore& store);

}  // namespace ringside::cohort
