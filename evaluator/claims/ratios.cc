#include "evaluator/claims/ratios.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "evaluator/claims/subjects.h"
#include "fmt/format.h"

namespace ringside::claims {
namespace {

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What a comparative says of a / b.
enum class Comparative { kNone, kMore, kLess, kFaster, kSlower, kAs };
Comparative ComparativeOf(std::string_view word) {
  if (AnyOf(word, {"more", "larger", "bigger", "higher", "longer", "greater", "extra", "additional", "worse",
                   "heavier"}))
    return Comparative::kMore;
  if (AnyOf(word, {"less", "fewer", "smaller", "lower", "shorter", "cheaper", "lighter"}))
    return Comparative::kLess;
  if (AnyOf(word, {"faster", "quicker"})) return Comparative::kFaster;
  if (AnyOf(word, {"slower"})) return Comparative::kSlower;
  if (word == "as") return Comparative::kAs;
  return Comparative::kNone;
}

}  // namespace

std::optional<Change> Neutral(Variable variable) {
  switch (variable) {
    case Variable::kZero:
      return Change{variable, 0};
    case Variable::kRecompute:
      return Change{variable, v1::RECOMPUTE_NONE};
    case Variable::kChunks:
      return Change{variable, 1};
    case Variable::kSchedule:
      return Change{variable, v1::SCHEDULE_1F1B};
    case Variable::kSequenceParallel:
      return Change{variable, 0};
    case Variable::kPrecision:
      return Change{variable, 4};
    case Variable::kTp:
    case Variable::kPp:
    case Variable::kDp:
    case Variable::kCp:
    case Variable::kEp:
      return Change{variable, 1};
    default:
      return std::nullopt;
  }
}

namespace {

class RatioReader {
 public:
  RatioReader(const SentenceReading& r, const Figure& figure, World* world)
      : r_(r), fig_(figure), world_(*world) {}

  std::optional<RatioClaim> Run() {
    claim_.first = fig_.bound_first, claim_.last = fig_.last;
    if (Operand()) return std::nullopt;
    if (OfThat()) return Finish();
    if (Saved()) return Finish();
    if (ShareOf()) return Finish();
    if (Change_()) return Finish();
    if (Compared()) return Finish();
    return std::nullopt;
  }

 private:
  std::string_view W(int64_t i) const { return r_.Word(i); }
  std::string_view Stem(int64_t i) const {
    const Lexeme* lexeme = r_.At(i);
    return lexeme != nullptr && lexeme->kind == LexKind::kWord ? lexeme->stem : std::string_view();
  }
  std::optional<RatioClaim> Finish() { return std::move(claim_); }

  const Mention* MentionIn(uint32_t first, uint32_t last) const {
    for (const Mention& m : r_.mentions) {
      if (m.first >= first && m.last <= last) return &m;
    }
    return nullptr;
  }
  // The last mention before the figure (of its part, or any) that `wanted` takes.
  template <typename Wanted>
  const Mention* Before(Wanted wanted) const {
    const Mention* found = nullptr;
    for (const Mention& m : r_.mentions) {
      if (m.last <= fig_.first && wanted(m)) found = &m;
    }
    return found;
  }
  template <typename Wanted>
  const Mention* Behind(uint32_t from, Wanted wanted) const {
    for (const Mention& m : r_.mentions) {
      if (m.first >= from && wanted(m)) return &m;
    }
    return nullptr;
  }

  // "12 times the 25 GB/s": a factor of the figure behind it.
  bool Operand() const {
    if (fig_.form != FigureForm::kTimes && fig_.form != FigureForm::kFraction) return false;
    for (const Figure& other : r_.figures) {
      if (other.first < fig_.last || other.first > fig_.last + 3 || other.units[0].unit == Unit::kRatio)
        continue;
      bool only_articles = true;
      for (uint32_t i = fig_.last; i < other.first; ++i)
        only_articles &= AnyOf(W(i), {"the", "its", "their", "of", "our", "those"});
      if (only_articles) return true;
    }
    return false;
  }

  static bool IsTime(const Mention& m) { return m.topic == Topic::kStep; }

