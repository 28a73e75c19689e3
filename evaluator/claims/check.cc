#include "evaluator/claims/check.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "evaluator/claims/claim_builder.h"
#include "evaluator/claims/derive.h"
#include "evaluator/claims/plausible.h"
#include "evaluator/claims/ratios.h"
#include "evaluator/claims/relations.h"
#include "evaluator/claims/score.h"
#include "evaluator/claims/subjects.h"
#include "evaluator/text/analyze.h"
#include "fmt/format.h"

namespace ringside::claims {
namespace {

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Works through one sentence.
constexpr double kBound = 8;  // a subject that stands right beside its figure excuses no other

// What later sentences may refer to.
struct Memory {
  std::vector<FactQuery> queries;
  Unit unit = Unit::kCount;
  double nominal = 0;  // plausible.h
  std::vector<PlacedSetting> settings;
};

class SentenceChecker {
 public:
  SentenceChecker(std::string_view text, World* world, Memory* memory, v1::ClaimReport* report)
      : text_(text),
        world_(*world),
        last_queries_(memory->queries),
        last_unit_(memory->unit),
        nominal_(memory->nominal),
        settings_(memory->settings),
        report_(*report) {}

  void Run(SentenceLexemes sentence) {
    r_ = Read(std::move(sentence), text_, world_.shape());
    if (r_.question || r_.lexemes.empty()) return;
    CarrySettings();
    if (const double nominal = NominalOf(r_, world_); nominal > 0) nominal_ = nominal;
    Formulas();
    FindTrainingTokens();
    for (size_t i = 0; i < r_.figures.size(); ++i) {
      if (report_.claims_size() >= kMaxClaims) {
        report_.set_cut(true);
        return;
      }
      if (!r_.figures[i].used && !r_.figures[i].part_of_name) CheckFigure(i);
    }
    for (v1::Claim& claim : RelationsOf(text_, r_, &world_)) Add(std::move(claim));
  }

 private:
  std::string_view W(int64_t i) const { return r_.Word(i); }
  void Add(v1::Claim claim) {
    if (report_.claims_size() < kMaxClaims) *report_.add_claims() = std::move(claim);
  }

  // "Full recomputation saves memory. It costs ...": under what the sentence before said.
  void CarrySettings() {
    const bool pronoun = AnyOf(W(0), {"it", "this", "that"}) && r_.mentions.size() < 8;
    if (pronoun && r_.settings.empty() && settings_.size() == 1) {
      PlacedSetting carried = settings_.front();
      carried.setting.first = 0, carried.setting.last = 1, carried.figure = -1;
      r_.settings.push_back(carried);
      return;
    }
    settings_.clear();
    for (const PlacedSetting& placed : r_.settings) {
      if (placed.role == SettingRole::kCondition && placed.setting.named) settings_.push_back(placed);
    }
  }

  // -- arithmetic

  void Formulas() {
    for (const Formula& formula : r_.formulas) {
      if (!formula.checked) continue;
      ClaimParts parts;
      parts.kind = v1::CLAIM_KIND_ARITHMETIC;
      parts.begin = formula.begin, parts.end = formula.end;
      parts.subject = "arithmetic";
      v1::Claim claim = PlainClaim(text_, parts);
      claim.set_relation(formula.approximate ? v1::CLAIM_RELATION_ABOUT : v1::CLAIM_RELATION_EQUAL);
      claim.set_stated(formula.stated);
      claim.set_truth(formula.computed);
      claim.set_tolerance(formula.tolerance);
      if (formula.right) {
        claim.set_verdict(v1::CLAIM_VERDICT_SUPPORTED);
        claim.set_reason(fmt::format("as said: {:.4g}", formula.computed));
      } else if (formula.has_letters && !OnlyAxes(formula)) {
        claim.set_reason("the letters may stand for something else");
      } else {
        claim.set_verdict(v1::CLAIM_VERDICT_CONTRADICTED);
        claim.set_reason(
            fmt::format("not so: the sides are {:.4g} and {:.4g}", formula.computed, formula.stated));
      }
      Add(std::move(claim));
    }
  }
  // Letters that everybody uses alike.
  bool OnlyAxes(const Formula& formula) const {
    for (uint32_t i = formula.first; i < formula.last; ++i) {
      const std::string_view word = W(i);
      if (word.size() == 1 && word != "p" && word != "m" && word != "x" && word != "b") return false;
    }
    return true;
  }

