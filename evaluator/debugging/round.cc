#include "evaluator/debugging/round.h"

#include <fmt/format.h>

#include <algorithm>

#include "evaluator/debugging/check_order.h"
#include "evaluator/debugging/evidence_text.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMaxDiagnosisBytes = 20'000;

bool Seen(const v1::DebuggingRoundState& state, std::string_view id) {
  return std::any_of(state.requests().begin(), state.requests().end(),
                     [&](const v1::EvidenceRequest& request) { return request.id() == id; });
}

constexpr double kNamed = 0.5;

bool NamesOneOf(const google::protobuf::RepeatedPtrField<v1::ReferencePoint>& points,
                const v1::TheoryGrade& grade) {
  return std::any_of(grade.points().begin(), grade.points().end(), [&](const v1::PointGrade& earned) {
    return earned.earned() >= kNamed &&
           std::any_of(points.begin(), points.end(),
                       [&](const v1::ReferencePoint& point) { return point.id() == earned.point(); });
  });
}

}  // namespace

bool NamesCause(const RoundData& round, const v1::TheoryGrade& grade) {
  return NamesOneOf(round.spec.cause(), grade);
}

bool NamesFix(const RoundData& round, const v1::TheoryGrade& grade) {
  return NamesOneOf(round.spec.fix(), grade);
}

double Found(const RoundData& round, const v1::DebuggingRoundState& state) {
  // The share of the points beside the mark: a person's mark is kind to much that is near, and near is not
  // found.
  double mark = std::clamp(std::min(state.grade().score(), state.grade().evidence()), 0.0, 1.0);
  if (!NamesCause(round, state.grade())) mark = std::min(mark, kMostWithoutCause);
  if (!NamesFix(round, state.grade())) mark = std::min(mark, kMostWithoutFix);
  return mark * state.evidence_score();
}

std::string Briefing(const RoundData& round) {
  return fmt::format(
      "{}\n\n{}", round.spec.briefing(),
      EvidenceText(round, *FindEvidence(round.entry.simulated()                         ? "throughput"
                                        : round.entry.name() == "dropout-in-evaluation" ? "held-out-loss"
                                                                                        : "loss-curve")));
}

Shown ShowEvidence(const RoundData& round, const std::vector<const EvidenceKind*>& kinds, int64_t at_ms,
                   v1::DebuggingRoundState* state) {
  Shown shown;
  for (const EvidenceKind* kind : kinds) {
    shown.text += fmt::format("{}\n{}", kind->title, EvidenceText(round, *kind));
    if (Seen(*state, kind->id) || state->requests_size() >= kMostRequests) continue;
    shown.kinds.push_back(kind);
    v1::EvidenceRequest& request = *state->add_requests();
    request.set_id(std::string(kind->id));
    request.set_at_ms(at_ms);
  }
  return shown;
}

void Diagnose(const RoundData& round, std::string_view diagnosis, const AnswerGrader& grader,
              v1::DebuggingRoundState* state) {
  state->set_diagnosis(std::string(diagnosis.substr(0, kMaxDiagnosisBytes)));
  *state->mutable_grade() = grader(round.question, state->diagnosis());
  std::vector<std::string> asked;
  for (const v1::EvidenceRequest& request : state->requests()) asked.push_back(request.id());
  const CheckOrder order = JudgeCheckOrder(asked, {round.spec.path().begin(), round.spec.path().end()});
  state->set_order_score(order.score);
  state->clear_notes();
  for (const std::string& note : order.notes) state->add_notes(note);
  const bool proved = std::any_of(round.spec.proof().begin(), round.spec.proof().end(),
                                  [&](const std::string& id) { return Seen(*state, id); });
  state->set_evidence_score(proved ? 1 : kGuessed);
  if (!proved && state->grade().score() > 0) {
    state->add_notes("Named the cause without having seen what shows it.");
  }
  if (!NamesCause(round, state->grade())) state->add_notes("The cause was not named.");
  state->set_score(std::clamp(kOrderShare * order.score + kDiagnosisShare * Found(round, *state), 0.0, 1.0));
  state->set_done(true);
}

}  // namespace ringside::evaluator