  std::vector<FactQuery> Natural(const Mention& m, uint32_t at, const std::vector<Scope>& scopes) const {
    return ComparableQueries(r_, m, at, scopes);
  }

  // -- "about 10 %, half of that with two chunks": of what was spoken of before, without the condition
  bool OfThat() {
    if (W(fig_.last) != "of" || !AnyOf(W(fig_.last + 1), {"that", "this", "it"})) return false;
    claim_.kind = v1::CLAIM_KIND_COMPARISON;
    claim_.factors = {Fraction()};
    std::vector<Change> behind;
    for (const PlacedSetting& placed : r_.settings) {
      if (placed.setting.first > fig_.last && placed.role == SettingRole::kCondition)
        behind.push_back(placed.setting.change);
    }
    const Mention* topic = Before([&](const Mention& m) { return !Natural(m, fig_.first, {}).empty(); });
    if (behind.empty() || topic == nullptr) return true;
    std::vector<Change> neutral;
    for (const Change& change : behind) {
      if (const std::optional<Change> n = Neutral(change.variable); n.has_value()) neutral.push_back(*n);
    }
    if (neutral.size() != behind.size()) return true;
    const std::vector<FactQuery> queries = Natural(*topic, fig_.first, {});
    claim_.under = behind;
    claim_.subject = WordsFor(*topic) + " with " + Describe(behind);
    claim_.facts = world_.Ratios(queries, behind, queries, neutral);
    return true;
  }

  // -- "saves a quarter of the compute"
  bool Saved() {
    if (fig_.form == FigureForm::kTimes || W(fig_.last) != "of" || fig_.bound_first == 0) return false;
    if (!AnyOf(Stem(fig_.bound_first - 1), {"save", "avoid", "remov", "elimin", "shave"})) return false;
    const Mention* topic = Behind(fig_.last, [&](const Mention& m) { return m.first <= fig_.last + 3; });
    if (topic == nullptr || topic->topic == Topic::kStep) return false;
    claim_.factors = {Fraction()};
    claim_.kind = v1::CLAIM_KIND_COMPARISON;
    Under(*topic);
    for (Fact& fact : claim_.facts) {  // what is saved, not what is left
      fact.value = 1 - fact.value;
      const double low = 1 - fact.high, high = 1 - fact.low;
      if (fact.low != 0 || fact.high != 0) fact.low = low, fact.high = high;
    }
    return true;
  }