  // -- figures

  // "1T tokens", where a time or a price is said beside it: what is trained on.
  void FindTrainingTokens() {
    bool long_time = false;
    for (const Figure& figure : r_.figures) {
      long_time |= figure.units[0].unit == Unit::kUsd ||
                   (figure.units[0].unit == Unit::kSeconds && figure.units[0].scale >= 60);
    }
    for (Figure& figure : r_.figures) {
      if (figure.units[0].unit != Unit::kCount || figure.Value(0) < 1e8 ||
          !AnyOf(W(figure.last), {"tokens", "token"}))
        continue;
      if (!long_time && figure.Value(0) < 1e10) continue;
      training_tokens_ = figure.Value(0);
      figure.used = true;
    }
  }

  bool Negated(const Figure& figure) const {
    for (int64_t back = 1; back <= 5; ++back) {
      const int64_t at = static_cast<int64_t>(figure.bound_first) - back;
      const Lexeme* lexeme = r_.At(at);
      if (lexeme == nullptr || lexeme->kind == LexKind::kSign ||
          r_.part[static_cast<size_t>(at)] != r_.part[figure.first])
        return false;
      if (!lexeme->negator) continue;
      const bool explicit_not = lexeme->lower == "not" || lexeme->lower.ends_with("n't") ||
                                lexeme->lower == "never" || lexeme->lower == "cannot";
      return explicit_not && figure.relation != v1::CLAIM_RELATION_AT_MOST &&
             figure.relation != v1::CLAIM_RELATION_AT_LEAST;
    }
    return false;
  }

  // "instead of 4", "rather than 50 GB/s": what is without the change.
  bool InsteadOf(const Figure& figure) const {
    int64_t at = static_cast<int64_t>(figure.bound_first) - 1;
    while (AnyOf(W(at), {"the", "its", "a", "plain", "only"})) --at;
    return (W(at) == "of" && W(at - 1) == "instead") || (W(at) == "than" && W(at - 1) == "rather");
  }

  // "once per step", "gathered twice a micro-batch": a number of times.
  bool IsFrequency(const Figure& figure) const {
    if (figure.form != FigureForm::kTimes || r_.SignAt(figure.last - 1, '*') ||
        r_.At(figure.last - 1)->Is("x"))
      return false;
    const std::string_view next = W(figure.last);
    if (AnyOf(next, {"per", "every", "each", "forward", "backward"})) return true;
    return (next == "a" || next == "in" || next == "for") &&
           std::any_of(r_.scopes.begin(), r_.scopes.end(), [&](const ScopeMark& s) {
             return s.first >= figure.last && s.first <= figure.last + 2;
           });
  }

  void Compare(const Figure& figure, size_t unit, const std::vector<double>& factors, ClaimParts parts) {
    parts.under = world_.Different(parts.under);
    if (parts.begin == parts.end) parts.begin = r_.lexemes[figure.bound_first].begin, parts.end = figure.end;
    Add(FigureClaim(text_, figure, unit, factors, Negated(figure), parts));
  }

  // "We use tp 8."
  bool Asserted(size_t index, const Figure& figure) {
    for (const PlacedSetting& placed : r_.settings) {
      const Variable variable = placed.setting.change.variable;
      const bool axis = variable >= Variable::kDp && variable <= Variable::kEp;
      if (placed.figure != static_cast<int>(index) || placed.role != SettingRole::kAssertion || !axis ||
          world_.shape() == nullptr || placed.setting.first >= figure.first) {
        continue;
      }
      Fact fact;
      fact.quantity = Quantity::kWays, fact.value = ValueOf(*world_.shape(), variable).value_or(0);
      fact.formula = "of the plan";
      ClaimParts parts;
      parts.subject = "ways of " + std::string(Name(variable));
      parts.facts = {fact};
      Compare(figure, 0, {}, std::move(parts));
      return true;
    }
    return false;
  }

