#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/debugging/evidence_text.h"
#include "evaluator/debugging/round.h"

namespace ringside::evaluator {
namespace {

constexpr double kEarned = 0.5;

bool IsCause(const RoundData& round, const std::string& point) {
  for (const v1::ReferencePoint& cause : round.spec.cause()) {
    if (cause.id() == point) return true;
  }
  return false;
}

std::string_view TextOf(const RoundData& round, const std::string& point) {
  for (const v1::ReferencePoint& reference : round.question.points()) {
    if (reference.id() == point) return reference.text();
  }
  return point;
}

}  // namespace

std::string VerdictText(const RoundData& round, const v1::DebuggingRoundState& state) {
  std::string text = fmt::format("{}: {:.0f} of 100\n", round.entry.title(), state.score() * 100);
  text += fmt::format("  order of the checks  {:.0f} of 100 ({} % of the score)\n", state.order_score() * 100,
                      static_cast<int>(kOrderShare * 100));
  for (const std::string& note : state.notes()) text += fmt::format("    - {}\n", note);
  text += fmt::format("  cause and fix        {:.0f} of 100\n", Found(round, state) * 100);
  for (const v1::PointGrade& point : state.grade().points()) {
    text += fmt::format("    {} {}: {}\n", point.earned() >= kEarned ? "+" : "-",
                        IsCause(round, point.point()) ? "cause" : "fix", TextOf(round, point.point()));
  }
  for (const v1::MisconceptionHit& hit : state.grade().misconceptions()) {
    text += fmt::format("    ! {}\n", hit.correction());
  }
  text += fmt::format("  cause  {}\n  fix    {}\n", round.entry.cause(), round.entry.fix());
  text += "  the checks, in order\n";
  for (int i = 0; i < round.entry.checks_size(); ++i) {
    text += fmt::format("    {}. {}\n", i + 1, round.entry.checks(i));
  }
  text += fmt::format("  the mended run ({}, {})\n{}", round.entry.simulated() ? "simulated" : "measured",
                      round.recorded.measured_on(), MendedText(round));
  return text;
}

std::string VerdictJson(const RoundData& round, const v1::DebuggingRoundState& state) {
  nlohmann::json json = {
      {"round", round.entry.name()},
      {"title", round.entry.title()},
      {"score", state.score()},
      {"order", state.order_score()},
      {"evidence", state.evidence_score()},
      {"diagnosis", state.diagnosis()},
      {"found", Found(round, state)},
      {"recorded", {{"measured_on", round.recorded.measured_on()}, {"command", round.recorded.command()}}},
      {"requests", nlohmann::json::array()},
      {"notes", std::vector<std::string>(state.notes().begin(), state.notes().end())},
      {"points", nlohmann::json::array()}};
  for (const v1::EvidenceRequest& request : state.requests()) json["requests"].push_back(request.id());
  for (const v1::PointGrade& point : state.grade().points()) {
    json["points"].push_back(
        {{"point", point.point()}, {"earned", point.earned()}, {"weight", point.weight()}});
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);  // a diagnosis may be any bytes
}

}  // namespace ringside::evaluator
