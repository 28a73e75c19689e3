#include "evaluator/theory/measure.h"

#include <utility>

#include "evaluator/text/analyze.h"

namespace ringside::theory {

Measured MeasureAnswer(const PreparedParts& question, std::string_view answer) {
  Measured measured;
  text::Document document = text::Analyze(answer);
  measured.screening = Screen(document, question.prompt);
  measured.words = measured.screening.words_left;
  measured.reading = Read(std::move(document), measured.screening.struck, question.lexicon);
  measured.points = AlignPoints(question, measured.reading);
  measured.features = Measure(question, measured.reading, measured.points);
  return measured;
}

}  // namespace ringside::theory
