#include "evaluator/claims/relations.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "evaluator/claims/claim_builder.h"
#include "evaluator/claims/monotone.h"
#include "evaluator/claims/ratios.h"
#include "evaluator/claims/subjects.h"
#include "fmt/format.h"

namespace ringside::claims {
namespace {

constexpr double kSame = 1e-3;  // ratios nearer to 1 are no change

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What the sentence changes: a knob that is turned, or settings against others.
struct Changer {
  Variable variable = Variable::kNone;  // kNone: settings
  int direction = 1;
  uint32_t first = 0, last = 0;
  std::vector<Change> with, against;  // of settings
};

struct Effect {
  bool known = false;
  int sign = 0;
  std::vector<Fact> facts;
  std::string how;
};

class RelationReader {
 public:
  RelationReader(std::string_view text, const SentenceReading& reading, World* world)
      : text_(text), r_(reading), world_(*world) {}

  std::vector<v1::Claim> Run() {
    FindSegments();
    FindKnobs();
    for (uint32_t i = 0; i < r_.lexemes.size(); ++i) {
      if (r_.lexemes[i].kind != LexKind::kWord) continue;
      if (InKnob(i)) continue;
      changer_ = ChangerAt(i);
      if (InChanger(i)) continue;
      Trade(i) || Verb(i) || Unchanged(i) || Comparative(i) || Bound(i) || Fits(i) || NoBubble(i);
    }
    return std::move(claims_);
  }

 private:
  std::string_view W(int64_t i) const { return r_.Word(i); }
  std::string_view Stem(int64_t i) const {
    const Lexeme* lexeme = r_.At(i);
    return lexeme != nullptr && lexeme->kind == LexKind::kWord ? lexeme->stem : std::string_view();
  }
  bool InChanger(uint32_t i) const {
    return changer_.has_value() && i >= changer_->first && i < changer_->last;
  }

  // -- what changes

  Variable VariableOf(const Mention& m, bool sized) const {
    switch (m.topic) {
      case Topic::kAxis:
        return m.axis == Axis::kDp   ? Variable::kDp
               : m.axis == Axis::kTp ? Variable::kTp
               : m.axis == Axis::kPp ? Variable::kPp
               : m.axis == Axis::kCp ? Variable::kCp
                                     : Variable::kEp;
      case Topic::kMicroBatch:
        return sized ? Variable::kMicroBatch : Variable::kMicroBatches;
      case Topic::kMicroBatchSize:
        return Variable::kMicroBatch;
      case Topic::kStage:
        return Variable::kPp;
      case Topic::kChunk:
        return Variable::kChunks;
      case Topic::kSeqLen:
      case Topic::kSequence:
        return Variable::kSeqLen;
      case Topic::kLayer:
        return Variable::kLayers;
      case Topic::kHidden:
        return Variable::kHidden;
      case Topic::kVocab:
        return Variable::kVocab;
      case Topic::kRank:
        return Variable::kRanks;
      default:
        return Variable::kNone;
    }
  }

  static int Turn(std::string_view word) {
    if (AnyOf(word,
              {"more", "larger", "bigger", "higher", "additional", "longer", "wider", "deeper", "extra",
               "increasing", "raising", "growing", "increase", "raise", "scaling", "adding", "larger"})) {
      return 1;
    }
    if (AnyOf(word, {"fewer", "smaller", "shorter", "lower", "reducing", "decreasing", "lowering", "reduce",
                     "cutting"}))
      return -1;
    return 0;
  }

  // Clauses as the comma has them; a colon or semicolon ends what was said of before.
  void FindSegments() {
    uint16_t segment = 0, block = 0;
    for (uint32_t i = 0; i < r_.lexemes.size(); ++i) {
      const Lexeme& lexeme = r_.lexemes[i];
      const bool ends = lexeme.IsSign(':') || lexeme.IsSign(';');
      const bool opens = i > 0 && r_.part[i] != r_.part[i - 1];
      if (ends) ++block;
      if (ends || opens || lexeme.IsSign(',')) ++segment;
      segment_.push_back(segment), block_.push_back(block);
    }
  }

