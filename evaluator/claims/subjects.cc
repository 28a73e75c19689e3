#include "evaluator/claims/subjects.h"

#include <algorithm>
#include <initializer_list>

namespace ringside::claims {
namespace {

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}
bool Has(const std::vector<Scope>& scopes, Scope scope) {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}
// The first of `wanted` that holds.
Scope First(const std::vector<Scope>& scopes, std::initializer_list<Scope> wanted) {
  for (const Scope scope : wanted) {
    if (Has(scopes, scope)) return scope;
  }
  return Scope::kNone;
}

bool IsState(Topic topic) {
  return topic == Topic::kWeights || topic == Topic::kParameters || topic == Topic::kGradients ||
         topic == Topic::kOptimizer || topic == Topic::kMoments;
}

// "sends", "carries", "moves": what follows is traffic, not memory.
bool MovesNear(const SentenceReading& r, uint32_t at) {
  for (uint32_t i = 0; i < r.lexemes.size(); ++i) {
    if (r.part[i] != r.part[std::min<size_t>(at, r.lexemes.size() - 1)]) continue;
    const std::string_view stem = r.lexemes[i].stem;
    if (AnyOf(stem, {"send", "sent", "carri", "move", "transfer", "exchang", "transmit", "communic",
                     "traffic", "wire", "synchron", "broadcast", "hand", "ship", "push"})) {
      return true;
    }
  }
  return false;
}

// A collective in the same part of the sentence.
const Mention* OpNear(const SentenceReading& r, uint32_t at) {
  const Mention* near = nullptr;
  for (const Mention& m : r.mentions) {
    if (m.topic != Topic::kOp && m.topic != Topic::kComm) continue;
    if (r.part[m.first] != r.part[std::min<size_t>(at, r.lexemes.size() - 1)]) continue;
    if (near == nullptr || near->topic == Topic::kComm) near = &m;
  }
  return near;
}

// The axis of a collective that does not say it.
Axis AxisOf(const SentenceReading& r, const Mention& op) {
  if (op.axis != Axis::kNone) return op.axis;
  Axis axis = Axis::kNone;
  uint32_t nearest = 1000;
  for (const Mention& m : r.mentions) {
    Axis candidate = Axis::kNone;
    if (m.topic == Topic::kAxis) candidate = m.axis;
    if (m.topic == Topic::kGradients) candidate = Axis::kDp;
    if (m.topic == Topic::kWeights && op.topic == Topic::kOp) candidate = Axis::kDp;
    if (m.topic == Topic::kActivations && op.topic == Topic::kOp) candidate = Axis::kTp;
    if (candidate == Axis::kNone) continue;
    const uint32_t distance = m.first > op.first ? m.first - op.first : op.first - m.first;
    if (distance < nearest) nearest = distance, axis = candidate;
  }
  for (const PlacedSetting& placed : r.settings) {
    if (axis == Axis::kNone && placed.setting.change.variable == Variable::kZero) axis = Axis::kDp;
    if (axis == Axis::kNone && placed.setting.change.variable == Variable::kTp) axis = Axis::kTp;
    if (axis == Axis::kNone && placed.setting.change.variable == Variable::kChunks) axis = Axis::kPp;
  }
  return axis;
}

// "each" that a noun follows ("each step") is of that.
bool ScopeOfEach(const SentenceReading& r, uint32_t at) {
  return std::any_of(r.scopes.begin(), r.scopes.end(), [&](const ScopeMark& s) { return s.first == at; });
}

Scope CommScope(const SentenceReading& r, const Mention& m, const std::vector<Scope>& scopes, uint32_t at) {
  // "of 40 MiB each"
  for (const Figure& figure : r.figures) {
    if (figure.first == at && figure.units[0].unit == Unit::kBytes &&
        AnyOf(r.Word(figure.last), {"each", "apiece"}) && !ScopeOfEach(r, figure.last)) {
      return Scope::kCall;
    }
  }
  // "all-reduces of 48 MiB"
  if (m.topic == Topic::kOp && m.last + 1 == at && r.Word(m.last) == "of") return Scope::kCall;
  for (uint32_t i = m.first >= 3 ? m.first - 3 : 0; i < m.first; ++i) {
    if (m.topic == Topic::kOp && AnyOf(r.Word(i), {"each", "every", "one", "single"})) return Scope::kCall;
  }
  const bool both = Has(scopes, Scope::kForward) && Has(scopes, Scope::kBackward);
  if (!both) {
    const Scope pass = First(scopes, {Scope::kForward, Scope::kBackward});
    if (pass != Scope::kNone) return pass;
  }
  return First(scopes, {Scope::kLayer, Scope::kMicroBatch, Scope::kStep});
}

std::vector<FactQuery> Memory(Quantity quantity, const std::vector<Scope>& scopes) {
  return {{quantity, Axis::kNone, OpName::kNone,
           First(scopes, {Scope::kParameter, Scope::kRank, Scope::kTotal})}};
}

std::vector<FactQuery> Traffic(const SentenceReading& r, const Mention& m, Axis axis,
                               const std::vector<Scope>& scopes, uint32_t at, Quantity quantity) {
  const Scope scope = CommScope(r, m, scopes, at);
  OpName op = m.op;
  for (const Mention& other : r.mentions) {  // "reduce-scatter plus all-gather": both together
    if (other.topic == Topic::kOp && other.op != m.op && r.part[other.first] == r.part[m.first])
      op = OpName::kNone;
  }
  std::vector<FactQuery> queries = {{quantity, axis, op, scope}};
  if (quantity == Quantity::kCommBytes && scope == Scope::kMicroBatch && axis == Axis::kNone) {
    queries.push_back({quantity, axis, m.op, Scope::kCall});
  }
  return queries;
}

std::vector<FactQuery> Bytes(const SentenceReading& r, const Mention& m, const std::vector<Scope>& scopes,
                             uint32_t at) {
  const Mention* op = OpNear(r, at);
  const bool moves = op != nullptr || MovesNear(r, at);
  switch (m.topic) {
    case Topic::kWeights:
    case Topic::kParameters:
    case Topic::kGradients:
    case Topic::kActivations: {
      if (m.topic == Topic::kParameters && Has(scopes, Scope::kParameter)) {
        return {{Quantity::kModelStates, Axis::kNone, OpName::kNone, Scope::kParameter},
                {Quantity::kWeights, Axis::kNone, OpName::kNone, Scope::kParameter}};
      }
      if (moves && !Has(scopes, Scope::kParameter)) {
        const Mention& what = op != nullptr ? *op : m;
        Axis axis = op != nullptr ? AxisOf(r, *op) : Axis::kNone;
        for (const Mention& other : r.mentions) {
          if (op == nullptr && other.topic == Topic::kAxis && r.part[other.first] == r.part[m.first])
            axis = other.axis;
        }
        if (axis == Axis::kNone && m.topic != Topic::kActivations) axis = Axis::kDp;
        std::vector<FactQuery> queries = Traffic(r, what, axis, scopes, at, Quantity::kCommBytes);
        const Quantity buffer = m.topic == Topic::kGradients ? Quantity::kGradients : Quantity::kWeights;
        // "its 13.75 MB of gradients": the buffer itself.
        if (m.topic != Topic::kActivations)
          queries.push_back(
              {buffer, Axis::kNone, OpName::kNone, First(scopes, {Scope::kRank, Scope::kTotal})});
        return queries;
      }
      if (m.topic == Topic::kGradients) return Memory(Quantity::kGradients, scopes);
      if (m.topic == Topic::kActivations) return Memory(Quantity::kActivations, scopes);
      return Memory(Quantity::kWeights, scopes);
    }
    case Topic::kOptimizer: {
      std::vector<FactQuery> queries = Memory(Quantity::kOptimizer, scopes);
      // "with bf16 weights and Adam in fp32 that is 16 bytes per parameter": of all of it.
      const bool parts = std::any_of(r.mentions.begin(), r.mentions.end(), [&](const Mention& o) {
        return (o.topic == Topic::kWeights || o.topic == Topic::kGradients) &&
               r.part[o.first] == r.part[m.first];
      });
      if (parts && Has(scopes, Scope::kParameter)) {
        queries.push_back({Quantity::kModelStates, Axis::kNone, OpName::kNone, Scope::kParameter});
      }
      return queries;
    }
    case Topic::kMaster:
      return Memory(Quantity::kMaster, scopes);
    case Topic::kMoments:
      return Memory(Quantity::kMoments, scopes);
    case Topic::kModelStates:
      return Memory(Quantity::kModelStates, scopes);
    case Topic::kMemory:
      return Memory(Quantity::kPeakMemory, scopes);
    case Topic::kLimit:
      return Memory(Quantity::kMemoryLimit, scopes);
    case Topic::kCheckpoint:
      return {{Quantity::kCheckpoint}};
    case Topic::kOp:
    case Topic::kComm:
      return Traffic(r, m, AxisOf(r, m), scopes, at, Quantity::kCommBytes);
    case Topic::kAxis:
      if (moves) return Traffic(r, m, m.axis, scopes, at, Quantity::kCommBytes);
      return {};
    default:
      return {};
  }
}

// "sequences of 2048 tokens", "4096 tokens per sequence"
bool OfSequence(const SentenceReading& r, const Mention& tokens) {
  if (AnyOf(r.Word(tokens.last), {"per", "a", "each"}) && r.Word(tokens.last + 1).starts_with("sequence"))
    return true;
  for (const Mention& m : r.mentions) {
    if (m.topic == Topic::kSequence && m.last < tokens.first && m.last + 3 >= tokens.first &&
        r.Word(m.last) == "of") {
      return true;
    }
  }
  return false;
}

std::vector<FactQuery> Counts(const SentenceReading& r, const Mention& m, double value,
                              const std::vector<Scope>& scopes, uint32_t at) {
  const bool flight = std::any_of(r.mentions.begin(), r.mentions.end(), [&](const Mention& o) {
    return o.topic == Topic::kInFlight && o.first >= m.last && o.first <= m.last + 4;
  });
  if (Has(scopes, Scope::kParameter)) return {};  // "20 tokens per parameter"
  switch (m.topic) {
    case Topic::kParameters:
    case Topic::kWeights:
      if (value < 1e5) return {};
      for (const Mention& other : r.mentions) {
        if (other.topic == Topic::kEmbedding && r.part[other.first] == r.part[at])
          return {{Quantity::kEmbeddingParameters}};
      }
      return {{Quantity::kParameters, Axis::kNone, OpName::kNone,
               First(scopes, {Scope::kRank, Scope::kLayer, Scope::kTotal})}};
    case Topic::kEmbedding:
      if (value < 1e5) return {};
      return {{Quantity::kEmbeddingParameters}};
    case Topic::kLayer:
      return {{Quantity::kLayers, Axis::kNone, OpName::kNone,
               Has(scopes, Scope::kStage) || Has(scopes, Scope::kRank) ? Scope::kStage : Scope::kNone}};
    case Topic::kStage:
      return {{Quantity::kWays, Axis::kPp}};
    case Topic::kMicroBatch:
      if (flight) return {{Quantity::kInFlight}};
      return {{Quantity::kMicroBatches}};
    case Topic::kInFlight:
      return {{Quantity::kInFlight}};
    case Topic::kMicroBatchSize:
      return {{Quantity::kMicroBatchSize}};
    case Topic::kSequence:
      if (Has(scopes, Scope::kMicroBatch)) return {{Quantity::kMicroBatchSize}};
      return {{Quantity::kGlobalBatch}, {Quantity::kMicroBatchSize}};
    case Topic::kBatch:
      return {{Quantity::kGlobalBatch}, {Quantity::kTokensPerStep}};
    case Topic::kRank:
      if (Has(scopes, Scope::kNode)) return {{Quantity::kDevicesPerNode}};
      return {{Quantity::kRanks, Axis::kNone, OpName::kNone, Scope::kTotal},
              {Quantity::kRanks, Axis::kNone, OpName::kNone, Scope::kNode}};
    case Topic::kNode:
      return {{Quantity::kNodes}};
    case Topic::kToken:
      if (OfSequence(r, m)) return {{Quantity::kSeqLen}};
      if (Has(scopes, Scope::kMicroBatch)) return {{Quantity::kTokensPerMicroBatch}};
      for (const Mention& o : r.mentions) {
        const bool step = o.topic == Topic::kStep || o.topic == Topic::kBatch;
        if (step && r.part[o.first] == r.part[m.first]) return {{Quantity::kTokensPerStep}};
      }
      return {{Quantity::kTokensPerStep}, {Quantity::kTokensPerMicroBatch}, {Quantity::kSeqLen}};
    case Topic::kSeqLen:
      return {{Quantity::kSeqLen}};
    case Topic::kHidden:
      return {{Quantity::kHidden}};
    case Topic::kHead:
      return {{Quantity::kHeads, Axis::kNone, OpName::kNone, First(scopes, {Scope::kRank})}};
    case Topic::kVocab:
      return {{Quantity::kVocab}};
    case Topic::kExpert:
      return {{Quantity::kExperts}};
    case Topic::kChunk:
      return {{Quantity::kChunks}};
    case Topic::kAxis:
      return {};
    case Topic::kOp:
      return Traffic(r, m, AxisOf(r, m), scopes, at, Quantity::kCommCount);
    default:
      return {};
  }
}

std::vector<FactQuery> Shares(const SentenceReading& r, const Mention& m, const std::vector<Scope>& scopes) {
  switch (m.topic) {
    case Topic::kBubble:
      if (Has(scopes, Scope::kIdeal)) return {{Quantity::kBubble, Axis::kNone, OpName::kNone, Scope::kIdeal}};
      return {{Quantity::kBubble}, {Quantity::kShare, Axis::kBubble}};
    case Topic::kCompute:
      return {{Quantity::kShare, Axis::kCompute}};
    case Topic::kComm:
    case Topic::kOp:
      return {{Quantity::kShare, AxisOf(r, m)}};
    case Topic::kAxis:
      return {{Quantity::kShare, m.axis}};
    case Topic::kGradients:  // "lost to reducing gradients"
      for (uint32_t i = m.first >= 4 ? m.first - 4 : 0; i < m.first; ++i) {
        if (AnyOf(r.lexemes[i].stem, {"reduc", "synchron", "sync", "exchang", "communic", "averag", "sum"})) {
          return {{Quantity::kShare, Axis::kDp}};
        }
      }
      return {};
    case Topic::kMfu:
      return {{Quantity::kMfu}};
    default:
      return {};
  }
}

std::vector<FactQuery> Flops(const SentenceReading& r, const Mention& m, const std::vector<Scope>& scopes) {
  Scope pass = First(scopes, {Scope::kForward, Scope::kBackward});
  if (Has(scopes, Scope::kForward) && Has(scopes, Scope::kBackward)) pass = Scope::kNone;
  if (m.topic == Topic::kPeakFlops) return {{Quantity::kPeakFlops}};
  if (Has(scopes, Scope::kParameter) || m.topic == Topic::kParameters) {
    return {{Quantity::kFlopsPerParameter, Axis::kNone, OpName::kNone,
             pass == Scope::kNone ? Scope::kToken : pass}};
  }
  if (Has(scopes, Scope::kToken) || m.topic == Topic::kToken) {
    return {{Quantity::kFlopsPerToken, Axis::kNone, OpName::kNone, pass}};
  }
  if (Has(scopes, Scope::kStep) || m.topic == Topic::kStep) return {{Quantity::kFlopsPerStep}};
  (void)r;
  return {};
}

}  // namespace

