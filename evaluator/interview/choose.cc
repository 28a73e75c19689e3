#include "evaluator/interview/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <vector>

#include "evaluator/interview/draw.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/session_clock.h"

namespace ringside::evaluator {
namespace {

using Questions = google::protobuf::RepeatedPtrField<std::string>;
using Allowed = std::function<bool(const v1::TheoryQuestion&)>;

bool Has(const Questions& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool Share(const Questions& a, const Questions& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& value) { return Has(b, value); });
}

bool WasAsked(const v1::InterviewSession& session, std::string_view id) {
  return std::any_of(session.asked().begin(), session.asked().end(),
                     [&](const auto& q) { return q.id() == id; });
}

const std::vector<std::vector<std::string>>& Architectures() {
  static const auto* const kFamilies = new std::vector<std::vector<std::string>>{
      {"attention", "transformers"}, {"cnns"}, {"rnns"}, {"generative"}};
  return *kFamilies;
}

v1::InterviewPhase PhaseUnderWay(const InterviewContext& context, const v1::InterviewSession& session) {
  return PhasesOf(context.bank->curriculum(), session.setup().mode())[static_cast<size_t>(session.phase())];
}

// Groups in which the patterns of interviews stand: they belong to every phase that has their topic.
bool IsPattern(const v1::TheoryQuestion& question) {
  return Has(question.groups(), "key-question") || Has(question.groups(), "core-concepts") ||
         Has(question.groups(), "why-not") || Has(question.groups(), "connect-the-dots") ||
         Has(question.groups(), "derive-then-scale") || Has(question.groups(), "connection");
}

bool LastWasStrong(const v1::InterviewSession& session) {
  return !session.asked().empty() && session.asked().rbegin()->score() >= kStrong;
}

double Desire(const v1::InterviewSession& session, const v1::TheoryQuestion& question) {
  double desire = DrawShare(session.setup().seed(), question.id(), 0);
  // "Why not X", "derive, then scale" and connections of topics are for those who have the basics.
  const bool pattern = Has(question.groups(), "why-not") || Has(question.groups(), "connect-the-dots") ||
                       Has(question.groups(), "derive-then-scale");
  if (pattern) desire += LastWasStrong(session) ? 2 : -2;
  if (Share(question.topics(), session.setup().focus())) desire += 16;
  desire -= 4.0 * std::abs(static_cast<int>(question.level()) - static_cast<int>(session.level()));
  if (Has(session.setup().asked_before(), question.id())) desire -= 12;
  for (const v1::AskedQuestion& asked : session.asked()) {
    const bool same_topic =
        !asked.topics().empty() && !question.topics().empty() && asked.topics(0) == question.topics(0);
    if (same_topic) desire -= 1.5;
  }
  return desire;
}

std::optional<Choice> Best(const InterviewContext& context, const v1::InterviewSession& session,
                           const Allowed& allowed, std::string reason) {
  const bool first = AskedInPhase(session) == 0;
  const v1::TheoryQuestion* best = nullptr;
  double most = 0;
  for (const v1::TheoryQuestion& question : context.bank->theory()) {
    if (WasAsked(session, question.id()) || !allowed(question)) continue;
    const double needs_ms = kLeastQuestionShare * 1000.0 * question.time_target_s();
    if (!first && needs_ms > static_cast<double>(PhaseLeftMs(session))) continue;
    const double desire = Desire(session, question);
    if (best == nullptr || desire > most) best = &question, most = desire;
  }
  if (best == nullptr) return std::nullopt;
  if (Share(best->topics(), session.setup().focus())) reason += ", a topic to work on";
  return Choice{best->id(), std::move(reason)};
}

// Of the setup's topics where there are any such, else of all.
std::optional<Choice> BestOnTopic(const InterviewContext& context, const v1::InterviewSession& session,
                                  const Allowed& allowed, const std::string& reason) {
  if (!session.setup().topics().empty()) {
    const auto on_topic = [&](const v1::TheoryQuestion& question) {
      return allowed(question) && Share(question.topics(), session.setup().topics());
    };
    if (auto choice = Best(context, session, on_topic, reason)) return choice;
  }
  return Best(context, session, allowed, reason);
}

Allowed OfGroup(std::string_view group) {
  return [group = std::string(group)](const v1::TheoryQuestion& question) {
    return Has(question.groups(), group);
  };
}

// The first question that was not exchanged; null: there was none yet.
const v1::AskedQuestion* WarmUp(const v1::InterviewSession& session) {
  for (const v1::AskedQuestion& asked : session.asked()) {
    if (asked.end() != v1::QUESTION_END_SWAPPED) return &asked;
  }
  return nullptr;
}

std::optional<Choice> Foundations(const InterviewContext& context, const v1::InterviewSession& session) {
  const v1::AskedQuestion* const warm_up = WarmUp(session);
  if (warm_up == nullptr) return BestOnTopic(context, session, OfGroup(kWarmUp), "warm-up");
  const bool strong = warm_up->score() >= kStrong || (warm_up->score() >= kWeak && AskedInPhase(session) > 1);
  const std::string_view group = strong ? kWarmUpStrong : kWarmUpProbe;
  const std::string reason =
      strong ? "the warm-up was strong: what was built on it" : "the warm-up left gaps: the basics under it";
  return Best(context, session, OfGroup(group), reason);
}

std::optional<Choice> DebuggingRound(const InterviewContext& context, const v1::InterviewSession& session) {
  if (context.rounds == nullptr) return std::nullopt;
  const RoundData* best = nullptr;
  double most = 0;
  for (const RoundData& round : context.rounds->rounds()) {
    const std::string& id = round.question.id();
    if (WasAsked(session, id)) continue;
    double desire =
        DrawShare(session.setup().seed(), id) - std::abs(round.question.level() - session.level());
    if (Has(session.setup().asked_before(), id)) desire -= 8;
    if (round.entry.name() == session.setup().debugging_round()) desire += 100;
    if (best == nullptr || desire > most) best = &round, most = desire;
  }
  if (best == nullptr) return std::nullopt;
  return Choice{best->question.id(), "a run to debug"};
}

// A plan that is run and measured: for those who came for distributed training, else in every second
// interview.
std::optional<Choice> PlanToRun(const InterviewContext& context, const v1::InterviewSession& session) {
  constexpr std::string_view kTopic = "distributed";
  const v1::InterviewSetup& setup = session.setup();
  const bool wanted =
      Has(setup.topics(), kTopic) || Has(setup.focus(), kTopic) || DrawShare(setup.seed(), "plan") < 0.5;
  const bool had = std::any_of(session.asked().begin(), session.asked().end(),
                               [](const auto& asked) { return asked.id().starts_with("design/"); });
  if (context.designs == nullptr || context.design == nullptr || !wanted || had) return std::nullopt;
  const v1::TheoryQuestion* best = nullptr;
  for (const v1::TheoryQuestion& question : context.designs->questions()) {
    if (best == nullptr || Desire(session, question) > Desire(session, *best)) best = &question;
  }
  if (best == nullptr) return std::nullopt;
  return Choice{best->id(), "a plan to run"};
}

std::optional<Choice> Practical(const InterviewContext& context, const v1::InterviewSession& session) {
  const int asked = AskedInPhase(session);
  const bool had_round = std::any_of(session.asked().begin(), session.asked().end(),
                                     [](const auto& q) { return q.id().starts_with("debug/"); });
  if (asked == 0 && !had_round) {
    if (auto round = DebuggingRound(context, session)) return round;
  }
  if (auto plan = PlanToRun(context, session)) return plan;
  const auto design = [](const v1::TheoryQuestion& question) {
    return question.kind() == v1::QUESTION_KIND_SYSTEM_DESIGN;
  };
  if (auto choice = BestOnTopic(context, session, design, "a design in practice")) return choice;
  return BestOnTopic(context, session, OfGroup(kPractical), "practice");
}

std::optional<Choice> Diagnostic(const InterviewContext& context, const v1::InterviewSession& session) {
  for (const std::string& id : context.bank->curriculum().diagnostic().questions()) {
    if (!WasAsked(session, id) && context.bank->FindTheory(id) != nullptr) return Choice{id, "diagnostic"};
  }
  if (!context.bank->curriculum().diagnostic().questions().empty()) return std::nullopt;
  return Best(context, session, OfGroup("diagnostic"), "diagnostic");
}

}  // namespace

