#include "evaluator/debugging/check_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "evaluator/debugging/evidence.h"

namespace ringside::evaluator {
namespace {

int CostOf(std::string_view id) {
  const EvidenceKind* kind = FindEvidence(id);
  return kind == nullptr ? static_cast<int>(CheckCost::kMeasure) : static_cast<int>(kind->cost);
}

std::string_view TitleOf(std::string_view id) {
  const EvidenceKind* kind = FindEvidence(id);
  return kind == nullptr ? id : kind->title;
}

int PlaceIn(const std::vector<std::string>& ids, const std::string& id) {
  const auto found = std::find(ids.begin(), ids.end(), id);
  return found == ids.end() ? -1 : static_cast<int>(found - ids.begin());
}

struct Pairs {
  int right = 0, all = 0;
  std::optional<double> share() const {
    if (all == 0) return std::nullopt;
    return right / static_cast<double>(all);
  }
};

// Pairs whose costs differ; `first_wrong` is said of the first costly check that came too early.
Pairs PairsByCost(const std::vector<std::string>& asked, std::string* first_wrong) {
  Pairs pairs;
  for (size_t a = 0; a < asked.size(); ++a) {
    for (size_t b = a + 1; b < asked.size(); ++b) {
      if (CostOf(asked[a]) == CostOf(asked[b])) continue;
      ++pairs.all;
      if (CostOf(asked[a]) < CostOf(asked[b])) {
        ++pairs.right;
      } else if (first_wrong->empty()) {
        *first_wrong =
            fmt::format("Asked for {} before {}, which costs less.", TitleOf(asked[a]), TitleOf(asked[b]));
      }
    }
  }
  return pairs;
}

Pairs PairsOfPath(const std::vector<std::string>& asked, const std::vector<std::string>& path) {
  Pairs pairs;
  for (size_t a = 0; a < path.size(); ++a) {
    for (size_t b = a + 1; b < path.size(); ++b) {
      const int first = PlaceIn(asked, path[a]), second = PlaceIn(asked, path[b]);
      if (first < 0 || second < 0) continue;
      ++pairs.all;
      pairs.right += first < second ? 1 : 0;
    }
  }
  return pairs;
}

}  // namespace

CheckOrder JudgeCheckOrder(const std::vector<std::string>& asked, const std::vector<std::string>& path) {
  CheckOrder result;
  if (asked.empty()) {
    result.notes.push_back("Named a cause without looking at anything.");
    return result;
  }
  const int first_cost = CostOf(asked.front());
  result.begin = first_cost == 1 ? 1.0 : first_cost == 2 ? 0.5 : 0.0;
  result.notes.push_back(
      first_cost == 1 ? fmt::format("Began with a simple check: {}.", TitleOf(asked.front()))
                      : fmt::format("Began with {}, before the simple checks.", TitleOf(asked.front())));
  std::string wrong;
  const auto by_cost = PairsByCost(asked, &wrong).share(), by_path = PairsOfPath(asked, path).share();
  if (by_cost && by_path) {
    result.order = (*by_cost + *by_path) / 2;
  } else {
    result.order = by_cost ? *by_cost : by_path ? *by_path : result.begin;
  }
  if (!wrong.empty()) result.notes.push_back(wrong);
  int seen = 0;
  std::string missed;
  for (const std::string& id : path) {
    const bool looked = PlaceIn(asked, id) >= 0;
    seen += looked ? 1 : 0;
    if (!looked) missed += fmt::format("{}{}", missed.empty() ? "" : ", ", TitleOf(id));
  }
  result.coverage = path.empty() ? 1 : seen / static_cast<double>(path.size());
  if (!missed.empty()) result.notes.push_back(fmt::format("Did not look at: {}.", missed));
  const double surplus = static_cast<double>(asked.size()) - static_cast<double>(path.size()) - 4;
  const double penalty = std::clamp(0.02 * surplus, 0.0, 0.1);
  if (penalty > 0) result.notes.push_back("Asked for much that the case did not need.");
  result.score =
      std::clamp(0.25 * result.begin + 0.4 * result.order + 0.35 * result.coverage - penalty, 0.0, 1.0);
  return result;
}

}  // namespace ringside::evaluator
