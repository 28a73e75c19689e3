// The figures of a cohort that its report and summary show, computed in a few passes over the store. Memory
// does not grow with the cohort, but for what similarity.h keeps of the answers to one question.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/bank/bank.h"
#include "evaluator/cohort/agreement.h"
#include "evaluator/cohort/item_analysis.h"
#include "evaluator/cohort/similarity.h"
#include "evaluator/cohort/store.h"

namespace ringside::cohort {

inline constexpr int kBins = 20;  // of 0..1, the last with 1 in it
using Histogram = std::array<int64_t, kBins>;

// An answer that a person should look at, and why. The most pressing first: not graded, then instructions to
// the grader, then marks far from a person's, then little evidence.
struct Attention {
  int rank = 0;
  std::string id, candidate, question;
  double score = 0, confidence = 0;
  std::string reason;
};
inline constexpr size_t kMaxAttention = 200;
inline constexpr double kFarFromPerson = 0.5;  // of score and mark

struct CohortFigures {
  ItemAnalysis items;
  // Of the answers that have both a score and a person's mark. `marked_errors` have a mark and no score; they
  // are not in the agreement.
  Agreement agreement;
  std::map<std::string, Agreement> agreement_by_question;
  int64_t marked_errors = 0;
  double similarity_threshold = 0;
  std::vector<SimilarPair> similar;  // the most alike first, at most kMaxPairs; candidates are anonymous
  Histogram candidate_marks = {};
  Histogram answer_scores = {};      // of what could be graded
  std::vector<Attention> attention;  // at most kMaxAttention of
  int64_t attention_total = 0;
};

inline constexpr double kSimilarFrom = 0.5;

// `bank` (may be null) has the texts of the questions, which everybody may quote. Errors of the store.
absl::StatusOr<CohortFigures> ComputeFigures(const CohortStore& store, const evaluator::Bank* bank,
                                             double similarity_threshold = kSimilarFrom);

}  // namespace ringside::cohort
