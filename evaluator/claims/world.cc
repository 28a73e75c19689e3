#include "evaluator/claims/world.h"

#include <algorithm>
#include <cmath>

#include "evaluator/claims/derive.h"
#include "fmt/format.h"

namespace ringside::claims {
namespace {

constexpr size_t kMaxDerived = 64;  // plans a text speaks of; beyond, no more are derived

bool Same(const Fact& a, const Fact& b) {
  return a.quantity == b.quantity && a.axis == b.axis && a.op == b.op && a.scope == b.scope &&
         a.value == b.value && a.origin == b.origin;
}

// Buffers with buffers, what is sent with what is sent; one collective with the same one, all with all.
bool Comparable(const Fact& a, const Fact& b) {
  const auto all = [](const Fact& f) { return f.op == OpName::kNone || f.op == OpName::kAllReduce; };
  const auto buffer = [](const Fact& f) { return f.formula.find("buffer") != std::string_view::npos; };
  return buffer(a) == buffer(b) && (a.axis != b.axis || a.op == b.op || (all(a) && all(b)));
}

// Of all axes together.
void AddAllCommunication(const std::vector<Fact>& table, std::vector<Fact>* found) {
  Fact sum;
  for (const Fact& fact : table) {
    const bool communication = fact.axis == Axis::kDp || fact.axis == Axis::kTp || fact.axis == Axis::kPp ||
                               fact.axis == Axis::kCp || fact.axis == Axis::kEp;
    if (fact.quantity != Quantity::kShare || !communication) continue;
    const double value = sum.value + fact.value;
    sum = fact;
    sum.value = value, sum.axis = Axis::kNone, sum.low = sum.high = 0;
  }
  if (sum.quantity != Quantity::kNone) found->push_back(sum);
}

}  // namespace

std::vector<Change> World::Different(const std::vector<Change>& changes) const {
  std::vector<Change> different;
  if (shape() == nullptr) return different;
  for (const Change& change : changes) {
    const std::optional<double> value = ValueOf(*shape(), change.variable);
    bool same = value.has_value() && *value == change.value;
    // Plain schedules are one where there is no pipeline; a chunk is no interleaving.
    if (change.variable == Variable::kSchedule && shape()->pp == 1) same = true;
    if (!same && value.has_value()) different.push_back(change);
  }
  return different;
}

std::vector<const std::vector<Fact>*> World::Tables(const std::vector<Change>& changes) {
  if (shape() == nullptr || Different(changes).empty()) return {&facts_.all()};
  std::vector<const std::vector<Fact>*> tables;
  for (const PlanShape& changed : Under(*shape(), changes)) {
    const std::vector<Fact>* table = nullptr;
    for (const auto& [known, facts] : derived_) {
      if (known == changed) table = &facts;
    }
    if (table == nullptr && derived_.size() < kMaxDerived) {
      derived_.emplace_back(changed, DeriveFacts(changed, facts_.hardware()));
      table = &derived_.back().second;
    }
    if (table != nullptr) tables.push_back(table);
  }
  return tables;
}

std::vector<Fact> World::Look(const std::vector<FactQuery>& queries, const std::vector<Change>& changes) {
  std::vector<Fact> found;
  for (const std::vector<Fact>* table : Tables(changes)) {
    for (const FactQuery& query : queries) {
      if (query.quantity == Quantity::kShare && query.axis == Axis::kNone) {
        AddAllCommunication(*table, &found);
        continue;
      }
      for (const Fact* fact : Find(*table, query)) {
        if (std::none_of(found.begin(), found.end(), [&](const Fact& f) { return Same(f, *fact); }))
          found.push_back(*fact);
      }
    }
  }
  return found;
}

std::vector<Fact> World::Ratios(const std::vector<FactQuery>& queries_a, const std::vector<Change>& changes_a,
                                const std::vector<FactQuery>& queries_b,
                                const std::vector<Change>& changes_b) {
  std::vector<Fact> ratios;
  const std::vector<Fact> as = Look(queries_a, changes_a), bs = Look(queries_b, changes_b);
  for (const Fact& a : as) {
    for (const Fact& b : bs) {
      if (a.unit != b.unit || b.value == 0 ||
          (a.scope != b.scope && a.scope != Scope::kNone && b.scope != Scope::kNone)) {
        continue;
      }
      if (a.quantity == Quantity::kCommBytes && b.quantity == Quantity::kCommBytes && !Comparable(a, b))
        continue;
      Fact ratio;
      ratio.quantity = a.quantity, ratio.axis = a.axis, ratio.op = a.op, ratio.scope = a.scope;
      ratio.unit = Unit::kRatio;
      ratio.value = a.value / b.value;
      if (a.quantity != b.quantity || a.axis != b.axis) {
        ratio.low = a.lowest() / std::max(b.highest(), 1e-300),
        ratio.high = a.highest() / std::max(b.lowest(), 1e-300);
        if (!(ratio.low <= ratio.value && ratio.value <= ratio.high)) ratio.low = ratio.high = 0;
      }
      ratio.error = a.error + b.error;
      ratio.origin = a.origin == v1::ORIGIN_EXACT ? b.origin : a.origin;
      ratio.where = fmt::format("{:.4g} / {:.4g} {}", a.value, b.value, Name(a.unit));
      if (std::isfinite(ratio.value)) ratios.push_back(ratio);
      if (ratios.size() > 64) return ratios;
    }
  }
  return ratios;
}

std::string Describe(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes) text += (text.empty() ? "" : ", ") + Describe(change);
  return text;
}

}  // namespace ringside::claims