  // -- "N % of D"
  bool ShareOf() {
    if (fig_.form == FigureForm::kTimes) return false;
    uint32_t at = fig_.last;
    // "of the step", "the model states" after "is half"
    const bool of = W(at) == "of";
    const Mention* denominator = nullptr;
    if (of) {
      for (const Mention& m : r_.mentions) {
        if (m.first >= at + 1 && m.first <= at + 3) {
          denominator = &m;
          break;
        }
      }
      if (denominator == nullptr) {
        // "of the time", "of all ...": shares of the step
        return false;
      }
    }
    if (denominator == nullptr) return false;
    claim_.denominator = static_cast<int>(denominator - r_.mentions.data());
    claim_.last = denominator->last;
    claim_.kind = v1::CLAIM_KIND_QUANTITY;
    const std::vector<Change> changes = ConditionsAt(r_, fig_.first);
    claim_.under = changes;
    claim_.factors = {Fraction()};
    const std::vector<Scope> scopes = ScopesOf(r_, fig_.bound_first, fig_.last);
    const bool step = denominator->topic == Topic::kStep;
    const auto fits = [&](const Mention& m) {
      if (&m == denominator) return false;
      if (step) return !QueriesOf(r_, m, Unit::kRatio, 0, {}, fig_.first).empty();
      return m.topic != Topic::kStep && m.topic != Topic::kRank &&
             !QueriesOf(r_, m, Unit::kBytes, 0, {}, fig_.first).empty();
    };
    const Mention* numerator = nullptr;
    if (!step || fig_.bound_first > 0) numerator = Before(fits);
    if (numerator == nullptr || r_.part[numerator->first] != r_.part[fig_.first]) {
      const Mention* behind = Behind(denominator->last, fits);
      if (behind != nullptr) numerator = behind;
    }
    // "takes 17 % of the step, twice as much as ...": what is behind a comma is another matter.
    if (denominator->topic == Topic::kParameters) {
      const Mention* embedding = nullptr;
      for (const Mention& m : r_.mentions) {
        if (m.topic == Topic::kEmbedding) embedding = &m;
      }
      if (embedding != nullptr) {
        claim_.facts =
            world_.Ratios({{Quantity::kEmbeddingParameters}}, changes,
                          {{Quantity::kParameters, Axis::kNone, OpName::kNone, Scope::kTotal}}, changes);
        claim_.subject = "embedding parameters / parameters";
        return true;
      }
    }
    if (numerator == nullptr && !step &&
        std::find(scopes.begin(), scopes.end(), Scope::kRank) != scopes.end()) {
      OfRank(*denominator, changes);
      return true;
    }
    if (numerator == nullptr) return true;
    if (step) {
      const std::vector<FactQuery> queries = QueriesOf(r_, *numerator, Unit::kRatio, 0, scopes, fig_.first);
      claim_.facts = world_.Look(queries, changes);
      claim_.subject =
          Describe(queries.front().quantity, queries.front().axis, queries.front().op, Scope::kStep);
      return true;
    }
    const std::vector<Scope> none;
    claim_.facts = world_.Ratios(Natural(*numerator, fig_.first, none), changes,
                                 Natural(*denominator, fig_.first, none), changes);
    std::erase_if(claim_.facts, [](const Fact& f) { return f.scope == Scope::kParameter; });
    claim_.subject = WordsFor(*numerator) + " / " + WordsFor(*denominator);
    return true;
  }
  // "each GPU stores one eighth of the weights"
  void OfRank(const Mention& topic, const std::vector<Change>& changes) {
    for (const FactQuery& query : Natural(topic, fig_.first, {})) {
      FactQuery rank = query, total = query;
      rank.scope = Scope::kRank, total.scope = Scope::kTotal;
      for (const Fact& a : world_.Look({rank}, changes)) {
        for (const Fact& b : world_.Look({total}, changes)) {
          Fact share = a;
          share.unit = Unit::kRatio;
          share.value = a.value / b.value, share.low = a.lowest() / b.value,
          share.high = a.highest() / b.value;
          claim_.facts.push_back(share);
        }
      }
    }
    claim_.subject = WordsFor(topic) + " of a rank / in total";
  }
  double Fraction() const { return fig_.form == FigureForm::kPercent ? fig_.number / 100 : fig_.number; }

  // -- "cuts X by 87.5 %", "adds a third to X", "shrinks to a quarter"
  bool Change_() {
    int direction = 0;
    int64_t verb = -1;
    for (int64_t i = static_cast<int64_t>(fig_.first) - 1;
         i >= 0 && i + 12 >= static_cast<int64_t>(fig_.first); --i) {
      if (r_.part[static_cast<size_t>(i)] != r_.part[fig_.first]) break;
      if (AnyOf(W(i), {"up", "down"}) &&
          AnyOf(W(i - 1), {"go", "goes", "going", "went", "comes", "come", "is", "are"})) {
        direction = W(i) == "up" ? 1 : -1, verb = i;
        break;
      }
      if (DirectionOfVerb(Stem(i)) != 0 && r_.At(i)->kind == LexKind::kWord) {
        direction = DirectionOfVerb(Stem(i)), verb = i;
        break;
      }
    }
    if (direction == 0) return false;
    int64_t before = static_cast<int64_t>(fig_.bound_first) - 1;
    const bool factor_of = W(before) == "of" && W(before - 1) == "factor";
    if (factor_of) before -= W(before - 2) == "a" ? 3 : 2;
    const bool by = W(before) == "by";
    const bool to = W(before) == "to" && (fig_.form == FigureForm::kFraction && fig_.in_words);
    const bool adds = Stem(verb) == "add" && W(fig_.last) == "to";
    const bool direct = fig_.form == FigureForm::kTimes;  // "cuts it eightfold", "shrinks 8x"
    if (!by && !to && !adds && !direct && !factor_of) return false;
    if (ComparativeOf(W(fig_.last)) != Comparative::kNone) return false;
    const double n = Fraction();
    if (to) {
      claim_.factors = {n};
    } else if (fig_.form == FigureForm::kTimes || factor_of) {
      if (n == 0) return false;
      claim_.factors = {direction > 0 ? n : 1 / n};
    } else {
      claim_.factors = {direction > 0 ? 1 + n : 1 - n};
    }
    return Changed(verb);
  }

