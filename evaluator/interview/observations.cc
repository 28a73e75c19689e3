#include "evaluator/interview/observations.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "evaluator/interview/marks.h"
#include "evaluator/interview/ratings.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/signals.h"

namespace ringside::evaluator {
namespace {

using Questions = std::vector<const v1::AskedQuestion*>;

// What was seen, and in which answer by which words.
struct Sight {
  std::string sentence;
  std::string question, quote;
};
using Detector = std::function<std::optional<Sight>(const Questions&)>;

constexpr int kEnoughAnswers = 4;  // before something is said to be missing throughout

std::optional<Sight> FirstWith(const Questions& questions, Signal signal, std::string_view sentence,
                               const std::function<bool(const v1::AskedQuestion&)>& where = nullptr) {
  for (const v1::AskedQuestion* question : questions) {
    if (where != nullptr && !where(*question)) continue;
    if (auto words = Seen(signal, AllAnswers(*question))) {
      return Sight{fmt::format("{} in \"{}\".", sentence, question->title()), question->id(), *words};
    }
  }
  return std::nullopt;
}

std::optional<Sight> FirstWithout(const Questions& questions, Signal signal, std::string_view sentence,
                                  const std::function<bool(const v1::AskedQuestion&)>& where) {
  for (const v1::AskedQuestion* question : questions) {
    const std::string said = AllAnswers(*question);
    if (said.empty() || !where(*question) || Seen(signal, said)) continue;
    return Sight{fmt::format("{} in \"{}\".", sentence, question->title()), question->id(), ""};
  }
  return std::nullopt;
}

// A run to debug and a plan to run ("debug/...", "design/...") are judged by what they do.
bool IsInWords(const v1::AskedQuestion& question) {
  return question.id().find('/') == std::string::npos;
}

bool IsDesign(const v1::AskedQuestion& question) {
  return question.kind() == v1::QUESTION_KIND_SYSTEM_DESIGN && IsInWords(question);
}
bool IsCoding(const v1::AskedQuestion& question) {
  return question.kind() == v1::QUESTION_KIND_CODING;
}

int Answers(const Questions& questions) {
  return static_cast<int>(std::count_if(questions.begin(), questions.end(),
                                        [](const auto* q) { return !AllAnswers(*q).empty(); }));
}

int With(const Questions& questions, Signal signal) {
  return static_cast<int>(std::count_if(questions.begin(), questions.end(), [&](const auto* q) {
    return Seen(signal, AllAnswers(*q)).has_value();
  }));
}

bool NotKnown(const v1::AskedQuestion& question) {
  const auto& flags = question.grade().flags();
  return std::find(flags.begin(), flags.end(), v1::ANSWER_FLAG_NOT_KNOWN) != flags.end();
}

std::optional<Sight> GivesReasons(const Questions& questions) {
  const int all = Answers(questions), reasons = With(questions, Signal::kReason);
  if (reasons < 2 || 2 * reasons < all) return std::nullopt;
  auto sight = FirstWith(questions, Signal::kReason, "Gave reasons");
  if (sight) sight->sentence = fmt::format("Gave a reason in {} of {} answers.", reasons, all);
  return sight;
}

std::optional<Sight> HonestUncertainty(const Questions& questions) {
  return FirstWith(questions, Signal::kUncertainty, "Said what was not certain and went on from there",
                   [](const auto& question) {
                     return question.score() >= kWeak / 2 && question.grade().misconceptions().empty();
                   });
}

std::optional<Sight> Clarifies(const Questions& questions) {
  for (const v1::AskedQuestion* question : questions) {
    if (question->clarifications() > 0) {
      return Sight{fmt::format("Asked back before answering \"{}\".", question->title()), question->id(), ""};
    }
  }
  return std::nullopt;
}

std::optional<Sight> Recites(const Questions& questions) {
  const int all = Answers(questions), reasons = With(questions, Signal::kReason);
  if (all < kEnoughAnswers || 4 * reasons >= all) return std::nullopt;
  return Sight{fmt::format("Gave a reason in {} of {} answers.", reasons, all), "", ""};
}

std::optional<Sight> OneBest(const Questions& questions) {
  for (const v1::AskedQuestion* question : questions) {
    const std::string said = AllAnswers(*question);
    if (Seen(Signal::kTradeOff, said)) continue;
    for (const std::string_view words :
         {"is always better", "is the best", "always use", "strictly better", "no downside"}) {
      const size_t at = said.find(words);
      if (at == std::string::npos) continue;
      return Sight{fmt::format("Named no case against it in \"{}\".", question->title()), question->id(),
                   Excerpt(said, at > 30 ? at - 30 : 0, at + words.size(), 100)};
    }
  }
  return std::nullopt;
}

std::optional<Sight> Isolated(const Questions& questions) {
  for (const v1::AskedQuestion* question : questions) {
    if (question->kind() == v1::QUESTION_KIND_CONNECTION && question->score() < kWeak) {
      return Sight{fmt::format("Got {} of 100 for \"{}\", which connects two topics.",
                               Percent(question->score()), question->title()),
                   question->id(), ""};
    }
  }
  return std::nullopt;
}

std::optional<Sight> Freezes(const Questions& questions) {
  int stopped = 0;
  for (const v1::AskedQuestion* question : questions) {
    stopped +=
        question->score() < kWeak / 2 && (NotKnown(*question) || AllAnswers(*question).empty()) ? 1 : 0;
  }
  if (stopped < 2) return std::nullopt;
  return Sight{fmt::format("Stopped at {} questions without an attempt.", stopped), "", ""};
}

std::optional<Sight> Throughout(const Questions& questions, Signal signal, std::string_view sentence) {
  if (Answers(questions) < kEnoughAnswers || With(questions, signal) > 0) return std::nullopt;
  return Sight{fmt::format("{} in {} answers.", sentence, Answers(questions)), "", ""};
}

std::optional<Sight> NoClarification(const Questions& questions) {
  for (const v1::AskedQuestion* question : questions) {
    const std::string said = AllAnswers(*question);
    if (!IsDesign(*question) || said.empty() || question->clarifications() > 0) continue;
    const bool stated = said.find("ssum") != std::string::npos ||
                        said.find("equirement") != std::string::npos ||
                        said.find("larify") != std::string::npos || said.find('?') != std::string::npos;
    if (!stated)
      return Sight{fmt::format("Went straight into \"{}\".", question->title()), question->id(), ""};
  }
  return std::nullopt;
}

std::optional<Sight> Bluffs(const Questions& questions) {
  for (const v1::AskedQuestion* question : questions) {
    const std::string said = AllAnswers(*question);
    for (const v1::MisconceptionHit& hit : question->grade().misconceptions()) {
      if (Seen(Signal::kUncertainty, said)) continue;
      const std::string quote = hit.spans().empty()
                                    ? ""
                                    : Excerpt(said, static_cast<size_t>(std::max(0, hit.spans(0).begin())),
                                              static_cast<size_t>(std::max(0, hit.spans(0).end())), 100);
      return Sight{fmt::format("Stated without a doubt, in \"{}\"; {}", question->title(), hit.correction()),
                   question->id(), quote};
    }
  }
  return std::nullopt;
}

// A strong first answer, and nothing at the follow-up.
std::optional<Sight> Memorized(const Questions& questions) {
  for (const v1::AskedQuestion* question : questions) {
    if (question->first_grade().score() < kStrong || question->parts_size() < 2 || !IsInWords(*question))
      continue;
    const std::string& second = question->parts(1).answer();
    if (second.empty() || (second.size() > 60 && !NotKnown(*question))) continue;
    return Sight{fmt::format("The answer to \"{}\" was strong, the follow-up was left almost unanswered.",
                             question->title()),
                 question->id(), Excerpt(second, 0, second.size(), 100)};
  }
  return std::nullopt;
}

std::optional<Sight> TransformerByDefault(const Questions& questions) {
  for (const v1::AskedQuestion* question : questions) {
    const std::string said = AllAnswers(*question);
    if (!IsDesign(*question) || Seen(Signal::kTradeOff, said)) continue;
    if (const auto words = Seen(Signal::kTransformer, said)) {
      return Sight{fmt::format("Named no alternative in \"{}\".", question->title()), question->id(), *words};
    }
  }
  return std::nullopt;
}

const std::map<std::string_view, Detector>& Detectors() {
  using Q = Questions;
  static const auto* const kDetectors = new std::map<std::string_view, Detector>{
      {"gives-reasons", GivesReasons},
      {"own-experience", [](const Q& q) { return FirstWith(q, Signal::kExperience, "Spoke of own work"); }},
      {"names-trade-offs",
       [](const Q& q) { return FirstWith(q, Signal::kTradeOff, "Named a cost or an alternative"); }},
      {"honest-uncertainty", HonestUncertainty},
      {"clarifies-first", Clarifies},
      {"recites", Recites},
      {"one-best-answer", OneBest},
      {"isolated-topics", Isolated},
      {"freezes", Freezes},
      {"textbook-only", [](const Q& q) { return Throughout(q, Signal::kExperience, "No word of own work"); }},
      {"no-clarifying-questions", NoClarification},
      {"transformer-by-default", TransformerByDefault},
      {"forgets-data",
       [](const Q& q) { return FirstWithout(q, Signal::kData, "Said nothing about data", IsDesign); }},
      {"pseudocode-for-code",
       [](const Q& q) { return FirstWith(q, Signal::kPseudocode, "Sketched it", IsCoding); }},
      {"bluffs", Bluffs},
      {"ignores-deployment",
       [](const Q& q) {
         return FirstWithout(q, Signal::kDeployment, "Said nothing about serving or its cost", IsDesign);
       }},
      {"memorized-answers", Memorized},
      {"does-not-connect",
       [](const Q& q) { return Throughout(q, Signal::kConnection, "No link to another topic"); }},
  };
  return *kDetectors;
}

// What answers of half a minute have no room for is not missed in them.
bool NeedsRoom(std::string_view id) {
  return id == "recites" || id == "textbook-only" || id == "does-not-connect" || id == "memorized-answers";
}

}  // namespace

std::vector<v1::Observation> Observe(const InterviewContext& context, const v1::InterviewSession& session) {
  const Questions questions = Counted(session);
  std::vector<v1::Observation> observations;
  const v1::InterviewMode mode = session.setup().mode();
  const bool brief = mode == v1::INTERVIEW_MODE_RAPID_FIRE || mode == v1::INTERVIEW_MODE_DIAGNOSTIC;
  const auto look = [&](const v1::Trait& trait) {
    if (brief && NeedsRoom(trait.id())) return;
    const auto detector = Detectors().find(trait.id());
    if (detector == Detectors().end()) return;
    const std::optional<Sight> sight = detector->second(questions);
    if (!sight) return;
    v1::Observation observation;
    observation.set_id(trait.id());
    observation.set_text(trait.text());
    observation.set_strong(trait.strong());
    observation.set_seen(sight->sentence);
    observation.set_advice(trait.advice());
    observation.set_question(sight->question);
    observation.set_quote(sight->quote);
    observations.push_back(std::move(observation));
  };
  for (const v1::Trait& trait : context.bank->curriculum().traits()) look(trait);
  for (const v1::Trait& mistake : context.bank->curriculum().mistakes()) look(mistake);
  return observations;
}

}  // namespace ringside::evaluator
