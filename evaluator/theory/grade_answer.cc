#include "evaluator/theory/grade_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "evaluator/theory/learned_marks.h"
#include "evaluator/theory/measure.h"
#include "evaluator/theory/model.h"
#include "evaluator/theory/order_of_checks.h"
#include "evaluator/theory/points.h"
#include "evaluator/theory/prepared_parts.h"
#include "evaluator/theory/star.h"

namespace ringside::theory {
namespace {

constexpr double kWordsPerSecond = 2.5;  // a brisk speaker
constexpr double kRightOrder = 0.85;     // what steps named wholly the wrong way round leave
constexpr double kTooLong = 0.95;

const Model& ModelOf(const PreparedParts& parts) {
  return parts.model ? *parts.model : Model::BuiltIn();
}

// What the model says, without marks of the question.
struct Expectation {
  Knot knot;
  Gates gates;
};

Expectation Expect(const PreparedParts& parts, const Measured& answer) {
  const Model& model = ModelOf(parts);
  const double sum = model.Sum(answer.features) - parts.chance;
  return {model.At(sum, answer.words), GatesOf(model, answer.features, sum, answer.words)};
}

LearnedMarks Learn(const PreparedParts& parts) {
  std::vector<LearnedMarks::Example> examples;
  for (const v1::MarkedAnswer& marked : parts.question.marked()) {
    if (examples.size() == LearnedMarks::kMaxAnswers) break;
    const Measured answer = MeasureAnswer(parts, marked.text());
    const Expectation expectation = Expect(parts, answer);
    examples.push_back({BagOf(answer.reading), expectation.knot.mark, std::clamp(marked.mark(), 0.0, 1.0),
                        expectation.gates});
  }
  return LearnedMarks(std::move(examples));
}

class Grader {
 public:
  Grader(const PreparedQuestion& question, std::string_view text)
      : parts_(question.parts()), marks_(question.marks()), answer_(MeasureAnswer(parts_, text)) {}

  void Grade(v1::TheoryGrade* grade) {
    const Expectation expectation = Expect(parts_, answer_);
    Gates gates = expectation.gates;
    double mark = expectation.knot.mark;
    double error = expectation.knot.error;
    double factor = gates.Product();
    if (marks_.size() > 0) {
      const LearnedMarks::Correction learned = marks_.For(BagOf(answer_.reading), mark);
      factor = marks_.Factor(gates, answer_.features[kFromPrompt], learned.likeness);
      // What a person has marked is evidence, too.
      gates.evidence = std::max(gates.evidence, std::clamp((learned.likeness - 0.1) / 0.2, 0.0, 1.0));
      mark = std::clamp(mark + learned.mark, 0.0, 1.0);
      error /= 1 + 0.1 * static_cast<double>(marks_.size());
    }
    mark *= factor;
    GradePoints(parts_, answer_, gates, grade);
    const double before = Evidence(*grade);
    FindMisconceptions(parts_, answer_, gates, grade);
    const double after = Evidence(*grade);
    if (before > 0) mark *= 1 - 0.8 * (before - after) / before;
    for (const v1::MisconceptionHit& hit : grade->misconceptions()) mark -= hit.penalty();
    mark *= Kind(grade);
    const bool nothing = answer_.reading.content.empty() ||
                         (answer_.screening.not_known && (after < 0.15 || gates.evidence < 0.5));
    grade->set_evidence(after);
    grade->set_score(nothing ? 0 : std::clamp(mark, 0.0, 1.0));
    Flags(gates, nothing, grade);
    grade->set_confidence(nothing ? 0.9 : std::clamp((1 - error) * (0.6 + 0.4 * gates.Product()), 0.0, 1.0));
  }

 private:
  static double Evidence(const v1::TheoryGrade& grade) {
    double evidence = 0;
    for (const v1::PointGrade& point : grade.points()) evidence += point.weight() * point.earned();
    return std::clamp(evidence, 0.0, 1.0);
  }

