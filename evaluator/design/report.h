// Scorecards for people and for scripts. Text that candidates wrote is made harmless on the way (text.h).
#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// For a terminal: one line a card, best first; an area's column shows its score.
std::string RankingTable(const std::vector<v1::Scorecard>& cards);

// For a terminal: one card with each area's score, weight and reason, and every piece of evidence.
std::string EvidenceListing(const v1::Scorecard& card);

// {"scorecards": [...]}, best first, with "place" (absent where not graded), "question", "candidate",
// "total", "areas" [{"area", "score", "weight", "reason", "evidence" [{"quantity", "value", "unit", "origin",
// "where"}]}], "basis", "basis_reason", "best_plan" (as in a scenario file), "best_tokens_per_s", "notes",
// "error" (only where not graded).
nlohmann::json ToJson(const std::vector<v1::Scorecard>& cards);

// A <section> with its own inline styles, to be put into any page. `place` 0: not shown.
std::string ScorecardHtml(const v1::Scorecard& card, int place = 0);

}  // namespace ringside::evaluator