bool ListsAllStates(const SentenceReading& r, uint32_t around) {
  bool weights = false, gradients = false, optimizer = false;
  for (const Figure& figure : r.figures) {  // "1.1 TB with gradients and Adam states": on top of the weights
    if (figure.first == around)
      weights = AnyOf(r.Word(figure.last), {"with", "including", "plus", "counting"});
  }
  for (const Mention& m : r.mentions) {
    if (r.part[m.first] != r.part[std::min<size_t>(around, r.lexemes.size() - 1)]) continue;
    // A figure between them splits the list.
    const uint32_t low = std::min(m.first, around), high = std::max(m.first, around);
    bool split = false;
    for (const Figure& figure : r.figures) {
      split |= figure.first > low && figure.last < high && !figure.used;
      // "10 GB of optimizer states plus ...": that figure's own.
      const bool of = AnyOf(r.Word(figure.last), {"of", "for"}) && figure.first != around;
      split |= of && m.first >= figure.last && m.first <= figure.last + 3;
    }
    if (split) continue;
    weights |= m.topic == Topic::kWeights || m.topic == Topic::kParameters;
    gradients |= m.topic == Topic::kGradients;
    optimizer |= m.topic == Topic::kOptimizer || m.topic == Topic::kMoments;
  }
  return weights && gradients && optimizer;
}