int AskedInPhase(const v1::InterviewSession& session) {
  const std::string& phase = session.phases(session.phase()).id();
  return static_cast<int>(std::count_if(
      session.asked().begin(), session.asked().end(),
      [&](const auto& asked) { return asked.phase() == phase && asked.end() != v1::QUESTION_END_SWAPPED; }));
}

std::vector<std::string> ChooseDeepTopics(const InterviewContext& context,
                                          const v1::InterviewSession& session) {
  struct Family {
    const std::vector<std::string>* topics;
    double desire;
  };
  std::vector<Family> families;
  for (const std::vector<std::string>& topics : Architectures()) {
    double desire = DrawShare(session.setup().seed(), topics.front(), 1);
    int questions = 0;
    const auto is_of_it = [&](std::string_view topic) {
      return std::find(topics.begin(), topics.end(), topic) != topics.end();
    };
    for (const v1::TheoryQuestion& question : context.bank->theory()) {
      const bool of_it = !question.topics().empty() && is_of_it(question.topics(0));
      questions += of_it && Has(question.groups(), kArchitecture) ? 1 : 0;
    }
    if (questions == 0) continue;
    if (std::any_of(session.setup().focus().begin(), session.setup().focus().end(), is_of_it)) desire += 4;
    if (std::any_of(session.setup().topics().begin(), session.setup().topics().end(), is_of_it)) desire += 2;
    families.push_back({&topics, desire});
  }
  std::stable_sort(families.begin(), families.end(),
                   [](const Family& a, const Family& b) { return a.desire > b.desire; });
  const v1::AskedQuestion* const warm_up = WarmUp(session);
  const bool strong = warm_up != nullptr && warm_up->score() >= kStrong;
  std::vector<std::string> chosen;
  for (size_t i = 0; i < families.size() && i < (strong ? 1 : 2); ++i) {
    chosen.insert(chosen.end(), families[i].topics->begin(), families[i].topics->end());
  }
  return chosen;
}

