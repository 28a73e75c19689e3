// What claims are compared with: a table of figures of one plan, each with its origin, its place and how far
// it may be off. Filled in from closed forms of the plan (derive.h) and from a measurement or a simulation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/claims/plan_shape.h"
#include "evaluator/claims/quantity.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::claims {

struct Fact {
  Quantity quantity = Quantity::kNone;
  Axis axis = Axis::kNone;
  OpName op = OpName::kNone;
  Scope scope = Scope::kNone;
  Unit unit = Unit::kCount;
  double value = 0;
  // Ranks differ, and a word can mean more than one figure: whatever lies between is the value. low <= value
  // <= high; both 0: the value alone.
  double low = 0, high = 0;
  double error = 0;    // relative, of the figure itself: 0 exact, else its band
  bool minor = false;  // meant only where scope or op are said
  v1::Origin origin = v1::ORIGIN_EXACT;
  std::string_view formula;  // of a closed form
  std::string where;         // else: a place in a trace, a source

  double lowest() const { return low == 0 && high == 0 ? value : low; }
  double highest() const { return low == 0 && high == 0 ? value : high; }
};

// What the cluster's machines are, in SI units; 0: not known.
struct Hardware {
  double intra_rate = 0, inter_rate = 0;  // bytes/s, one direction, per device
  double peak_flops = 0;                  // of a device, in the plan's precision
  double memory_rate = 0;                 // bytes/s
  double memory_bytes = 0;                // that a rank may allocate
  double nominal_memory_bytes = 0;        // as the vendor names it
  double price_per_hour = 0;              // USD, of a device
  std::string where;                      // "catalogue: H100-SXM5-80GB (...)"
};

// What is asked of a table. kNone: whichever.
struct FactQuery {
  Quantity quantity = Quantity::kNone;
  Axis axis = Axis::kNone;
  OpName op = OpName::kNone;
  Scope scope = Scope::kNone;
};

// Threads: const use from any.
class Facts {
 public:
  // Closed forms only. nullopt: a model that has none; only what is added is known.
  Facts(std::optional<PlanShape> shape, Hardware hardware);

  // Also adds what follows: of kTokenRate (scope kTotal) the time of a step, the rate of a rank, MFU and
  // cost; of kShare of the bubble nothing.
  void Add(Fact fact);

  const std::optional<PlanShape>& shape() const { return shape_; }
  const Hardware& hardware() const { return hardware_; }
  const std::vector<Fact>& all() const { return facts_; }

 private:
  std::optional<PlanShape> shape_;
  Hardware hardware_;
  std::vector<Fact> facts_;
};

// Fills in what only running, simulating or compiling a plan can say. Whoever has a trace implements it.
class FactSource {
 public:
  virtual ~FactSource() = default;
  virtual void AddFacts(Facts* facts) const = 0;
};

// Those that answer the question: with the op that is asked for or, if there are none, with any; of a scope
// that is not said, all that are not minor. Pointers into `facts`.
std::vector<const Fact*> Find(const std::vector<Fact>& facts, const FactQuery& query);

}  // namespace ringside::claims