namespace {
bool ManyStates(const SentenceReading& r) {
  int kinds = 0;
  for (const Topic topic :
       {Topic::kWeights, Topic::kGradients, Topic::kOptimizer, Topic::kMaster, Topic::kMoments}) {
    kinds +=
        std::any_of(r.mentions.begin(), r.mentions.end(), [&](const Mention& m) { return m.topic == topic; });
  }
  return kinds >= 2;
}
}  // namespace

std::vector<FactQuery> QueriesOf(const SentenceReading& r, const Mention& m, Unit unit, double value,
                                 const std::vector<Scope>& scopes, uint32_t at) {
  switch (unit) {
    case Unit::kBytes:
      if (Has(scopes, Scope::kParameter) && ManyStates(r)) {
        // "4 bytes each for weights, gradients and two moments: 16 bytes a parameter"
        std::vector<FactQuery> queries = Bytes(r, m, scopes, at);
        if (queries.empty()) return queries;
        for (const Quantity quantity : {Quantity::kWeights, Quantity::kOptimizer, Quantity::kMaster,
                                        Quantity::kMoments, Quantity::kModelStates}) {
          queries.push_back({quantity, Axis::kNone, OpName::kNone, Scope::kParameter});
        }
        return queries;
      }
      if (IsState(m.topic) && !Has(scopes, Scope::kParameter) && ListsAllStates(r, at))
        return Memory(Quantity::kModelStates, scopes);
      return Bytes(r, m, scopes, at);
    case Unit::kCount:
      return Counts(r, m, value, scopes, at);
    case Unit::kRatio:
      return Shares(r, m, scopes);
    case Unit::kSeconds:
      if (m.topic == Topic::kStep) return {{Quantity::kStepTime}};
      return {};
    case Unit::kTokensPerSecond:
      return {
          {Quantity::kTokenRate, Axis::kNone, OpName::kNone, First(scopes, {Scope::kRank, Scope::kTotal})}};
    case Unit::kFlops:
      return Flops(r, m, scopes);
    case Unit::kFlopsPerSecond:
      if (m.topic == Topic::kPeakFlops || m.topic == Topic::kRank)
        return {{Quantity::kPeakFlops}, {Quantity::kAchievedFlops}};
      return {};
    case Unit::kBytesPerSecond:
      if (m.topic == Topic::kLink) return {{Quantity::kLinkRate, m.axis}};
      if (m.topic == Topic::kMemoryRate) return {{Quantity::kMemoryRate}};
      return {};
    case Unit::kUsd:
      if (m.topic == Topic::kToken || m.topic == Topic::kCost) return {{Quantity::kUsdPerMillionTokens}};
      return {};
  }
  return {};
}