  // "cannot go below 16 bytes": at least.
  void TurnDeniedBound(Figure* figure) const {
    const std::string_view word = W(static_cast<int64_t>(figure->bound_first) - 1);
    const bool below = AnyOf(word, {"below", "under", "beneath"});
    const bool above = AnyOf(word, {"above", "over", "beyond", "exceed"});
    if ((!below && !above) || !Negated(*figure)) return;
    --figure->bound_first;
    figure->relation = below ? v1::CLAIM_RELATION_AT_LEAST : v1::CLAIM_RELATION_AT_MOST;
  }

  void CheckFigure(size_t index) {
    Figure& figure = r_.figures[index];
    TurnDeniedBound(&figure);
    if (Asserted(index, figure)) return;
    if (IsFrequency(figure)) {
      figure.form = FigureForm::kPlain;
      figure.units = {{Unit::kCount, 1, false}};
      return Frequency(figure);
    }
    if (figure.form != FigureForm::kPlain) {
      std::optional<RatioClaim> ratio = RatioOf(r_, figure, &world_);
      if (ratio.has_value()) {
        // A share of the step that no topic names: as any other share.
        ClaimParts parts;
        parts.kind = ratio->kind;
        parts.begin = r_.lexemes[ratio->first].begin;
        parts.end = r_.lexemes[std::min<size_t>(ratio->last, r_.lexemes.size()) - 1].end;
        parts.subject = ratio->subject, parts.under = ratio->under, parts.facts = ratio->facts;
        return Compare(figure, 0, ratio->factors, std::move(parts));
      }
      if (figure.form == FigureForm::kTimes) return;  // a factor of nothing that was recognised
    }
    if (Training(figure)) return;
    if (OfNodes(figure)) return;
    Plain(index);
  }

  void Frequency(const Figure& figure) {
    const Mention* op = nullptr;
    for (const Mention& m : r_.mentions) {
      if (m.topic == Topic::kOp) op = &m;
    }
    ClaimParts parts;
    parts.under = ConditionsAt(r_, figure.first);
    if (op != nullptr) {
      std::vector<Scope> scopes = ScopesOf(r_, figure.bound_first, figure.last);
      // "once forward": the word right behind it.
      if (W(figure.last) == "forward") scopes = {Scope::kForward};
      if (W(figure.last) == "backward") scopes = {Scope::kBackward};
      const std::vector<FactQuery> queries =
          QueriesOf(r_, *op, Unit::kCount, figure.number, scopes, figure.first);
      parts.facts = world_.Look(queries, parts.under);
      parts.subject =
          Describe(queries.front().quantity, queries.front().axis, queries.front().op, queries.front().scope);
    }
    Compare(figure, 0, {}, std::move(parts));
  }

  // "1T tokens take 107 days", "300B tokens cost $1.2M".
  bool Training(const Figure& figure) {
    const Unit unit = figure.units[0].unit;
    if (training_tokens_ <= 0 || (unit != Unit::kSeconds && unit != Unit::kUsd)) return false;
    if (unit == Unit::kSeconds && figure.units[0].scale < 60) return false;
    ClaimParts parts;
    parts.under = ConditionsAt(r_, figure.first);
    parts.subject = unit == Unit::kSeconds ? "training time" : "training cost";
    const FactQuery query = unit == Unit::kSeconds
                                ? FactQuery{Quantity::kTokenRate, Axis::kNone, OpName::kNone, Scope::kTotal}
                                : FactQuery{Quantity::kUsdPerMillionTokens};
    for (Fact fact : world_.Look({query}, parts.under)) {
      fact.value =
          unit == Unit::kSeconds ? training_tokens_ / fact.value : training_tokens_ / 1e6 * fact.value;
      fact.unit = unit;
      fact.where += fmt::format("; {:.4g} tokens", training_tokens_);
      fact.low = fact.high = 0;
      parts.facts.push_back(std::move(fact));
    }
    Compare(figure, 0, {}, std::move(parts));
    return true;
  }

