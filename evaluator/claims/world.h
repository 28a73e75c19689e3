// The facts of a plan and of the plans that a sentence speaks of beside it, derived when they are asked for.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "evaluator/claims/facts.h"

namespace ringside::claims {

class World {
 public:
  explicit World(const Facts& facts) : facts_(facts) {}

  const Facts& facts() const { return facts_; }
  const PlanShape* shape() const { return facts_.shape().has_value() ? &*facts_.shape() : nullptr; }

  // Those of `changes` that differ from the plan.
  std::vector<Change> Different(const std::vector<Change>& changes) const;

  // The tables under the changes: the plan's own (with what was measured) where nothing changes, else one for
  // each shape that the changes can mean; empty: there is no such plan. Valid as long as this.
  std::vector<const std::vector<Fact>*> Tables(const std::vector<Change>& changes);

  // All that answers one of the queries under the changes, without duplicates. kShare of no axis: what all
  // axes communicate together.
  std::vector<Fact> Look(const std::vector<FactQuery>& queries, const std::vector<Change>& changes);

  // Every a / b of two facts of one kind. `queries_a` and `queries_b` in the order of preference.
  std::vector<Fact> Ratios(const std::vector<FactQuery>& queries_a, const std::vector<Change>& changes_a,
                           const std::vector<FactQuery>& queries_b, const std::vector<Change>& changes_b);

 private:
  const Facts& facts_;
  std::deque<std::pair<PlanShape, std::vector<Fact>>> derived_;
};

std::string Describe(const std::vector<Change>& changes);  // "tp=8, zero=3"

}  // namespace ringside::claims
