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

}  // namespace

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
  const double found = std::clamp(state->grade().score(), 0.0, 1.0) * state->evidence_score();
  state->set_score(std::clamp(kOrderShare * order.score + kDiagnosisShare * found, 0.0, 1.0));
  state->set_done(true);
}

}  // namespace ringside::evaluator