  // "16 nodes of 8"
  bool OfNodes(const Figure& figure) {
    if (W(static_cast<int64_t>(figure.first) - 1) != "of" || figure.has_unit) return false;
    for (const Mention& m : r_.mentions) {
      if (m.topic != Topic::kNode || m.last != figure.first - 1) continue;
      ClaimParts parts;
      parts.subject = "devices_per_node";
      parts.facts = world_.Look({{Quantity::kDevicesPerNode}}, {});
      Compare(figure, 0, {}, std::move(parts));
      return true;
    }
    return false;
  }

  // "40 layers": what is counted stands beside the number, and it is of nothing else.
  void OwnNoun(const Figure& figure, std::vector<Subject>* subjects) const {
    if (figure.units[0].unit != Unit::kCount || figure.magnitude) return;
    const auto beside = [&](const Subject& subject) {
      return subject.mention >= 0 && r_.mentions[static_cast<size_t>(subject.mention)].first == figure.last;
    };
    if (std::none_of(subjects->begin(), subjects->end(), beside)) return;
    std::erase_if(*subjects, [&](const Subject& subject) {
      if (subject.mention < 0 || beside(subject)) return false;
      return r_.mentions[static_cast<size_t>(subject.mention)].topic != Topic::kInFlight;
    });
  }

  // The noun of "10" in "10 of the 40 layers" stands behind the other figure.
  int BorrowedMention(size_t index) const {
    const Figure& figure = r_.figures[index];
    if (W(figure.last) != "of" || index + 1 >= r_.figures.size()) return -1;
    const Figure& next = r_.figures[index + 1];
    if (next.first > figure.last + 2) return -1;
    for (size_t i = 0; i < r_.mentions.size(); ++i) {
      if (r_.mentions[i].first == next.last) return static_cast<int>(i);
    }
    return -1;
  }
  bool IsWhole(size_t index) const {
    return index > 0 && r_.figures[index].first >= 1 &&
           r_.figures[index].first <= r_.figures[index - 1].last + 2 && W(r_.figures[index - 1].last) == "of";
  }

  std::vector<Fact> FactsOf(const std::vector<FactQuery>& queries, const Figure& figure,
                            const std::vector<Change>& changes) {
    std::vector<Fact> facts = world_.Look(queries, changes);
    // "from 96 GB to 3 GB": the first is of what was before.
    // "4 GB instead of 128 GB": the second is.
    const bool instead = InsteadOf(figure);
    const bool from = W(static_cast<int64_t>(figure.bound_first) - 1) == "from";
    if (instead) facts = world_.Look(queries, {});
    if (from || instead) {
      std::vector<FactQuery> any = queries;
      for (FactQuery& query : any) query.scope = query.scope == Scope::kRank ? Scope::kNone : query.scope;
      for (const std::vector<Change>& before :
           {std::vector<Change>{}, std::vector<Change>{{Variable::kZero, 0}},
            std::vector<Change>{{Variable::kRecompute, v1::RECOMPUTE_NONE}},
            std::vector<Change>{{Variable::kChunks, 1}}}) {
        for (Fact& fact : world_.Look(any, before)) facts.push_back(std::move(fact));
      }
    }
    return facts;
  }
  // "27 GB of weights and gradients": also both together.
  void AddPair(const Subject& subject, const std::vector<Change>& changes, std::vector<Fact>* facts) {
    if (subject.mention < 0 || facts->empty()) return;
    const Mention& m = r_.mentions[static_cast<size_t>(subject.mention)];
    for (const Mention& other : r_.mentions) {
      const bool behind = other.first == m.last + 1 && AnyOf(W(m.last), {"and", "plus"});
      const bool before = m.first == other.last + 1 && AnyOf(W(other.last), {"and", "plus"});
      if (!behind && !before) continue;
      const std::vector<FactQuery> queries = QueriesOf(r_, other, Unit::kBytes, 0, {}, m.first);
      std::vector<Fact> sums;
      for (const Fact& a : *facts) {
        for (const Fact& b : world_.Look(queries, changes)) {
          if (a.scope != b.scope || a.unit != b.unit || a.quantity == b.quantity) continue;
          Fact sum = a;
          sum.value = a.value + b.value, sum.low = a.lowest() + b.lowest(),
          sum.high = a.highest() + b.highest();
          sum.formula = "both together";
          sums.push_back(sum);
        }
      }
      facts->insert(facts->end(), sums.begin(), sums.end());
      return;
    }
  }