std::optional<Choice> ChooseNext(const InterviewContext& context, const v1::InterviewSession& session) {
  const v1::InterviewPhase phase = PhaseUnderWay(context, session);
  if (session.setup().mode() == v1::INTERVIEW_MODE_DIAGNOSTIC) return Diagnostic(context, session);
  if (Draws(phase, kWarmUp)) return Foundations(context, session);
  if (Draws(phase, kPractical)) return Practical(context, session);
  const bool deep = Draws(phase, kArchitecture) && !session.deep_topics().empty();
  const auto allowed = [&](const v1::TheoryQuestion& question) {
    const bool in_group =
        std::any_of(phase.groups().begin(), phase.groups().end(),
                    [&](const std::string& group) { return Has(question.groups(), group); });
    const bool on_topic = !question.topics().empty() && Has(session.deep_topics(), question.topics(0));
    return deep ? on_topic && (in_group || IsPattern(question)) : in_group;
  };
  const std::string reason = session.held_at_easiest() ? "at the easiest level, as the warm-up was poor"
                             : session.hardest() ? "at the hardest level, as all was answered well and fast"
                                                 : "by level and topic";
  if (deep) return Best(context, session, allowed, reason);
  return BestOnTopic(context, session, allowed, reason);
}

}  // namespace ringside::evaluator
