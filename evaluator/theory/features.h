// An answer to a question in figures: what the mark is made of.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "evaluator/theory/prepared_parts.h"
#include "evaluator/theory/reading.h"
#include "evaluator/theory/wording.h"

namespace ringside::theory {

// The order of the coefficients file. Shares are 0..1.
enum Feature : size_t {
  kRecall,        // of the points' terms, words of the prompt counting little
  kRecallAll,     // the same, all words counting alike
  kPairs,         // neighbouring terms found close together and in order
  kLocal,         // recall within two sentences of the answer
  kSubsequence,   // longest common subsequence
  kGrams,         // likeness in letters, of the likest wordings
  kPrecision,     // of the answer's terms: known to the question
  kPrecisionNew,  // the same, of the terms that are not in the prompt
  kHarmonic,      // harmonic mean of recall and kPrecisionNew
  kClash,         // of what was matched: with the other polarity
  kReversed,      // neighbouring terms found in the other order
  kNumbers,       // of the reference's numbers
  kBestPoint,     // recall of the best point
  kWorstPoint,
  kPointsHalf,     // share of the points with a recall of a half or more
  kLength,         // log of the answer's content over the reference's, 0 where it is longer
  kFromPrompt,     // of the answer's content: words of the prompt
  kNegations,      // difference of the shares of negated content
  kReferenceMass,  // log of the reference's content
  kGivenAway,      // share of it that stands in the prompt
  kWordings,       // log of the number of wordings a point has
  kFluency,        // how much the small words stand where small words stand (fluency.h)
  kTopPoints,      // recall of the best points, as many as the prompt asks for ("name two ..."); else of all
  kMatched,        // log of the weight of what was matched
  kMatchedNew,     // the same, of what is not in the prompt
  kNear,           // terms of a wording close together that the answer has close together, in any order
  kCosine,         // cosine of the weights of answer and reference
  kGramsRecall,    // of the reference's letters, four at a time
  kSubsequencePrecise,  // longest common subsequence over the mean of both lengths
  kFeatures,
};

inline constexpr std::array<std::string_view, kFeatures> kFeatureNames = {
    "recall",         "recall_all",    "pairs",       "local",        "subsequence",        "grams",
    "precision",      "precision_new", "harmonic",    "clash",        "reversed",           "numbers",
    "best_point",     "worst_point",   "points_half", "length",       "from_prompt",        "negations",
    "reference_mass", "given_away",    "wordings",    "fluency",      "top_points",         "matched",
    "matched_new",    "near",          "cosine",      "grams_recall", "subsequence_precise"};

using Features = std::array<double, kFeatures>;

// One point as the answer makes it: its best wording.
struct PointAlignment {
  size_t wording = 0;
  Alignment alignment;
};

std::vector<PointAlignment> AlignPoints(const PreparedParts& question, const Reading& reading);
Features Measure(const PreparedParts& question, const Reading& reading,
                 const std::vector<PointAlignment>& points);

}  // namespace ringside::theory