  void FindKnobs() {
    for (const Mention& m : r_.mentions) {
      for (uint32_t back = 1; back <= 5 && back <= m.first; ++back) {
        const uint32_t at = m.first - back;
        const std::string_view word = W(at);
        const int turn = Turn(word);
        if (turn != 0) {
          const bool sized =
              AnyOf(word, {"larger", "bigger", "smaller"}) ||
              (m.topic == Topic::kMicroBatch && r_.lexemes[m.last - 1].lower != "microbatches" &&
               W(m.last - 1) != "batches" && !Counted(at, m.first));
          const Variable variable = VariableOf(m, sized);
          // "longer sequences", not "more sequences".
          if (m.topic == Topic::kSequence && !AnyOf(word, {"longer", "shorter"})) break;
          if (variable == Variable::kNone || W(m.last) == "than") break;
          knobs_.push_back({variable, turn, at, m.last, {}, {}});
          break;
        }
        if (!AnyOf(word, {"the", "number", "of", "size", "degree", "count", "pipeline", "a", "ways", "and"}))
          break;
      }
      // "grows with the number of stages", "as dp grows"
      if (!knobs_.empty() && knobs_.back().last == m.last) continue;
      Variable variable = VariableOf(m, false);
      if (variable == Variable::kNone) continue;
      int64_t at = static_cast<int64_t>(m.first) - 1;
      bool number = false;
      while (AnyOf(W(at), {"the", "number", "of", "pipeline", "size", "degree"}))
        number |= W(at) == "number" || W(at) == "degree", --at;
      // "they grow with the micro-batch": its size.
      const bool one = m.topic == Topic::kMicroBatch && !number && !W(m.last - 1).ends_with("s");
      if (one) variable = Variable::kMicroBatch;
      const bool with = W(at) == "with" &&
                        (number || one || m.topic == Topic::kAxis || m.topic == Topic::kSeqLen) &&
                        DirectionOfVerb(Stem(at - 1)) != 0;
      const int behind = DirectionOfVerb(Stem(m.last));
      const bool as = AnyOf(W(at), {"as", "when", "if"}) && behind != 0;
      if (with || as) {
        knobs_.push_back(
            {variable, as ? behind : 1, static_cast<uint32_t>(at), as ? m.last + 1 : m.last, {}, {}});
      }
    }
  }

  // What changes what the word at `i` says: in its clause, else before it, else a condition behind it.
  std::optional<Changer> ChangerAt(uint32_t i) const {
    const auto knob = [&](auto&& wanted) -> std::optional<Changer> {
      for (auto k = knobs_.rbegin(); k != knobs_.rend(); ++k) {
        if (block_[k->first] == block_[i] && wanted(*k)) return *k;
      }
      return std::nullopt;
    };
    const auto settings = [&](auto&& wanted) -> std::optional<Changer> {
      Changer found;
      for (const Change& change : ConditionsAt(r_, 0)) Take(change, wanted, &found.with);
      for (const PlacedSetting& placed : r_.settings) Take(placed.setting.change, wanted, &found.with);
      found.against = BaselineOf(r_);
      return found.with.empty() ? std::nullopt : std::optional<Changer>(found);
    };
    const auto same = [&](uint32_t first) { return segment_[first] == segment_[i]; };
    const auto block = [&](uint32_t first) { return block_[first] == block_[i]; };
    if (auto k = knob([&](const Changer& c) { return same(c.first); })) return k;
    if (auto k = settings(same)) return k;
    if (auto k = knob([&](const Changer& c) { return c.last <= i; })) return k;
    if (auto k = knob([&](const Changer& c) {
          return AnyOf(W(c.first), {"with", "as", "when", "if"}) ||
                 AnyOf(W(static_cast<int64_t>(c.first) - 1), {"with", "when", "if", "by", "under", "for"});
        })) {
      return k;
    }
    return settings(block);
  }
  // Conditions of the clauses that `wanted` takes; of one variable the first.
  template <typename Wanted>
  void Take(const Change& change, Wanted wanted, std::vector<Change>* with) const {
    for (const PlacedSetting& placed : r_.settings) {
      const Change& c = placed.setting.change;
      if (placed.role != SettingRole::kCondition || c.variable != change.variable || c.value != change.value)
        continue;
      if (!wanted(placed.setting.first)) continue;
      const bool have =
          std::any_of(with->begin(), with->end(), [&](const Change& w) { return w.variable == c.variable; });
      if (!have) with->push_back(c);
    }
  }
  bool InKnob(uint32_t i) const {
    return std::any_of(knobs_.begin(), knobs_.end(),
                       [&](const Changer& c) { return i >= c.first && i < c.last; });
  }
  bool Counted(uint32_t from, uint32_t to) const {
    for (uint32_t i = from; i < to; ++i) {
      if (W(i) == "number" || W(i) == "count" || W(i) == "more" || W(i) == "fewer") return true;
    }
    return false;
  }