  ClaimParts PartsOf(const Subject& subject, const Figure& figure) {
    ClaimParts parts;
    parts.under = InsteadOf(figure) ? std::vector<Change>() : ConditionsAt(r_, figure.first);
    const FactQuery& query = subject.queries.front();
    parts.subject = Describe(query.quantity, query.axis, query.op, query.scope);
    parts.facts = FactsOf(subject.queries, figure, parts.under);
    if (figure.units[subject.unit].unit == Unit::kBytes) AddPair(subject, parts.under, &parts.facts);
    parts.begin = r_.lexemes[figure.bound_first].begin, parts.end = figure.end;
    if (subject.mention >= 0) {
      const Mention& m = r_.mentions[static_cast<size_t>(subject.mention)];
      parts.begin = std::min(parts.begin, r_.lexemes[m.first].begin);
      parts.end = std::max(parts.end, r_.lexemes[m.last - 1].end);
    }
    return parts;
  }

  void Plain(size_t index) {
    Figure& figure = r_.figures[index];
    // "8-way", "32 ways": how it is split.
    if (AnyOf(W(figure.last), {"way", "ways"})) return;
    if (OfDevice(figure)) return;
    std::vector<Subject> subjects = SubjectsOf(r_, figure);
    if (IsSaving(r_, figure)) return Saving(figure, subjects);
    if (const int borrowed = BorrowedMention(index); borrowed >= 0) {
      const Mention& m = r_.mentions[static_cast<size_t>(borrowed)];
      std::vector<FactQuery> queries = QueriesOf(r_, m, figure.units[0].unit, figure.Value(0),
                                                 ScopesOf(r_, figure.bound_first, figure.last), figure.first);
      if (!queries.empty()) subjects.insert(subjects.begin(), {std::move(queries), borrowed, 20, 0});
    }
    OwnNoun(figure, &subjects);
    if (IsWhole(index) && figure.units[0].unit != Unit::kCount) return;
    if (IsWhole(index)) {
      for (Subject& subject : subjects) {
        for (FactQuery& query : subject.queries) query.scope = Scope::kTotal;
      }
    }
    if (subjects.empty()) subjects = Inherited(index, figure);
    if (subjects.empty() || Trivial(figure, subjects.front())) {
      if (figure.has_unit && subjects.empty()) Compare(figure, 0, {}, {});
      return;
    }
    // The strongest that something is known of; another one that stands as near and agrees excuses it.
    std::optional<v1::Claim> chosen;
    const Subject* of = nullptr;
    double strongest = 0;
    for (const Subject& subject : subjects) {
      if (chosen.has_value() && subject.strength < strongest - 10) break;
      ClaimParts parts = PartsOf(subject, figure);
      parts.under = world_.Different(parts.under);
      const bool known = !parts.facts.empty();
      if (!known && chosen.has_value()) continue;
      v1::Claim claim = FigureClaim(text_, figure, subject.unit, {}, Negated(figure), parts);
      ReadFurther(figure, subject, parts, &claim);
      const bool better =
          !chosen.has_value() || (chosen->evidence().empty() && known) ||
          (chosen->verdict() != v1::CLAIM_VERDICT_SUPPORTED &&
           claim.verdict() == v1::CLAIM_VERDICT_SUPPORTED && SamePart(subject, figure) && strongest < kBound);
      // A condition of another part of the sentence may not reach here.
      if (claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED && !parts.under.empty() &&
          !ConditionInPart(figure)) {
        ClaimParts plain = parts;
        plain.under.clear();
        plain.facts = world_.Look(subject.queries, {});
        v1::Claim other = FigureClaim(text_, figure, subject.unit, {}, Negated(figure), plain);
        if (other.verdict() == v1::CLAIM_VERDICT_SUPPORTED) claim = std::move(other);
      }
      if (!chosen.has_value()) strongest = subject.strength;
      if (better) chosen = std::move(claim), of = &subject;
      if (chosen->verdict() == v1::CLAIM_VERDICT_SUPPORTED) break;
    }
    if (chosen->verdict() == v1::CLAIM_VERDICT_CONTRADICTED && of != nullptr &&
        (OtherModel() || (Setting(of->queries.front().quantity) && !Deictic()) || Single(figure))) {
      chosen->set_verdict(v1::CLAIM_VERDICT_NOT_CHECKABLE);
      chosen->set_reason("not plainly said of this plan");
    }
    if (chosen->verdict() == v1::CLAIM_VERDICT_CONTRADICTED && of != nullptr &&
        (figure.units[of->unit].unit == Unit::kBytes || OfOtherClause(figure, *of)) &&
        !BoundPlainly(r_, figure, *of)) {
      chosen->set_verdict(v1::CLAIM_VERDICT_NOT_CHECKABLE);
      chosen->set_reason("what this figure is of is not said plainly");
    }
    if (chosen->verdict() == v1::CLAIM_VERDICT_CONTRADICTED && UnknownCondition()) {
      chosen->set_verdict(v1::CLAIM_VERDICT_NOT_CHECKABLE);
      chosen->set_hypothetical(true);
      chosen->set_reason("said of another plan, and under which condition was not recognised");
    }
    // "70 billion parameters times 16 bytes is 1.1 TB": right by itself, and of what it does not say.
    if (chosen->verdict() == v1::CLAIM_VERDICT_CONTRADICTED && of != nullptr && of->mention >= 0 &&
        RightResult(figure) && r_.mentions[static_cast<size_t>(of->mention)].topic == Topic::kParameters) {
      return;
    }
    if (of != nullptr) last_queries_ = of->queries, last_unit_ = figure.units[of->unit].unit;
    Add(*std::move(chosen));
  }
  // "8 because ...; beyond it, all-reduces": a count of calls behind a semicolon.
  bool OfOtherClause(const Figure& figure, const Subject& subject) const {
    return figure.units[subject.unit].unit == Unit::kCount && subject.mention >= 0 &&
           r_.part[r_.mentions[static_cast<size_t>(subject.mention)].first] != r_.part[figure.first];
  }