  // What the verb is said of: its object, or its subject; under what the sentence changes.
  bool Changed(int64_t verb) {
    claim_.kind = v1::CLAIM_KIND_COMPARISON;
    const auto fits = [&](const Mention& m) {
      return !Natural(m, fig_.first, {}).empty() && m.topic != Topic::kAxis;
    };
    // The object between verb and figure; what it is added to; else the verb's subject.
    const Mention* topic = Behind(static_cast<uint32_t>(verb), fits);
    if (topic != nullptr && topic->first > fig_.first && Stem(verb) != "add") topic = nullptr;
    if (topic == nullptr || r_.part[topic->first] != r_.part[fig_.first]) {
      topic = Before([&](const Mention& m) { return m.last <= static_cast<uint32_t>(verb) && fits(m); });
    }
    if (topic == nullptr) return true;
    return Under(*topic);
  }

  // What is computed follows from recomputation alone.
  static bool Recomputes(const std::vector<Change>& changes) {
    return std::any_of(changes.begin(), changes.end(),
                       [](const Change& c) { return c.variable == Variable::kRecompute; });
  }
  static bool Alike(Quantity a, Quantity b) {
    const auto memory = [](Quantity q) { return q >= Quantity::kWeights && q <= Quantity::kPeakMemory; };
    return !memory(a) && !memory(b);
  }
  bool Under(const Mention& topic) {
    std::vector<Change> changes = ConditionsAt(r_, fig_.first), baseline = BaselineOf(r_);
    claim_.under = changes;
    const std::vector<Scope> scopes = ScopesOf(r_, fig_.bound_first, fig_.last);
    const std::vector<FactQuery> queries = Natural(topic, fig_.first, scopes);
    claim_.subject = WordsFor(topic) + " with " + Describe(changes);
    const auto add = [&](const std::vector<Change>& b) {
      for (const FactQuery& query : queries) {
        if (query.quantity == Quantity::kComputeFactor && !Recomputes(changes) && !Recomputes(b)) continue;
        for (const FactQuery& other : queries) {
          if (other.quantity != query.quantity && !Alike(query.quantity, other.quantity)) continue;
          for (Fact& fact : world_.Ratios({query}, changes, {other}, b))
            claim_.facts.push_back(std::move(fact));
        }
      }
    };
    if (!baseline.empty()) {
      claim_.subject += " against " + Describe(baseline);
      add(baseline);
      return true;
    }
    if (changes.empty()) return true;
    // Against the plan, and against what is without the technique.
    if (!world_.Different(changes).empty()) add({});
    std::vector<Change> neutral;
    for (const Change& change : changes) {
      const std::optional<Change> n = Neutral(change.variable);
      if (n.has_value() && n->value != change.value) neutral.push_back(*n);
    }
    if (!neutral.empty()) add(neutral);
    // One of several at a time: "ZeRO-1 over the two replicas halves ...".
    for (size_t i = 0; i < changes.size() && changes.size() > 1; ++i) {
      const std::optional<Change> n = Neutral(changes[i].variable);
      if (!n.has_value() || n->value == changes[i].value) continue;
      std::vector<Change> others = changes;
      others[i] = *n;
      add(others);
    }
    return true;
  }