std::vector<Scope> ScopesOf(const SentenceReading& r, uint32_t first, uint32_t last) {
  struct Near {
    uint32_t cost;
    Scope scope;
  };
  std::vector<Near> near;
  const uint16_t part = r.part[std::min<size_t>(first, r.lexemes.size() - 1)];
  for (const ScopeMark& mark : r.scopes) {
    uint32_t cost = mark.first >= last ? mark.first - last : first - std::min(first, mark.last) + 2;
    if (r.part[mark.first] != part) {
      // What opens the sentence holds for all of it: "Each rank keeps ..., 27 MB."
      if (mark.first > 2 || mark.scope == Scope::kForward || mark.scope == Scope::kBackward) continue;
      cost += 30;
    }
    // Another figure between, with the scope on its side: that figure's.
    bool taken = false;
    const bool close = mark.scope == Scope::kParameter || mark.scope == Scope::kToken;
    for (const Figure& other : r.figures) {
      if (other.first != first && other.last <= first) {
        taken |=
            mark.first >= other.first && mark.first < other.last;  // "6 FLOPs per parameter" is one figure
        taken |= close && mark.first >= other.last && mark.first <= other.last + 2 && mark.last <= first;
      }
      if (other.used || other.first == first) continue;
      const bool between = mark.first >= last ? other.first >= last && other.last <= mark.first
                                              : other.last <= first && other.first >= mark.last;
      if (!between) continue;
      if (mark.first >= last) taken = true;  // "A ... B per GPU": of B
      if (mark.first < first && mark.scope != Scope::kRank && mark.scope != Scope::kStage &&
          mark.scope != Scope::kLayer && mark.scope != Scope::kStep)
        taken = true;
    }
    // "With 96 layers, each stage has 12": of the figure behind it.
    if (mark.first >= last) {
      bool comma = false, own = false;
      for (uint32_t i = last; i < mark.first; ++i) comma |= r.lexemes[i].IsSign(',');
      for (const Figure& other : r.figures) own |= !other.used && other.first >= mark.last;
      taken |= comma && own;
    }
    // Behind the figure before this one: "0.5 GB per rank, 16 GB".
    for (const Figure& other : r.figures) {
      if (other.used || other.first == first || other.last > mark.first || mark.first >= first) continue;
      if (mark.first - other.last <= 2 && r.lexemes[mark.first].kind != LexKind::kSign &&
          mark.last <= first) {
        bool comma = false;
        for (uint32_t i = mark.last; i < first; ++i) comma |= r.lexemes[i].IsSign(',') || r.Word(i) == "and";
        taken |= comma;
      }
    }
    if (taken) continue;
    near.push_back({cost, mark.scope});
  }
  std::stable_sort(near.begin(), near.end(), [](const Near& a, const Near& b) { return a.cost < b.cost; });
  std::vector<Scope> scopes;
  for (const Near& n : near) {
    if (!Has(scopes, n.scope)) scopes.push_back(n.scope);
  }
  // Of a rank or in total: the nearer one.
  const auto erase_later = [&](Scope a, Scope b) {
    const auto ia = std::find(scopes.begin(), scopes.end(), a),
               ib = std::find(scopes.begin(), scopes.end(), b);
    if (ia != scopes.end() && ib != scopes.end()) scopes.erase(ia < ib ? ib : ia);
  };
  erase_later(Scope::kRank, Scope::kTotal);
  return scopes;
}