  // -- what follows

  static int SignOf(const std::vector<Fact>& ratios, bool* known) {
    bool up = false, down = false, told = false;
    for (const Fact& fact : ratios) {
      if (fact.error > 0 && std::fabs(fact.value - 1) <= fact.error) continue;  // within the noise
      told = true;
      up |= fact.value > 1 + kSame;
      down |= fact.value < 1 - kSame;
    }
    *known = told && !(up && down);
    return up ? 1 : down ? -1 : 0;
  }

  Effect EffectOn(const Mention& topic) {
    Effect effect;
    if (world_.shape() == nullptr) return effect;
    std::vector<FactQuery> queries = ComparableQueries(r_, topic, topic.first, {});
    if (topic.topic == Topic::kActivations)
      queries = {{Quantity::kActivations, Axis::kNone, OpName::kNone, Scope::kRank}};
    if (topic.topic == Topic::kMemory)
      queries.push_back({Quantity::kActivations, Axis::kNone, OpName::kNone, Scope::kRank});
    // Of a rank, where nothing else is said: the whole does not depend on how it is split.
    for (FactQuery& query : queries) {
      const bool state = query.quantity >= Quantity::kWeights && query.quantity <= Quantity::kModelStates;
      if (state && query.scope == Scope::kNone) query.scope = Scope::kRank;
    }
    return changer_->variable != Variable::kNone ? OfKnob(queries) : OfSettings(queries);
  }

  Effect OfKnob(const std::vector<FactQuery>& queries) {
    Effect effect;
    const std::vector<Change> conditions = ConditionsAt(r_, changer_->first);
    PlanShape shape = *world_.shape();
    if (const std::vector<PlanShape> shapes = Under(shape, conditions); !shapes.empty())
      shape = shapes.front();
    for (const FactQuery& query : queries) {
      if (query.quantity == Quantity::kComputeFactor && changer_->variable != Variable::kRecompute) return {};
      const Monotone* row = FindMonotone(changer_->variable, query.quantity, query.axis, shape);
      if (row == nullptr) continue;
      const int sign = row->sign * changer_->direction;
      if (effect.known && effect.sign != 0 && sign != 0 && effect.sign != sign) return {};  // up and down
      if (sign != 0 || !effect.known) effect.sign = sign;
      effect.known = true;
      effect.how = fmt::format("{} {} {}", Describe(query.quantity, query.axis, OpName::kNone, Scope::kNone),
                               row->sign > 0   ? "grows with"
                               : row->sign < 0 ? "shrinks with"
                                               : "does not depend on",
                               Name(row->variable));
    }
    // With figures, where there is a closed form.
    const std::optional<double> value = ValueOf(shape, changer_->variable);
    if (!value.has_value()) return effect;
    std::vector<Change> turned = conditions;
    turned.push_back(
        {changer_->variable, changer_->direction > 0 ? *value * 2 : std::max(1.0, std::floor(*value / 2))});
    effect.facts = world_.Ratios(queries, turned, queries, conditions);
    if (!effect.known) effect.sign = SignOf(effect.facts, &effect.known);
    return effect;
  }