  // A claim that does not hold in its nearest reading may hold in another that its words allow.
  void ReadFurther(const Figure& figure, const Subject& subject, ClaimParts parts, v1::Claim* claim) {
    if (claim->verdict() == v1::CLAIM_VERDICT_SUPPORTED || Negated(figure)) return;
    parts.facts =
        FurtherReadings(r_, figure, subject, ConditionsAt(r_, figure.first), parts.facts, nominal_, &world_);
    if (parts.facts.empty()) return;
    v1::Claim other = FigureClaim(text_, figure, subject.unit, {}, false, parts);
    if (other.verdict() == v1::CLAIM_VERDICT_SUPPORTED) *claim = std::move(other);
  }

  // The memory of a device; of another device's nothing is known.
  bool OfDevice(const Figure& figure) {
    if (!IsOfDevice(r_, figure)) return false;
    ClaimParts parts;
    parts.subject = "memory.limit per rank";
    parts.facts = world_.Look({{Quantity::kMemoryLimit, Axis::kNone, OpName::kNone, Scope::kRank}}, {});
    parts.begin = r_.lexemes[figure.bound_first].begin, parts.end = figure.end;
    v1::Claim claim = FigureClaim(text_, figure, 0, {}, false, parts);
    if (claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED) {
      claim.set_verdict(v1::CLAIM_VERDICT_NOT_CHECKABLE);
      claim.set_reason("said of a device that is not the plan's");
    } else if (claim.verdict() == v1::CLAIM_VERDICT_SUPPORTED) {
      Enough(figure, &claim);
    }
    Add(std::move(claim));
    return true;
  }
  // "80 GB are enough": so if the peak is below.
  void Enough(const Figure& figure, v1::Claim* claim) {
    bool enough = false, denied = false;
    for (uint32_t i = figure.last; i < figure.last + 4; ++i) {
      enough |= AnyOf(W(i), {"enough", "suffice", "suffices"});
      denied |= r_.At(i) != nullptr && r_.At(i)->negator;
    }
    const std::vector<Fact> peak = world_.Look({{Quantity::kPeakMemory}}, {});
    if (!enough || peak.empty()) return;
    const bool so = (peak.front().value <= claim->stated()) != denied;
    claim->set_kind(v1::CLAIM_KIND_STATEMENT);
    claim->set_subject("fit");
    claim->set_truth(peak.front().value);
    claim->set_verdict(so ? v1::CLAIM_VERDICT_SUPPORTED : v1::CLAIM_VERDICT_CONTRADICTED);
    claim->set_reason(fmt::format("{}: it needs {} of {}", so ? "as said" : "not so",
                                  Shown(peak.front().value, Unit::kBytes),
                                  Shown(claim->stated(), Unit::kBytes)));
    *claim->add_evidence() = EvidenceOf(peak.front());
  }