  // -- "A is 9x faster than B", "1.5 times the bytes of B", "half the communication of B", "twice as much as
  // B"
  bool Compared() {
    uint32_t at = fig_.last;
    Comparative comparative = ComparativeOf(W(at));
    if (comparative == Comparative::kNone && AnyOf(W(at), {"that", "those", "the", "what", "its"}))
      comparative = Comparative::kAs;
    if (comparative == Comparative::kNone && fig_.form == FigureForm::kTimes &&
        MentionIn(at, at + 3) != nullptr)
      comparative = Comparative::kAs;
    // "3/2 per micro-batch", compared with something.
    const bool has_baseline = !BaselineOf(r_).empty();
    if (comparative == Comparative::kNone && has_baseline && fig_.form != FigureForm::kPercent &&
        fig_.form != FigureForm::kPlain)
      comparative = Comparative::kAs;
    if (comparative == Comparative::kNone && fig_.form == FigureForm::kTimes && LinkPair())
      comparative = Comparative::kAs;
    if (comparative == Comparative::kNone) return false;
    // "twice per layer" is how often.
    if (AnyOf(W(at), {"per", "a", "each", "every"}) && comparative == Comparative::kNone) return false;
    const double n = Fraction();
    if (n <= 0) return false;
    if (W(at) == "as" && AnyOf(W(at + 1), {"much", "many"}) && W(at + 2) == "again") {
      comparative = Comparative::kMore;  // "half as much again"
    }
    // "half of that"
    const bool slow_as = comparative == Comparative::kAs && AnyOf(W(at + 1), {"slow"});
    std::vector<double> more;
    if (fig_.form == FigureForm::kPercent ||
        (fig_.form == FigureForm::kFraction && comparative != Comparative::kAs)) {
      if (comparative == Comparative::kMore || comparative == Comparative::kFaster) more = {1 + n};
      if (comparative == Comparative::kLess) more = {1 - n};
      if (comparative == Comparative::kSlower) more = {1 - n, 1 / (1 + n)};
      if (comparative == Comparative::kAs) more = {n};
    } else {
      if (comparative == Comparative::kMore || comparative == Comparative::kFaster ||
          comparative == Comparative::kAs)
        more = {n};
      if (comparative == Comparative::kLess || comparative == Comparative::kSlower) more = {1 / n};
    }
    if (slow_as) more = {1 / n};
    claim_.factors = more;
    return Links(at) || SettingsOrTopics(at, comparative);
  }

  bool LinkPair() const {
    bool intra = false, inter = false;
    for (const Mention& m : r_.mentions) {
      if (m.topic == Topic::kLink) (m.axis == Axis::kIntra ? intra : inter) = true;
    }
    return intra && inter;
  }

  bool Links(uint32_t at) {
    const auto link = [](const Mention& m) { return m.topic == Topic::kLink; };
    const Mention* a = Before(link);
    const Mention* b = Behind(at, link);
    if (a == nullptr) return false;
    const bool speed =
        AnyOf(W(at), {"faster", "slower", "quicker"}) || AnyOf(W(at + 1), {"fast", "slow", "quick"});
    if (!speed && (b == nullptr || b->first > at + 6)) return false;
    claim_.kind = v1::CLAIM_KIND_COMPARISON;
    const Axis of = a->axis;
    if (of == Axis::kNone) return false;
    const Axis against = b != nullptr && b->axis != of ? b->axis
                         : of == Axis::kIntra          ? Axis::kInter
                                                       : Axis::kIntra;
    claim_.facts = world_.Ratios({{Quantity::kLinkRate, of}}, {}, {{Quantity::kLinkRate, against}}, {});
    claim_.subject = fmt::format("link_rate {} / {}", Name(of), Name(against));
    if (b != nullptr) claim_.last = b->last;
    return true;
  }