  Effect OfSettings(const std::vector<FactQuery>& queries) {
    Effect effect;
    std::vector<Change> against = changer_->against;
    if (against.empty()) {
      for (const Change& change : changer_->with) {
        const std::optional<Change> neutral = Neutral(change.variable);
        if (neutral.has_value() && neutral->value != change.value) against.push_back(*neutral);
      }
      if (!world_.Different(changer_->with).empty() && against.empty()) against = {};
    }
    if (against.empty() && world_.Different(changer_->with).empty()) return effect;
    effect.facts = world_.Ratios(queries, changer_->with, queries, against);
    effect.sign = SignOf(effect.facts, &effect.known);
    if (effect.known && effect.sign != 0) return effect;
    const bool same = effect.known;  // by closed forms; what has none may still change
    effect.known = false;
    std::vector<Fact> facts = std::move(effect.facts);
    effect.facts.clear();
    for (const Change& change : changer_->with) {
      for (const FactQuery& query : queries) {
        const Monotone* row = FindMonotone(change.variable, query.quantity, query.axis, *world_.shape());
        const std::optional<Change> neutral = Neutral(change.variable);
        if (same && query.quantity != Quantity::kActivations) continue;  // computed, and the same
        if (row == nullptr || !neutral.has_value() || neutral->value == change.value) continue;
        effect.known = true;
        effect.sign = change.value > neutral->value ? row->sign : -row->sign;
        effect.how =
            fmt::format("{} {} {}", Describe(query.quantity, query.axis, OpName::kNone, Scope::kNone),
                        row->sign > 0   ? "grows with"
                        : row->sign < 0 ? "shrinks with"
                                        : "does not depend on",
                        Name(row->variable));
      }
    }
    if (!effect.known && same) effect.known = true, effect.sign = 0, effect.facts = std::move(facts);
    return effect;
  }

  std::string ChangeWords() const {
    if (changer_->variable != Variable::kNone) {
      return fmt::format("{} {}", changer_->direction > 0 ? "more" : "less", Name(changer_->variable));
    }
    std::string words = Describe(changer_->with);
    if (!changer_->against.empty()) words += " against " + Describe(changer_->against);
    return words;
  }

  void Emit(uint32_t first, uint32_t last, const Mention& topic, int said, bool negated) {
    const Effect effect = EffectOn(topic);
    ClaimParts parts;
    parts.kind = changer_->variable != Variable::kNone ? v1::CLAIM_KIND_DIRECTION : v1::CLAIM_KIND_COMPARISON;
    first = std::min({first, topic.first, changer_->last > 0 ? changer_->first : first});
    last = std::max({last, topic.last, changer_->last});
    parts.begin = r_.lexemes[first].begin, parts.end = r_.lexemes[last - 1].end;
    parts.subject = fmt::format("{} with {}", WordsFor(topic), ChangeWords());
    parts.under = world_.Different(changer_->with);
    v1::Claim claim = PlainClaim(text_, parts);
    claim.set_stated(said);
    if (!effect.known) {
      claim.set_reason(fmt::format("how {} follows {} is not known", WordsFor(topic), ChangeWords()));
    } else {
      const bool so = (effect.sign == said) != negated;
      claim.set_verdict(so ? v1::CLAIM_VERDICT_SUPPORTED : v1::CLAIM_VERDICT_CONTRADICTED);
      claim.set_truth(effect.sign);
      static constexpr std::string_view kWords[] = {"less", "the same", "more"};
      std::string how = effect.how;
      if (!effect.facts.empty()) {
        const Fact& fact = effect.facts.front();
        how += fmt::format("{}{} times, {}", how.empty() ? "" : "; ", Shown(fact.value, Unit::kCount),
                           fact.where);
        *claim.add_evidence() = EvidenceOf(fact);
      }
      claim.set_reason(
          fmt::format("{}: it is {} ({})", so ? "as said" : "not so", kWords[effect.sign + 1], how));
    }
    claims_.push_back(std::move(claim));
  }

