// What marks that people gave to answers of one question teach about further ones: a Gaussian process over
// what the fitted model leaves unexplained. Two answers are alike as far as they say the same terms and as
// far as the model thinks alike of them; a question as a whole may be easier or harder than the model thinks.
// And which gates (model.h) do not hold for this question: those that answers did not pass for which people
// gave marks.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "evaluator/theory/model.h"
#include "evaluator/theory/prepared_parts.h"
#include "evaluator/theory/reading.h"

namespace ringside::theory {

// The content terms of an answer and their neighbours, hashed and sorted, with weights of square sum 1.
using Bag = std::vector<std::pair<uint64_t, float>>;
Bag BagOf(const Reading& reading);
double Cosine(const Bag& a, const Bag& b);

class LearnedMarks {
 public:
  static constexpr size_t kMaxAnswers = 400;  // of a question; further ones are passed over

  struct Example {
    Bag bag;
    double expected = 0;  // the model's mark
    double mark = 0;      // the person's
    Gates gates;
  };

  LearnedMarks() = default;
  explicit LearnedMarks(std::vector<Example> examples);

  struct Correction {
    double mark = 0;      // to be added to the model's
    double likeness = 0;  // to the likest of the marked answers, 0..1
  };
  Correction For(const Bag& bag, double expected) const;

  // The factor of a mark, 0..1, instead of gates.Product(): with marks of the question the gates are milder.
  // `likeness` as For() gave it.
  double Factor(const Gates& gates, double from_prompt, double likeness) const;
  size_t size() const { return examples_.size(); }

 private:
  std::vector<Example> examples_;
  std::vector<double> alphas_;
  // What is left where a gate is shut.
  double order_floor_ = 0, polarity_floor_ = 0, evidence_floor_ = 0;
};

}  // namespace ringside::theory