  bool SettingsOrTopics(uint32_t at, Comparative comparative) {
    claim_.kind = v1::CLAIM_KIND_COMPARISON;
    const std::vector<Change> baseline = BaselineOf(r_), changes = ConditionsAt(r_, fig_.first);
    const bool rate = comparative == Comparative::kFaster || comparative == Comparative::kSlower;
    const auto fits = [&](const Mention& m) {
      return !Natural(m, fig_.first, {}).empty() && m.topic != Topic::kRank &&
             (m.topic != Topic::kAxis || !Natural(m, fig_.first, {}).empty());
    };
    if (rate && baseline.empty() && changes.empty()) return true;  // of what is not known
    if (!baseline.empty() || !changes.empty()) {
      const Mention* topic = Behind(at, fits);
      if (topic == nullptr || (topic->first > at + 6)) {
        const Mention* before = Before(fits);
        if (before != nullptr) topic = before;
      }
      if (topic == nullptr) {
        // "ZeRO-3 moves 1.5 times the bytes of ZeRO-1"
        bool zero = false, moves = false;
        for (const PlacedSetting& placed : r_.settings)
          zero |= placed.setting.change.variable == Variable::kZero;
        for (const Lexeme& lexeme : r_.lexemes)
          moves |= AnyOf(lexeme.stem, {"move", "send", "sent", "byte", "communic", "transfer"});
        if (!zero || !moves) return true;
        claim_.under = changes;
        claim_.subject = "volume with " + Describe(changes) + " against " + Describe(baseline);
        const std::vector<FactQuery> queries = {{Quantity::kCommVolume}, {Quantity::kCommBytes, Axis::kDp}};
        claim_.facts = world_.Ratios(queries, changes, queries, baseline);
        return true;
      }
      return Under(*topic);
    }
    // Two topics: what stands before, and what is compared with.
    const Mention* b = nullptr;
    bool link = comparative == Comparative::kAs && !AnyOf(W(at), {"as"});
    for (uint32_t i = at; i < r_.lexemes.size() && b == nullptr; ++i) {
      if (i > at && AnyOf(W(i), {"than", "as", "of"})) link = true;
      if (!link) continue;
      for (const Mention& m : r_.mentions) {
        if (m.first == i) b = &m;
      }
    }
    const Mention* a = nullptr;
    for (const Mention& m : r_.mentions) {
      if (m.last > fig_.first) break;
      if (m.topic == Topic::kStep) continue;
      if (a == nullptr || r_.part[m.first] == r_.part[fig_.first]) {
        if (b == nullptr || Compatible(m, *b)) a = &m;
      }
    }
    if (a == nullptr || b == nullptr) return true;
    claim_.subject = WordsFor(*a) + " / " + WordsFor(*b);
    claim_.last = b->last;
    // Both as shares of the step, or both as bytes.
    const std::vector<FactQuery> share_a = QueriesOf(r_, *a, Unit::kRatio, 0, {}, fig_.first);
    const std::vector<FactQuery> share_b = QueriesOf(r_, *b, Unit::kRatio, 0, {}, fig_.first);
    const bool shares =
        (a->topic == Topic::kBubble || b->topic == Topic::kBubble || a->topic == Topic::kCompute ||
         b->topic == Topic::kCompute || a->topic == Topic::kComm || a->topic == Topic::kAxis) &&
        !share_a.empty() && !share_b.empty();
    if (shares) {
      claim_.facts = world_.Ratios(share_a, {}, share_b, {});
      return true;
    }
    claim_.facts = world_.Ratios(Natural(*a, fig_.first, {}), {}, Natural(*b, fig_.first, {}), {});
    return true;
  }
  bool Compatible(const Mention& a, const Mention& b) const {
    const bool share = !QueriesOf(r_, a, Unit::kRatio, 0, {}, fig_.first).empty() &&
                       !QueriesOf(r_, b, Unit::kRatio, 0, {}, fig_.first).empty();
    const bool bytes = !QueriesOf(r_, a, Unit::kBytes, 0, {}, fig_.first).empty() &&
                       !QueriesOf(r_, b, Unit::kBytes, 0, {}, fig_.first).empty();
    return share || bytes;
  }