  // -- how it is said

  bool Usable(const Mention& m) const {
    if (changer_.has_value() && m.first < changer_->last && changer_->first < m.last) return false;
    for (const PlacedSetting& placed : r_.settings) {
      if (m.first < placed.setting.last && placed.setting.first < m.last) return false;
    }
    if (m.topic == Topic::kActivations) return true;
    return m.topic != Topic::kAxis && !ComparableQueries(r_, m, m.first, {}).empty();
  }
  const Mention* ObjectAfter(uint32_t at, uint32_t reach) const {
    for (const Mention& m : r_.mentions) {
      if (m.first <= at || m.first > at + reach || !Usable(m)) continue;
      for (uint32_t i = at; i < m.first; ++i) {
        if (r_.lexemes[i].IsSign(',') || r_.part[i] != r_.part[m.first] ||
            AnyOf(W(i), {"with", "as", "when", "for", "than", "by", "at"}))
          return nullptr;
      }
      return &m;
    }
    return nullptr;
  }
  const Mention* SubjectBefore(uint32_t at) const {
    const Mention* found = nullptr;
    for (const Mention& m : r_.mentions) {
      if (m.last <= at && r_.part[m.first] == r_.part[at] && segment_[m.first] + 1 >= segment_[at] &&
          Usable(m))
        found = &m;
    }
    return found;
  }
  // A figure says it already, with more in it.
  bool FigureNear(uint32_t at) const {
    for (const Figure& figure : r_.figures) {
      if (!figure.used && figure.first > at && figure.first <= at + 9 && r_.part[figure.first] == r_.part[at])
        return true;
    }
    return false;
  }
  bool Denied(uint32_t at) const {
    for (uint32_t back = 1; back <= 3 && back <= at; ++back) {
      const Lexeme& lexeme = r_.lexemes[at - back];
      if (lexeme.negator && (lexeme.lower == "not" || lexeme.lower.ends_with("n't") ||
                             lexeme.lower == "never" || lexeme.lower == "cannot"))
        return true;
    }
    return false;
  }

  // "grows with the square root of the depth": with what is no knob here.
  bool FollowsOther(uint32_t i) const {
    return W(i + 1) == "with" && std::none_of(knobs_.begin(), knobs_.end(), [&](const Changer& c) {
             return c.first > i && c.first <= i + 3;
           });
  }
  // "all-reduce", "gradient reduction": a noun.
  bool InMention(uint32_t i) const {
    return std::any_of(r_.mentions.begin(), r_.mentions.end(),
                       [&](const Mention& m) { return i >= m.first && i < m.last; });
  }
  bool Verb(uint32_t i) {
    const int direction = DirectionOfVerb(Stem(i));
    if (InMention(i) || FollowsOther(i)) return false;
    if (direction == 0 || !changer_.has_value() || FigureNear(i)) return false;
    const Mention* topic = ObjectAfter(i, 6);
    if (topic == nullptr) topic = SubjectBefore(i);
    if (topic == nullptr) return false;
    Emit(i, i + 1, *topic, direction, Denied(i));
    return true;
  }

  bool Unchanged(uint32_t i) {
    if (!AnyOf(W(i), {"unchanged", "constant", "unaffected", "untouched", "same"}) || !changer_.has_value() ||
        FigureNear(i))
      return false;
    if (W(i) == "same" && AnyOf(W(i + 1), {"node", "time", "amount"})) return false;
    const Mention* topic = W(i) == "same" ? ObjectAfter(i, 3) : nullptr;
    if (topic == nullptr) topic = SubjectBefore(i);
    if (topic == nullptr) topic = ObjectAfter(i, 4);
    if (topic == nullptr) return false;
    Emit(i, i + 1, *topic, 0, Denied(i));
    return true;
  }

