#include "evaluator/interview/script.h"

#include <fmt/format.h>

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "evaluator/interview/rules.h"

namespace ringside::evaluator {
namespace {

constexpr double kMaxSeconds = 86'400;

std::string_view TakeWord(std::string_view* line) {
  while (!line->empty() && line->front() == ' ') line->remove_prefix(1);
  const std::string_view word = line->substr(0, line->find(' '));
  line->remove_prefix(word.size());
  while (!line->empty() && line->front() == ' ') line->remove_prefix(1);
  return word;
}

}  // namespace

v1::InterviewEventKind EventKindOf(std::string_view verb) {
  constexpr std::pair<std::string_view, v1::InterviewEventKind> kVerbs[] = {
      {"say", v1::INTERVIEW_EVENT_KIND_SAY},       {"hint", v1::INTERVIEW_EVENT_KIND_HINT},
      {"easier", v1::INTERVIEW_EVENT_KIND_EASIER}, {"harder", v1::INTERVIEW_EVENT_KIND_HARDER},
      {"skip", v1::INTERVIEW_EVENT_KIND_SKIP},     {"tick", v1::INTERVIEW_EVENT_KIND_TICK},
      {"pause", v1::INTERVIEW_EVENT_KIND_PAUSE},   {"resume", v1::INTERVIEW_EVENT_KIND_RESUME},
      {"end", v1::INTERVIEW_EVENT_KIND_END},       {"evidence", v1::INTERVIEW_EVENT_KIND_EVIDENCE},
      {"repeat", v1::INTERVIEW_EVENT_KIND_REPEAT}};
  for (const auto& [name, kind] : kVerbs) {
    if (name == verb) return kind;
  }
  return v1::INTERVIEW_EVENT_KIND_UNSPECIFIED;
}

absl::StatusOr<std::vector<v1::InterviewEvent>> ParseScript(std::string_view text,
                                                            std::string_view file_name) {
  std::vector<v1::InterviewEvent> events;
  double at_s = 0;
  int number = 0;
  for (const absl::string_view raw : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    ++number;
    std::string_view line(raw.data(), raw.size());
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    const auto bad = [&](std::string_view reason) {
      return absl::InvalidArgumentError(fmt::format("{}:{}: {}", file_name, number, reason));
    };
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == ' ') {
      if (events.empty()) return bad("there is no line before this one to go on with");
      while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
      events.back().mutable_text()->append(" " + std::string(line));
      continue;
    }
    const std::string_view after = TakeWord(&line), verb = TakeWord(&line);
    double seconds = 0;
    const bool number_ok = after.starts_with("+") &&
                           absl::SimpleAtod(absl::string_view(after.data() + 1, after.size() - 1), &seconds);
    if (!number_ok || !(seconds >= 0) || seconds > kMaxSeconds) return bad("expected \"+SECONDS VERB ...\"");
    v1::InterviewEvent event;
    event.set_kind(EventKindOf(verb));
    if (event.kind() == v1::INTERVIEW_EVENT_KIND_UNSPECIFIED) return bad(fmt::format("no verb \"{}\"", verb));
    at_s += seconds;
    event.set_at_ms(std::llround(at_s * 1000));
    event.set_text(std::string(line));
    if (events.size() >= static_cast<size_t>(kMaxEvents)) return bad("more events than a session may have");
    events.push_back(std::move(event));
  }
  return events;
}

absl::StatusOr<Interview> Play(const InterviewContext& context, const v1::InterviewSetup& setup,
                               const std::vector<v1::InterviewEvent>& script) {
  RINGSIDE_ASSIGN_OR_RETURN(Interview interview, Interview::Start(context, setup, 0));
  int64_t last_ms = 0;
  for (const v1::InterviewEvent& event : script) {
    interview.Handle(event);
    last_ms = event.at_ms();
  }
  v1::InterviewEvent end;
  end.set_kind(v1::INTERVIEW_EVENT_KIND_END);
  end.set_at_ms(last_ms);
  interview.Handle(end);
  return interview;
}

}  // namespace ringside::evaluator