  // "saves 20 MB": before less after; contradicted only where both are said.
  void Saving(const Figure& figure, const std::vector<Subject>& subjects) {
    ClaimParts parts;
    const std::vector<Change> changes = ConditionsAt(r_, figure.first);
    for (const Subject& subject : subjects) {
      for (Fact& fact : Savings(subject.queries, changes, &world_)) parts.facts.push_back(std::move(fact));
    }
    if (!parts.facts.empty()) parts.subject = "what is saved";
    parts.under = world_.Different(changes);
    parts.begin = r_.lexemes[figure.bound_first].begin, parts.end = figure.end;
    v1::Claim claim = FigureClaim(text_, figure, 0, {}, false, parts);
    if (claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED && changes.empty()) {
      claim.set_verdict(v1::CLAIM_VERDICT_NOT_CHECKABLE);
      claim.set_reason("saved by what was not recognised");
    }
    Add(std::move(claim));
  }

  bool SamePart(const Subject& subject, const Figure& figure) const {
    return subject.mention < 0 ||
           r_.part[r_.mentions[static_cast<size_t>(subject.mention)].first] == r_.part[figure.first];
  }

  bool ConditionInPart(const Figure& figure) const {
    return std::any_of(r_.settings.begin(), r_.settings.end(), [&](const PlacedSetting& placed) {
      return placed.role == SettingRole::kCondition && r_.part[placed.setting.first] == r_.part[figure.first];
    });
  }
  // "A 7B model with 32 layers", where the answer's model is another one.
  bool OtherModel() const {
    if (world_.shape() == nullptr) return false;
    const double parameters = ModelParameters(*world_.shape());
    return std::any_of(r_.figures.begin(), r_.figures.end(), [&](const Figure& figure) {
      const bool named = figure.part_of_name || W(static_cast<int64_t>(figure.bound_first) - 1) == "for";
      return named && figure.magnitude && figure.Value(0) >= 1e6 && figure.units[0].unit == Unit::kCount &&
             std::fabs(figure.Value(0) / parameters - 1) > 0.15;
    });
  }
  static bool Setting(Quantity quantity) {
    return quantity >= Quantity::kLayers && quantity <= Quantity::kChunks &&
           quantity != Quantity::kTokensPerStep;
  }
  // Whether a sentence speaks of this plan, not of plans in general.
  bool Deictic() const {
    for (size_t i = 0; i < r_.lexemes.size(); ++i) {
      const std::string_view word = W(static_cast<int64_t>(i));
      if (AnyOf(word, {"we", "our", "i", "my", "us", "plan", "batch", "each", "every", "per", "global",
                       "step", "stage"}))
        return true;
      if (word == "model" && AnyOf(W(static_cast<int64_t>(i) + 1), {"has", "is", "contains"})) return true;
    }
    return !r_.formulas.empty();
  }
  static bool Single(const Figure& figure) {
    return figure.in_words && figure.number == 1 && figure.form == FigureForm::kPlain && !figure.has_unit &&
           !figure.magnitude;
  }
  bool RightResult(const Figure& figure) const {
    return std::any_of(r_.formulas.begin(), r_.formulas.end(), [&](const Formula& formula) {
      return formula.checked && formula.right && figure.first >= formula.first && figure.last <= formula.last;
    });
  }