  // "recomputation trades compute for memory"
  bool Trade(uint32_t i) {
    if (Stem(i) != "trade" || !changer_.has_value()) return false;
    const Mention* up = nullptr;
    const Mention* down = nullptr;
    for (const Mention& m : r_.mentions) {
      if (m.first <= i || !Usable(m)) continue;
      if (up == nullptr) {
        up = &m;
      } else if (down == nullptr &&
                 (W(m.first - 1) == "for" || W(m.first - 2) == "for" || W(m.first - 1) == "against")) {
        down = &m;
      }
    }
    if (up == nullptr || down == nullptr) return false;
    Emit(i, i + 1, *up, 1, false);
    Emit(i, i + 1, *down, -1, false);
    return true;
  }

  // "more communication than ZeRO-1", "the smaller bubble", "is slower than inside a node"
  bool Comparative(uint32_t i) {
    const std::string_view word = W(i);
    const bool more = AnyOf(word, {"more", "larger", "bigger", "higher", "longer"});
    const bool less = AnyOf(word, {"less", "fewer", "smaller", "lower", "shorter"});
    if (Links(i)) return true;
    if ((!more && !less) || !changer_.has_value()) return false;
    if (W(i + 1) == "than" || FigureBound(i)) return false;
    const Mention* topic = ObjectAfter(i, 4);
    if (topic == nullptr || FigureNear(i) || ThanDevice(topic->last)) return false;
    Emit(i, i + 1, *topic, more ? 1 : -1, Denied(i));
    return true;
  }
  // "more memory than a GPU has"
  bool ThanDevice(uint32_t i) const {
    if (W(i) != "than") return false;
    return std::any_of(r_.mentions.begin(), r_.mentions.end(), [&](const Mention& m) {
      return (m.topic == Topic::kRank || m.topic == Topic::kNode) && m.first > i && m.first <= i + 2;
    });
  }
  bool FigureBound(uint32_t i) const {
    for (const Figure& figure : r_.figures) {
      if (i >= figure.bound_first && i < figure.last) return true;
      if (figure.last == i) return true;
    }
    return false;
  }

  // "the network is slower than NVLink", "as fast as NVLink"
  bool Links(uint32_t i) {
    const bool slower = W(i) == "slower", faster = W(i) == "faster";
    const bool as = W(i) == "as" && AnyOf(W(i + 1), {"fast", "quick", "slow"}) && W(i + 2) == "as";
    if ((!slower && !faster && !as) || FigureBound(i)) return false;
    Axis of = Axis::kNone, against = Axis::kNone;
    for (const Mention& m : r_.mentions) {
      if (m.topic != Topic::kLink || m.axis == Axis::kNone) continue;
      if (m.last <= i) of = m.axis;
      if (m.first > i) against = m.axis;
    }
    if (of == Axis::kNone) return false;
    if (against == Axis::kNone) against = of == Axis::kIntra ? Axis::kInter : Axis::kIntra;
    if (of == against) return false;
    ClaimParts parts;
    parts.kind = v1::CLAIM_KIND_COMPARISON;
    parts.begin = r_.lexemes.front().begin, parts.end = r_.lexemes.back().end;
    parts.subject = fmt::format("link_rate {} / {}", Name(of), Name(against));
    const std::vector<Fact> ratios =
        world_.Ratios({{Quantity::kLinkRate, of}}, {}, {{Quantity::kLinkRate, against}}, {});
    v1::Claim claim = PlainClaim(text_, parts);
    if (ratios.empty()) {
      claim.set_reason("the rates of the links are not known");
    } else {
      const double ratio = ratios.front().value;
      const bool so = (as ? std::fabs(ratio - 1) < 0.2 : slower ? ratio < 1 : ratio > 1) != Denied(i);
      claim.set_verdict(so ? v1::CLAIM_VERDICT_SUPPORTED : v1::CLAIM_VERDICT_CONTRADICTED);
      claim.set_truth(ratio);
      claim.set_reason(fmt::format("{}: their rates are as {:.3g} to 1 ({})", so ? "as said" : "not so",
                                   ratio, ratios.front().where));
      *claim.add_evidence() = EvidenceOf(ratios.front());
    }
    claims_.push_back(std::move(claim));
    return true;
  }