  const SentenceReading& r_;
  const Figure& fig_;
  World& world_;
  RatioClaim claim_;
};

}  // namespace

std::vector<FactQuery> ComparableQueries(const SentenceReading& r, const Mention& m, uint32_t at,
                                         const std::vector<Scope>& scopes) {
  std::vector<FactQuery> queries;
  switch (m.topic) {
    case Topic::kBubble:
      return {{Quantity::kBubble}, {Quantity::kShare, Axis::kBubble}};
    case Topic::kCompute:
      return {{Quantity::kComputeFactor}};
    case Topic::kFlops:
      return {{Quantity::kComputeFactor}};
    case Topic::kInFlight:
      return {{Quantity::kInFlight}};
    case Topic::kScores:
      return {{Quantity::kScores}};
    case Topic::kStep:
      return {{Quantity::kStepTime}};
    case Topic::kThroughput:
      return {{Quantity::kTokenRate}};
    case Topic::kParameters:
      queries = QueriesOf(r, m, Unit::kBytes, 0, scopes, at);
      queries.push_back({Quantity::kParameters});
      return queries;
    case Topic::kEmbedding:
      return {{Quantity::kEmbeddingParameters}};
    case Topic::kMemory:
      return {{Quantity::kModelStates, Axis::kNone, OpName::kNone, Scope::kRank}, {Quantity::kPeakMemory}};
    case Topic::kComm:
    case Topic::kOp: {
      queries = QueriesOf(r, m, Unit::kBytes, 0, scopes, at);
      bool zero = false;
      for (const PlacedSetting& placed : r.settings)
        zero |= placed.setting.change.variable == Variable::kZero;
      if (zero) queries.push_back({Quantity::kCommVolume});
      return queries;
    }
    default:
      return QueriesOf(r, m, Unit::kBytes, 0, scopes, at);
  }
}

std::string WordsFor(const Mention& m) {
  switch (m.topic) {
    case Topic::kWeights:
    case Topic::kParameters:
      return "weights";
    case Topic::kGradients:
      return "gradients";
    case Topic::kOptimizer:
      return "optimizer states";
    case Topic::kModelStates:
      return "model states";
    case Topic::kMemory:
    case Topic::kLimit:
      return "memory";
    case Topic::kBubble:
      return "bubble";
    case Topic::kComm:
    case Topic::kOp:
      return m.axis == Axis::kNone ? "communication" : std::string(Name(m.axis)) + " communication";
    case Topic::kAxis:
      return std::string(Name(m.axis)) + " communication";
    case Topic::kCompute:
    case Topic::kFlops:
      return "computation";
    default:
      return "what is compared";
  }
}

int DirectionOfVerb(std::string_view stem) {
  if (AnyOf(stem, {"increas", "rais", "grow", "grew", "add", "inflat", "enlarg", "lengthen", "boost", "lift",
                   "rise", "climb"}))
    return 1;
  if (AnyOf(stem, {"cut", "reduc", "shrink", "shrank", "lower", "save", "drop", "decreas", "trim", "shave",
                   "lessen", "shorten", "fall", "dilut", "amort", "divid"})) {
    return -1;
  }
  return 0;
}

std::vector<Change> ConditionsAt(const SentenceReading& r, uint32_t at) {
  std::vector<Change> changes;
  std::vector<uint32_t> costs;
  const uint16_t part = at < r.part.size() ? r.part[at] : 0;
  for (const PlacedSetting& placed : r.settings) {
    if (placed.role != SettingRole::kCondition) continue;
    uint32_t cost = placed.setting.first > at ? placed.setting.first - at + 2 : at - placed.setting.first;
    if (r.part[placed.setting.first] != part) cost += placed.setting.first > at ? 1000 : 30;
    if (cost >= 1000) continue;
    bool seen = false;
    for (size_t i = 0; i < changes.size(); ++i) {
      const bool same = changes[i].variable == placed.setting.change.variable;
      if (same && cost < costs[i]) changes[i] = placed.setting.change, costs[i] = cost;
      seen |= same;
    }
    if (!seen) changes.push_back(placed.setting.change), costs.push_back(cost);
  }
  return changes;
}

std::vector<Change> BaselineOf(const SentenceReading& r) {
  std::vector<Change> changes;
  for (const PlacedSetting& placed : r.settings) {
    if (placed.role == SettingRole::kBaseline) changes.push_back(placed.setting.change);
  }
  return changes;
}

std::optional<RatioClaim> RatioOf(const SentenceReading& reading, const Figure& figure, World* world) {
  return RatioReader(reading, figure, world).Run();
}

}  // namespace ringside::claims