namespace {
// "on each stage": says of what, not what.
bool InScope(const SentenceReading& r, const Mention& m) {
  for (const ScopeMark& mark : r.scopes) {
    if (m.first > mark.first && m.last <= mark.last) return true;
  }
  return false;
}
}  // namespace

std::vector<Subject> SubjectsOf(const SentenceReading& r, const Figure& figure) {
  std::vector<Subject> subjects;
  std::vector<Scope> scopes = ScopesOf(r, figure.bound_first, figure.last);
  // Nobody counts a model in single bytes: of a parameter.
  if (figure.units[0].unit == Unit::kBytes && figure.units[0].scale == 1 && figure.number <= 64) {
    scopes.insert(scopes.begin(), Scope::kParameter);
  }
  if (figure.unit_scope != Scope::kNone) scopes.insert(scopes.begin(), figure.unit_scope);
  const uint32_t first = figure.bound_first;
  const uint16_t part = r.part[figure.first];
  for (size_t unit = 0; unit < figure.units.size(); ++unit) {
    for (size_t i = 0; i < r.mentions.size(); ++i) {
      const Mention& m = r.mentions[i];
      if (m.first < figure.last && figure.first < m.last) continue;
      const bool says_of_what = figure.units[unit].unit == Unit::kCount || m.topic == Topic::kParameters;
      const bool subject =
          m.topic == Topic::kParameters && m.last <= figure.first && m.first > 0 &&
          AnyOf(r.Word(m.first - 1), {"each", "every", "a"});  // "every parameter costs 16 bytes"
      if (says_of_what && !subject && m.first != figure.last && InScope(r, m)) continue;
      // "once per step, which takes 65 ms" is no time of a step; "2.2 s per step" is.
      const bool per = m.first > 0 && r.Word(m.first - 1) == "per" && m.first - 1 != figure.last;
      if (per && m.topic == Topic::kStep) continue;
      std::vector<FactQuery> queries =
          QueriesOf(r, m, figure.units[unit].unit, figure.Value(unit), scopes, figure.first);
      // "The bubble is zero."
      const bool zero = figure.number == 0 && figure.units[unit].unit == Unit::kCount;
      if (zero && queries.empty()) queries = QueriesOf(r, m, Unit::kRatio, 0, scopes, figure.first);
      if (queries.empty()) continue;
      const bool behind = m.first >= figure.last;
      const uint32_t low = behind ? figure.last : m.last, high = behind ? m.first : first;
      double cost = high > low ? high - low : 0;
      bool comma = false;
      for (uint32_t k = low; k < high; ++k) {
        if (r.lexemes[k].IsSign(',')) cost += 4, comma = true;
        if (r.lexemes[k].IsSign('(') || r.lexemes[k].IsSign(')')) cost += 2;
        if (behind && r.lexemes[k].IsSign(':')) cost += 4;
        if (behind && r.Word(k) == "and") cost += 6;
      }
      if (r.part[m.first] != part) cost += 12;
      for (const Figure& other : r.figures) {
        if (!other.used && other.first >= low && other.last <= high && other.first != figure.first)
          cost += behind ? 8 : 5;
      }
      // "16 micro-batches", "84 GB of optimizer states".
      bool preposition = false;
      for (uint32_t k = low; k < high && behind; ++k) {
        preposition |= AnyOf(
            r.Word(k), {"at", "in", "on", "with", "than", "by", "from", "as", "to", "over", "and", "or"});
      }
      const bool adjacent = !preposition && behind && !comma && cost <= 2 &&
                            !AnyOf(r.Word(figure.last), {"per", "each", "every"});
      const bool of = behind && !comma && cost <= 3 && AnyOf(r.Word(figure.last), {"of", "for"});
      double strength = -cost + (adjacent || of ? 12 : behind ? -2 : 2);
      // A bare number needs its noun beside it, or a copula.
      if (figure.units[unit].unit == Unit::kCount && !figure.magnitude && !adjacent && !of) {
        const bool copula = !behind && high - low <= 3 &&
                            (high == low || r.SignAt(low, ':') || r.SignAt(low, '=') ||
                             AnyOf(r.Word(low), {"is", "of", "are", "equals", "was"}));
        if (!copula && m.topic != Topic::kOp && m.topic != Topic::kInFlight) continue;
        if (!copula && behind && AnyOf(r.Word(figure.last), {"per", "each", "every"})) continue;
        if (!copula) strength -= 4;
      }
      subjects.push_back(
          {std::move(queries), static_cast<int>(i), strength - 3.0 * static_cast<double>(unit), unit});
    }
    // Units that say it alone.
    const Unit kind = figure.units[unit].unit;
    if (kind == Unit::kTokensPerSecond) {
      Mention none;
      subjects.push_back({QueriesOf(r, none, kind, 0, scopes, figure.first), -1, -20, unit});
    }
    if (kind == Unit::kBytesPerSecond)
      subjects.push_back({{{Quantity::kLinkRate}, {Quantity::kMemoryRate}}, -1, -20, unit});
    if (kind == Unit::kFlopsPerSecond)
      subjects.push_back({{{Quantity::kPeakFlops}, {Quantity::kAchievedFlops}}, -1, -20, unit});
    if (kind == Unit::kBytes && Has(scopes, Scope::kParameter)) {
      subjects.push_back(
          {{{Quantity::kModelStates, Axis::kNone, OpName::kNone, Scope::kParameter}}, -1, -20, unit});
    }
    if (kind == Unit::kFlops) {
      Mention none;
      std::vector<FactQuery> queries = QueriesOf(r, none, kind, 0, scopes, figure.first);
      if (!queries.empty()) subjects.push_back({std::move(queries), -1, -20, unit});
    }
  }
  std::stable_sort(subjects.begin(), subjects.end(),
                   [](const Subject& a, const Subject& b) { return a.strength > b.strength; });
  return subjects;
}

}  // namespace ringside::claims
