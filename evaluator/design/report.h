// Scorecards for people and for scripts. Text that candidates wrote is made harmless on the way (text.h).
#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// For a terminal: one line a card, best first; an area's column shows its score.
std::string RankingTable(const std::vector<v1::Scorecard>& cards);

// For a terminal: one card with each area's score, weight and reason and every piece of evidence, what
// changes to the plan would have given, each claim with its verdict, and what to do next.
std::string EvidenceListing(const v1::Scorecard& card);

// {"scorecards": [...]}, best first, with "place" (absent where not graded), "question", "candidate",
// "total", "areas" [{"area", "score", "weight", "reason", "evidence" [{"quantity", "value", "unit", "origin",
// "where"}]}], "basis", "basis_reason", "plan", "best_plan" (as in a scenario file), "best_tokens_per_s",
// "objective" {"value", "best", "unit", "beats_best"}, "band" {"grade", "kind", "low", "high", "coverage",
// "between_plans", "reason"}, "counterfactuals" [{"change", "factor", "reason", "is_best"}], "claims"
// [{"begin", "end", "text", "verdict", "reason"}], "coverage" [{"point", "earned", "reason", "spans"}],
// "strengths", "improvements", "follow_ups", "resources", "notes", "error" (only where not graded).
nlohmann::json ToJson(const std::vector<v1::Scorecard>& cards);

// A <section> to be put into any page that has ScorecardStyle() in it once. `place` 0: not shown.
std::string ScorecardHtml(const v1::Scorecard& card, int place = 0);
std::string ScorecardStyle();  // <style>...</style>, of classes that begin with "rs-"

// A whole page that needs nothing but itself: the question, the ranking and every card, best first.
// `question` is resolved.
std::string DesignReportHtml(const v1::DesignQuestion& question, const std::vector<v1::Scorecard>& cards);

// The rationale with its claims marked by their verdict; what no claim covers is plain.
std::string MarkedRationaleHtml(const v1::Scorecard& card);

}  // namespace ringside::evaluator
