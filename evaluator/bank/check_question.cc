#include <algorithm>

#include "absl/strings/ascii.h"
#include "evaluator/bank/check_parts.h"
#include "fmt/format.h"

namespace ringside::evaluator::bank_check {
namespace {

constexpr size_t kMaxIdBytes = 60;
constexpr size_t kMaxPromptBytes = 8 * 1024;
constexpr size_t kMaxPointBytes = 500;
constexpr int kHints = 4;
constexpr int kMinPoints = 2, kMaxPoints = 12;
constexpr int kUsualMinAlternatives = 2;
constexpr double kMaxWeight = 10;
constexpr int kMaxTime_s = 3600;
constexpr int kMinRapidFire_s = 30, kMaxRapidFire_s = 60;

using Points = google::protobuf::RepeatedPtrField<v1::ReferencePoint>;
using Misconceptions = google::protobuf::RepeatedPtrField<v1::Misconception>;
using FollowUps = google::protobuf::RepeatedPtrField<v1::FollowUp>;

bool Blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isspace(c); });
}

void CheckText(std::string_view text, const std::string& path, size_t max_bytes, Report* report) {
  if (Blank(text)) report->Error(path, "is missing");
  if (text.size() > max_bytes)
    report->Error(path, fmt::format("has {} bytes; at most {} are shown", text.size(), max_bytes));
}

void CheckAlternatives(const Ids& alternatives, std::string_view text, const std::string& path,
                       Report* report) {
  std::set<std::string_view> seen = {text};
  for (int i = 0; i < alternatives.size(); ++i) {
    const std::string at = At(path + ".alternatives", i);
    CheckText(alternatives[i], at, kMaxPointBytes, report);
    if (!seen.insert(alternatives[i]).second) report->Error(at, "says the same as another wording");
  }
}

std::set<std::string> CheckPoints(const Points& points, const std::string& path, bool ordered,
                                  Report* report) {
  std::set<std::string> ids;
  std::set<int> orders;
  for (int i = 0; i < points.size(); ++i) {
    const v1::ReferencePoint& point = points[i];
    const std::string at = At(path, i);
    if (!IsBankId(point.id())) report->Error(at + ".id", "is no id: lower-case words with dashes");
    if (!ids.insert(point.id()).second)
      report->Error(at + ".id", fmt::format("{} is a point of this question already", point.id()));
    CheckText(point.text(), at + ".text", kMaxPointBytes, report);
    CheckAlternatives(point.alternatives(), point.text(), at, report);
    if (point.has_weight() && !(point.weight() > 0 && point.weight() <= kMaxWeight))
      report->Error(at + ".weight",
                    fmt::format("is {}; weights are above 0 and at most {}", point.weight(), kMaxWeight));
    if (ordered && point.order() < 1)
      report->Error(at + ".order", "is missing; the order of the checks of a debugging question is scored");
    if (point.has_order() && point.order() < 1) report->Error(at + ".order", "must be 1 or more");
    if (point.order() > 0) orders.insert(point.order());
    if (point.alternatives_size() < kUsualMinAlternatives)
      report->Warning(at, fmt::format("{} has {} other wordings; {} to 4 make the marking fair", point.id(),
                                      point.alternatives_size(), kUsualMinAlternatives));
  }
  if (!orders.empty() && *orders.rbegin() != static_cast<int>(orders.size()))
    report->Error(path, "the orders of the points are not 1, 2, 3 and so on");
  return ids;
}

void CheckMisconceptions(const Misconceptions& misconceptions, const std::string& path,
                         const std::set<std::string>& points, Report* report) {
  std::set<std::string> ids;
  for (int i = 0; i < misconceptions.size(); ++i) {
    const v1::Misconception& misconception = misconceptions[i];
    const std::string at = At(path, i);
    if (!IsBankId(misconception.id())) report->Error(at + ".id", "is no id: lower-case words with dashes");
    if (!ids.insert(misconception.id()).second)
      report->Error(at + ".id",
                    fmt::format("{} is a misconception of this question already", misconception.id()));
    CheckText(misconception.claim(), at + ".claim", kMaxPointBytes, report);
    CheckAlternatives(misconception.alternatives(), misconception.claim(), at, report);
    CheckText(misconception.correction(), at + ".correction", 2 * kMaxPointBytes, report);
    CheckReferences(misconception.voids(), at + ".voids", "point of this question", points, report);
    if (misconception.has_penalty() && !(misconception.penalty() >= 0 && misconception.penalty() <= 1))
      report->Error(at + ".penalty", fmt::format("is {}; it is a share, 0 to 1", misconception.penalty()));
  }
}

void CheckHints(const Ids& hints, const std::string& path, Report* report) {
  if (hints.size() != kHints)
    report->Error(path, fmt::format("has {} hints; there are exactly {}: a nudge, a direction, nearly the "
                                    "answer, the answer",
                                    hints.size(), kHints));
  for (int i = 0; i < hints.size(); ++i) {
    if (Blank(hints[i])) report->Error(At(path, i), "is empty");
  }
}

void CheckFollowUps(const FollowUps& follow_ups, const std::string& path, const std::string& own_id,
                    const Defined& defined, Report* report) {
  for (int i = 0; i < follow_ups.size(); ++i) {
    const v1::FollowUp& follow_up = follow_ups[i];
    const std::string at = At(path, i);
    if (follow_up.when() != "weak" && follow_up.when() != "strong" && follow_up.when() != "always")
      report->Error(at + ".when", fmt::format("is \"{}\"; weak, strong or always", follow_up.when()));
    if (Blank(follow_up.prompt()) == Blank(follow_up.question()))
      report->Error(at, "needs either a prompt or a question of the bank");
    if (!Blank(follow_up.question()) && !defined.questions.contains(follow_up.question()))
      report->Error(at + ".question", fmt::format("there is no question {}", follow_up.question()));
    if (follow_up.question() == own_id && !own_id.empty())
      report->Error(at + ".question", "is the question itself");
  }
}

