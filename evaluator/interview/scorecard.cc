#include "evaluator/interview/scorecard.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "evaluator/interview/advice.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/observations.h"
#include "evaluator/interview/ratings.h"
#include "evaluator/interview/rules.h"

namespace ringside::evaluator {
namespace {

void AddPhases(const v1::InterviewSession& session, v1::InterviewScorecard* card) {
  for (const v1::PhaseState& phase : session.phases()) {
    v1::PhaseTime& time = *card->add_phases();
    time.set_phase(phase.id());
    time.set_title(phase.title());
    time.set_budget_ms(phase.budget_ms());
    time.set_spent_ms(phase.begun() ? phase.ended_ms() - phase.begun_ms() : 0);
    const auto questions =
        std::count_if(session.asked().begin(), session.asked().end(), [&](const auto& asked) {
          return asked.phase() == phase.id() && asked.end() != v1::QUESTION_END_SWAPPED;
        });
    time.set_questions(static_cast<int32_t>(questions));
  }
}

void AddHints(const v1::InterviewSession& session, v1::InterviewScorecard* card) {
  double price = 0;
  int hints = 0;
  for (const v1::AskedQuestion& asked : session.asked()) {
    hints += asked.hints_size();
    price += HintPrice(asked);
  }
  card->set_hints(hints);
  card->set_hint_price(price);
}

void AddBand(const InterviewContext& context, v1::InterviewScorecard* card) {
  for (const v1::Band& band : context.bank->curriculum().diagnostic().bands()) {
    if (card->answered_well() >= band.from() && card->answered_well() <= band.to())
      card->set_band(band.advice());
  }
}

void AddNotes(const v1::InterviewSession& session, v1::InterviewScorecard* card) {
  if (session.held_at_easiest())
    card->add_notes("The warm-up was poor, so the questions stayed at the easiest level.");
  if (session.hardest())
    card->add_notes("Everything was answered well and fast, so the questions were the hardest there are.");
  const auto cut = std::count_if(session.asked().begin(), session.asked().end(),
                                 [](const auto& asked) { return asked.end() == v1::QUESTION_END_CUT; });
  if (cut > 0)
    card->add_notes(fmt::format("{} open {} at the end of the time and did not count.", cut,
                                cut == 1 ? "question was" : "questions were"));
  if (session.swaps() > 0)
    card->add_notes(fmt::format("{} {} exchanged for an easier or a harder one.", session.swaps(),
                                session.swaps() == 1 ? "question was" : "questions were"));
  const auto pauses =
      std::count_if(session.turns().begin(), session.turns().end(), [](const v1::InterviewTurn& turn) {
        return turn.speaker() == v1::SPEAKER_INTERVIEWER && turn.kind() == kPauseTurn;
      });
  if (pauses > 0) {
    card->add_notes(
        fmt::format("The clock was stopped {}, in the middle of a question; what was done then is not known.",
                    pauses == 1 ? "once" : fmt::format("{} times", pauses)));
  }
  for (const v1::AskedQuestion& asked : session.asked()) {
    const auto& flags = asked.grade().flags();
    if (std::find(flags.begin(), flags.end(), v1::ANSWER_FLAG_LOW_EVIDENCE) != flags.end()) {
      card->add_notes(
          fmt::format("\"{}\": the mark is uncertain, a person should look at the answer.", asked.title()));
    }
  }
}

}  // namespace

v1::InterviewScorecard MakeScorecard(const InterviewContext& context, const v1::InterviewSession& session) {
  v1::InterviewScorecard card;
  card.set_session(session.setup().id());
  card.set_candidate(session.setup().candidate());
  card.set_role(session.setup().role());
  card.set_mode(session.setup().mode());
  card.set_ended(session.end_reason());
  const auto counted = Counted(session);
  card.set_score(MeanScore(counted));
  card.set_questions(static_cast<int32_t>(counted.size()));
  card.set_answered_well(static_cast<int32_t>(std::count_if(
      counted.begin(), counted.end(), [](const auto* q) { return q->score() >= kAnsweredWell; })));
  for (v1::AreaRating& rating : RateAreas(context, session)) *card.add_areas() = std::move(rating);
  const std::vector<v1::Observation> observations = Observe(context, session);
  for (std::string& strength : Strengths(context, session, observations))
    card.add_strengths(std::move(strength));
  for (v1::Improvement& improvement : Improvements(context, session, observations))
    *card.add_improvements() = std::move(improvement);
  for (v1::RecommendedResource& resource : Resources(context, session))
    *card.add_resources() = std::move(resource);
  for (const v1::Observation& observation : observations) *card.add_observations() = observation;
  AddPhases(session, &card);
  AddHints(session, &card);
  if (session.setup().mode() == v1::INTERVIEW_MODE_DIAGNOSTIC) AddBand(context, &card);
  AddNotes(session, &card);
  for (v1::ReviewDate& review : Reviews(session)) *card.add_review() = std::move(review);
  for (std::string& topic : WeakTopics(session)) card.add_weak_topics(std::move(topic));
  return card;
}

}  // namespace ringside::evaluator