  // "compute-bound", "bound by tp communication", "the bubble is the bottleneck"
  bool Bound(uint32_t i) {
    const bool bottleneck = W(i) == "bottleneck", bound = W(i) == "bound";
    const bool dominates = Stem(i) == "domin";
    if ((!bottleneck && !bound && !dominates) || r_.modal) return false;
    if (AnyOf(W(static_cast<int64_t>(i) - 1), {"may", "can", "must"})) return false;
    const Mention* topic = nullptr;
    for (const Mention& m : r_.mentions) {
      if (QueriesOf(r_, m, Unit::kRatio, 0, {}, m.first).empty() || m.topic == Topic::kMfu) continue;
      if (bound && m.last == i) topic = &m;
      if (bound && W(i + 1) == "by" && m.first >= i + 2 && m.first <= i + 4 && topic == nullptr) topic = &m;
      if ((bottleneck || dominates) && r_.part[m.first] == r_.part[i] && topic == nullptr) topic = &m;
    }
    if (topic == nullptr) return false;
    ClaimParts parts;
    parts.kind = v1::CLAIM_KIND_STATEMENT;
    parts.begin = std::min(r_.lexemes[topic->first].begin, r_.lexemes[i].begin);
    parts.end = std::max(r_.lexemes[topic->last - 1].end, r_.lexemes[i].end);
    parts.subject = "bottleneck";
    v1::Claim claim = PlainClaim(text_, parts);
    std::vector<Fact> shares;
    double of = 0, communication = 0, largest = 0;
    for (const Fact& fact : world_.facts().all()) {
      if (fact.quantity != Quantity::kShare) continue;
      shares.push_back(fact);
      largest = std::max(largest, fact.value);
      if (fact.axis != Axis::kCompute && fact.axis != Axis::kBubble) communication += fact.value;
    }
    const std::vector<FactQuery> queries = QueriesOf(r_, *topic, Unit::kRatio, 0, {}, topic->first);
    const Axis axis = topic->topic == Topic::kBubble ? Axis::kBubble : queries.front().axis;
    for (const Fact& fact : shares) {
      if (fact.axis == axis) of = fact.value;
    }
    if (axis == Axis::kNone) of = communication;
    if (shares.empty()) {
      claim.set_reason("where the step's time goes is not known");
    } else {
      const bool most = of >= largest - 1e-9, near = of >= 0.8 * largest;
      const bool so = most != Denied(i);
      claim.set_truth(of);
      claim.set_verdict(near && !most ? v1::CLAIM_VERDICT_NOT_CHECKABLE
                        : so          ? v1::CLAIM_VERDICT_SUPPORTED
                                      : v1::CLAIM_VERDICT_CONTRADICTED);
      claim.set_reason(
          fmt::format("it takes {:.1f} % of the step, the largest part {:.1f} %", 100 * of, 100 * largest));
      for (const Fact& fact : shares) *claim.add_evidence() = EvidenceOf(fact);
    }
    claims_.push_back(std::move(claim));
    return true;
  }