void CheckTime(const v1::TheoryQuestion& question, const std::string& path, Report* report) {
  const int time_s = question.time_target_s();
  if (time_s < 1 || time_s > kMaxTime_s) {
    report->Error(path + ".time_target_s", fmt::format("is {}; seconds, 1 to {}", time_s, kMaxTime_s));
  } else if (question.kind() == v1::QUESTION_KIND_RAPID_FIRE &&
             (time_s < kMinRapidFire_s || time_s > kMaxRapidFire_s)) {
    report->Error(path + ".time_target_s", fmt::format("is {}; rapid fire has {} to {} seconds", time_s,
                                                       kMinRapidFire_s, kMaxRapidFire_s));
  }
}

void CheckGroups(const Ids& groups, const std::string& path, Report* report) {
  const std::vector<std::string>& known = KnownQuestionGroups();
  CheckReferences(groups, path, "group", {known.begin(), known.end()}, report);
}

void CheckMarked(const v1::TheoryQuestion& question, const std::string& path, Report* report) {
  for (int i = 0; i < question.marked_size(); ++i) {
    const std::string at = At(path + ".marked", i);
    if (Blank(question.marked(i).text())) report->Error(at + ".text", "is missing");
    const double mark = question.marked(i).mark();
    if (!question.marked(i).has_mark() || !(mark >= 0 && mark <= 1))
      report->Error(at + ".mark", fmt::format("is {}; marks are 0 to 1", mark));
  }
}

}  // namespace

bool IsBankId(std::string_view text) {
  if (text.empty() || text.size() > kMaxIdBytes || text.front() == '-' || text.back() == '-') return false;
  if (text.find("--") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

std::string At(std::string_view list, int index, std::string_view field) {
  return fmt::format("{}[{}]{}{}", list, index, field.empty() ? "" : ".", field);
}

void CheckReferences(const Ids& ids, const std::string& path, std::string_view what,
                     const std::set<std::string>& known, Report* report) {
  std::set<std::string_view> seen;
  for (int i = 0; i < ids.size(); ++i) {
    if (!known.contains(ids[i])) report->Error(At(path, i), fmt::format("there is no {} {}", what, ids[i]));
    if (!seen.insert(ids[i]).second) report->Error(At(path, i), fmt::format("{} is there twice", ids[i]));
  }
}

void CheckTheoryQuestion(const v1::TheoryQuestion& question, const std::string& path, const Defined& defined,
                         Report* report) {
  if (!IsBankId(question.id()))
    report->Error(path + ".id", "is no id: lower-case words with dashes, at most 60 characters");
  CheckText(question.title(), path + ".title", 200, report);
  CheckText(question.prompt(), path + ".prompt", kMaxPromptBytes, report);
  if (const auto same = defined.first_with_prompt.find(question.prompt());
      same != defined.first_with_prompt.end() && same->second != question.id())
    report->Error(path + ".prompt", fmt::format("is that of {}, too", same->second));
  if (question.topics().empty()) report->Error(path + ".topics", "is missing");
  CheckReferences(question.topics(), path + ".topics", "topic", defined.topics, report);
  if (question.level() == v1::LEVEL_UNSPECIFIED) report->Error(path + ".level", "is missing");
  if (question.kind() == v1::QUESTION_KIND_UNSPECIFIED) report->Error(path + ".kind", "is missing");
  CheckGroups(question.groups(), path + ".groups", report);
  CheckTime(question, path, report);
  if (question.points_size() < kMinPoints || question.points_size() > kMaxPoints)
    report->Error(path + ".points", fmt::format("has {} points; {} to {} are marked", question.points_size(),
                                                kMinPoints, kMaxPoints));
  const auto points = CheckPoints(question.points(), path + ".points",
                                  question.kind() == v1::QUESTION_KIND_DEBUGGING, report);
  CheckMisconceptions(question.misconceptions(), path + ".misconceptions", points, report);
  CheckHints(question.hints(), path + ".hints", report);
  CheckFollowUps(question.follow_ups(), path + ".follow_ups", question.id(), defined, report);
  CheckReferences(question.resources(), path + ".resources", "resource", defined.resources, report);
  CheckMarked(question, path, report);
  if (question.has_diagram() && !defined.diagrams.contains(question.diagram()))
    report->Error(path + ".diagram", fmt::format("there is no diagram {}", question.diagram()));
}

void CheckDesignQuestion(const v1::DesignQuestion& question, const Defined& defined, Report* report) {
  if (!IsBankId(question.id()))
    report->Error("id", "is no id: lower-case words with dashes, at most 60 characters");
  CheckReferences(question.topics(), "topics", "topic", defined.topics, report);
  CheckReferences(question.resources(), "resources", "resource", defined.resources, report);
  const auto points = CheckPoints(question.must_hold(), "must_hold", false, report);
  CheckMisconceptions(question.misconceptions(), "misconceptions", points, report);
  CheckFollowUps(question.follow_ups(), "follow_ups", question.id(), defined, report);
  if (!question.hints().empty()) CheckHints(question.hints(), "hints", report);
  if (question.hints().empty()) report->Warning("", "has no hints");
  if (question.topics().empty()) report->Warning("", "names no topics");
  if (question.level() == v1::LEVEL_UNSPECIFIED) report->Warning("", "names no level");
}

}  // namespace ringside::evaluator::bank_check