  // "Had we done otherwise it would ...": of something that is not, and no setting says of what.
  bool UnknownCondition() const {
    for (const PlacedSetting& placed : r_.settings) {
      if (W(placed.setting.last) == "alone" && placed.role == SettingRole::kCondition)
        return true;  // without the rest
    }
    for (const PlacedSetting& placed : r_.settings) {
      if (placed.role == SettingRole::kCondition) return false;
    }
    // "To get it under 5 % we would need ..."
    if (W(0) == "to" && r_.modal) return true;
    for (size_t i = 0; i < r_.lexemes.size(); ++i) {
      if (AnyOf(W(static_cast<int64_t>(i)),
                {"if", "suppose", "otherwise", "without", "imagine", "hypothetically", "unless"}))
        return true;
      if (AnyOf(W(static_cast<int64_t>(i)), {"had", "were"}) &&
          AnyOf(W(static_cast<int64_t>(i) + 1), {"we", "i", "it", "they", "one"}))
        return true;
    }
    return false;
  }

  // Words such as "one" that count nothing.
  bool Trivial(const Figure& figure, const Subject& subject) const {
    return figure.in_words && figure.number == 1 && figure.form == FigureForm::kPlain && subject.strength < 0;
  }

  // "It would be 7/71": of what was spoken of last; "instead of at most 4": of the figure before.
  std::vector<Subject> Inherited(size_t index, const Figure& figure) const {
    if (last_queries_.empty()) return {};
    bool pronoun = InsteadOf(figure) || index > 0;
    for (uint32_t i = 0; i < figure.first && !pronoun; ++i) {
      pronoun = AnyOf(W(i), {"it", "this", "that", "they", "these", "its"});
    }
    if (!pronoun) return {};
    // "40 layers, ten on each stage"
    const bool layers = last_queries_.front().quantity == Quantity::kLayers && !figure.has_unit;
    if (layers && AnyOf(W(figure.last), {"on", "per", "in", "for", "each"})) {
      const std::vector<Scope> scopes = ScopesOf(r_, figure.bound_first, figure.last);
      const bool stage = std::find(scopes.begin(), scopes.end(), Scope::kStage) != scopes.end();
      if (stage) return {{{{Quantity::kLayers, Axis::kNone, OpName::kNone, Scope::kStage}}, -1, 0, 0}};
    }
    const bool parallel = InsteadOf(figure) ||
                          AnyOf(W(static_cast<int64_t>(figure.bound_first) - 1), {"to", "or"}) ||
                          figure.has_unit || figure.form != FigureForm::kPlain;
    if (!parallel) return {};
    for (size_t unit = 0; unit < figure.units.size(); ++unit) {
      if (figure.units[unit].unit == last_unit_) return {{last_queries_, -1, 0, unit}};
    }
    return {};
  }

  const std::string_view text_;
  World& world_;
  std::vector<FactQuery>& last_queries_;
  Unit& last_unit_;
  double& nominal_;
  std::vector<PlacedSetting>& settings_;
  v1::ClaimReport& report_;
  SentenceReading r_;
  double training_tokens_ = 0;
};

}  // namespace

v1::ClaimReport CheckClaims(std::string_view text, const Facts& facts) {
  v1::ClaimReport report;
  const text::Document document = text::Analyze(text);
  report.set_cut(document.cut);
  // What was not looked at is in no token.
  const std::string_view read =
      document.cut && !document.tokens.empty() ? text.substr(0, document.tokens.back().end) : text;
  World world(facts);
  Memory memory;
  for (SentenceLexemes& sentence : LexemesOf(read, document)) {
    if (sentence.lexemes.size() > kMaxSentence) {
      sentence.lexemes.resize(kMaxSentence);
      report.set_cut(true);
    }
    SentenceChecker(read, &world, &memory, &report).Run(std::move(sentence));
  }
  Score(&report);
  return report;
}

}  // namespace ringside::claims