  // "the plan fits", "does not fit into memory": what is measured or compiled against what there is.
  bool Fits(uint32_t i) {
    if (!AnyOf(W(i), {"fits", "fit"}) || r_.modal || FigureNear(i)) return false;
    const bool about_memory = std::any_of(r_.mentions.begin(), r_.mentions.end(), [&](const Mention& m) {
      return m.topic == Topic::kMemory || m.topic == Topic::kLimit || m.topic == Topic::kRank ||
             m.topic == Topic::kModelStates;
    });
    const bool plan =
        AnyOf(W(static_cast<int64_t>(i) - 1), {"plan", "it", "this", "layout", "everything", "model"}) ||
        about_memory;
    if (!plan || !r_.settings.empty()) return false;
    const std::vector<Fact> limit =
        world_.Look({{Quantity::kMemoryLimit, Axis::kNone, OpName::kNone, Scope::kRank}}, {});
    const std::vector<Fact> peak = world_.Look({{Quantity::kPeakMemory}}, {});
    const std::vector<Fact> states =
        world_.Look({{Quantity::kModelStates, Axis::kNone, OpName::kNone, Scope::kRank}}, {});
    ClaimParts parts;
    parts.kind = v1::CLAIM_KIND_STATEMENT;
    parts.begin = r_.lexemes[i].begin, parts.end = r_.lexemes[i].end;
    parts.subject = "fit";
    v1::Claim claim = PlainClaim(text_, parts);
    const bool denied = Denied(i);
    if (limit.empty() || (peak.empty() && (states.empty() || states.front().value <= limit.front().value))) {
      claim.set_reason("what it needs at its peak, or what there is, is not known");
    } else {
      const Fact& need = peak.empty() ? states.front() : peak.front();
      const bool so = (need.value <= limit.front().highest()) != denied;
      claim.set_verdict(so ? v1::CLAIM_VERDICT_SUPPORTED : v1::CLAIM_VERDICT_CONTRADICTED);
      claim.set_truth(need.value);
      claim.set_reason(fmt::format("{}: it needs {} of {}", so ? "as said" : "not so",
                                   Shown(need.value, Unit::kBytes),
                                   Shown(limit.front().value, Unit::kBytes)));
      *claim.add_evidence() = EvidenceOf(need);
      *claim.add_evidence() = EvidenceOf(limit.front());
    }
    claims_.push_back(std::move(claim));
    return true;
  }

  // "there is no bubble"
  bool NoBubble(uint32_t i) {
    if (W(i) != "no") return false;
    for (const Mention& m : r_.mentions) {
      if (m.topic != Topic::kBubble || m.first != i + 1) continue;
      ClaimParts parts;
      parts.kind = v1::CLAIM_KIND_QUANTITY;
      parts.begin = r_.lexemes[i].begin, parts.end = r_.lexemes[m.last - 1].end;
      parts.subject = "bubble per step";
      const std::vector<Change> changes = ConditionsAt(r_, i);
      parts.under = world_.Different(changes);
      v1::Claim claim = PlainClaim(text_, parts);
      const std::vector<Fact> bubble =
          world_.Look({{Quantity::kBubble, Axis::kNone, OpName::kNone, Scope::kStep}}, changes);
      if (!bubble.empty()) {
        const bool so = bubble.front().value < 0.005;
        claim.set_verdict(so ? v1::CLAIM_VERDICT_SUPPORTED : v1::CLAIM_VERDICT_CONTRADICTED);
        claim.set_truth(bubble.front().value);
        claim.set_unit("1");
        claim.set_reason(fmt::format("{}: the bubble is {}", so ? "as said" : "not so",
                                     Shown(bubble.front().value, Unit::kRatio)));
        *claim.add_evidence() = EvidenceOf(bubble.front());
      }
      claims_.push_back(std::move(claim));
      return true;
    }
    return false;
  }

  const std::string_view text_;
  const SentenceReading& r_;
  World& world_;
  std::vector<uint16_t> segment_, block_;  // of each lexeme
  std::vector<Changer> knobs_;
  std::optional<Changer> changer_;  // of the word at hand
  std::vector<v1::Claim> claims_;
};

}  // namespace

std::vector<v1::Claim> RelationsOf(std::string_view text, const SentenceReading& reading, World* world) {
  return RelationReader(text, reading, world).Run();
}

}  // namespace ringside::claims