  // What the kind of question asks for beside its points: notes, and a factor of the mark.
  double Kind(v1::TheoryGrade* grade) {
    double factor = 1;
    if (parts_.question.kind() == v1::QUESTION_KIND_BEHAVIORAL) {
      const Star star = CheckStar(answer_.reading.document);
      for (const std::string& note : NotesOf(star)) grade->add_notes(note);
      factor *= 1 - 0.1 * (4 - star.Parts()) - (star.result && !star.quantified ? 0.1 : 0) -
                std::min(0.2, 0.1 * static_cast<double>(star.wrong.size()));
    }
    const OrderOfChecks order = CheckOrder(parts_.question, *grade);
    for (const std::string& note : order.notes) grade->add_notes(note);
    if (order.pairs > 0) factor *= 1 - (1 - kRightOrder) * order.wrong / order.pairs;
    if (parts_.question.kind() == v1::QUESTION_KIND_RAPID_FIRE && parts_.question.time_target_s() > 0) {
      const double seconds = static_cast<double>(answer_.reading.document.tokens.size()) / kWordsPerSecond;
      too_long_ = seconds > 1.5 * parts_.question.time_target_s();
      if (too_long_) {
        grade->add_notes(fmt::format("Too long: about {:.0f} s to say, asked for in {} s.", seconds,
                                     parts_.question.time_target_s()));
        factor *= kTooLong;
      }
    }
    return factor;
  }

  void Flags(const Gates& gates, bool nothing, v1::TheoryGrade* grade) const {
    const Screening& screening = answer_.screening;
    const auto flag = [grade](bool is, v1::AnswerFlag value) {
      if (is) grade->add_flags(value);
    };
    flag(answer_.reading.document.tokens.empty(), v1::ANSWER_FLAG_EMPTY);
    flag(screening.instructions, v1::ANSWER_FLAG_INSTRUCTIONS);
    flag(screening.copied, v1::ANSWER_FLAG_QUESTION_COPIED);
    flag(screening.repeated, v1::ANSWER_FLAG_REPEATED);
    flag(screening.not_known && nothing, v1::ANSWER_FLAG_NOT_KNOWN);
    flag((screening.hedged || screening.not_known) && !nothing, v1::ANSWER_FLAG_HEDGED);
    if (!answer_.reading.content.empty()) {
      flag(gates.order < 0.5, v1::ANSWER_FLAG_NO_SENTENCES);
      flag(gates.evidence < 0.2 && answer_.reading.content.size() >= 4 && !nothing,
           v1::ANSWER_FLAG_OFF_TOPIC);
      flag(gates.evidence < 0.6 || answer_.reading.content.size() < 3, v1::ANSWER_FLAG_LOW_EVIDENCE);
    }
    flag(too_long_ || answer_.reading.document.cut, v1::ANSWER_FLAG_TOO_LONG);
  }

  const PreparedParts& parts_;
  const LearnedMarks& marks_;
  const Measured answer_;
  bool too_long_ = false;
};

}  // namespace

PreparedQuestion::PreparedQuestion(const v1::TheoryQuestion& question)
    : PreparedQuestion(question, Setting::OfBank()) {}

PreparedQuestion::PreparedQuestion(const v1::TheoryQuestion& question, const Setting& setting)
    : parts_(std::make_shared<const PreparedParts>(Prepare(question, setting))),
      marks_(std::make_shared<const LearnedMarks>(Learn(*parts_))) {}

const v1::TheoryQuestion& PreparedQuestion::question() const {
  return parts_->question;
}

v1::TheoryGrade GradeAnswer(const PreparedQuestion& question, std::string_view answer,
                            std::string_view candidate) {
  v1::TheoryGrade grade;
  grade.set_question(question.question().id());
  grade.set_candidate(std::string(candidate));
  if (question.parts().points.empty()) {
    grade.set_error(fmt::format("question {}: no reference points to grade by", question.question().id()));
    return grade;
  }
  Grader(question, answer).Grade(&grade);
  return grade;
}

}  // namespace ringside::theory
