#include "evaluator/claims/reading.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

namespace ringside::claims {
namespace {

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// -- parts

bool OpensPart(std::string_view word) {
  return AnyOf(word, {"while", "whereas", "but", "so", "because", "since", "although", "though", "which",
                      "where", "hence", "therefore", "thus", "leaving", "meaning"});
}

std::vector<uint16_t> PartsOf(const std::vector<Lexeme>& lexemes) {
  std::vector<uint16_t> parts(lexemes.size(), 0);
  uint16_t part = 0;
  for (size_t i = 0; i < lexemes.size(); ++i) {
    const Lexeme& lexeme = lexemes[i];
    if (i > 0 && lexeme.kind == LexKind::kWord && OpensPart(lexeme.lower)) ++part;
    if (lexeme.IsSign(';')) ++part;
    parts[i] = part;
  }
  return parts;
}

// -- scopes

Scope ScopeOfNoun(const Lexeme& lexeme) {
  const std::string_view stem = lexeme.stem;
  if (AnyOf(stem, {"gpu", "rank", "devic", "acceler", "worker", "card", "process"}) ||
      IsDeviceName(lexeme.lower))
    return Scope::kRank;
  if (AnyOf(stem, {"layer", "block"})) return Scope::kLayer;
  if (stem.starts_with("microbatch")) return Scope::kMicroBatch;
  if (AnyOf(stem, {"step", "iter"})) return Scope::kStep;
  if (stem == "stage") return Scope::kStage;
  if (AnyOf(stem, {"node", "machin", "host", "server"})) return Scope::kNode;
  if (stem == "token") return Scope::kToken;
  if (AnyOf(stem, {"paramet", "param"})) return Scope::kParameter;
  return Scope::kNone;
}

class ScopeReader {
 public:
  explicit ScopeReader(const SentenceReading& reading) : r_(reading) {}

  std::vector<ScopeMark> Run() {
    const auto size = static_cast<uint32_t>(r_.lexemes.size());
    for (uint32_t i = 0; i < size; ++i) {
      if (r_.lexemes[i].IsSign('/')) Distributive(i);
      const std::string_view word = r_.Word(i);
      if (word.empty()) continue;
      if (AnyOf(word, {"per", "each", "every", "a", "one", "any", "single"})) Distributive(i);
      if (word == "and" && !marks_.empty() && i == marks_.back().last) Distributive(i);
      if (AnyOf(word, {"total", "overall", "altogether", "aggregate", "combined", "cluster"}))
        Add(i, i + 1, Scope::kTotal);
      if (word == "in" && r_.Word(i + 1) == "all") Add(i, i + 2, Scope::kTotal);
      if (AnyOf(word, {"whole", "entire", "full"}) && r_.Word(i + 1) == "model") Add(i, i + 2, Scope::kTotal);
      if (word == "across" && r_.Word(i + 1) == "all") Add(i, i + 2, Scope::kTotal);
      if (word == "forward" && !(r_.Word(i + 1) == "and" && r_.Word(i + 2) == "backward"))
        Add(i, i + 1, Scope::kForward);
      if (word == "backward" && !(r_.Word(i - 1) == "and" && r_.Word(i - 2) == "forward"))
        Add(i, i + 1, Scope::kBackward);
      if (word == "ideal") Add(i, i + 1, Scope::kIdeal);
      if (word == "each" && i > 0 && r_.lexemes[i - 1].stem == "byte") Add(i, i + 1, Scope::kParameter);
    }
    return std::move(marks_);
  }

 private:
  void Add(uint32_t first, uint32_t last, Scope scope) { marks_.push_back({first, last, scope}); }
  void Distributive(uint32_t i) {
    for (uint32_t next = i + 1; next <= i + 4 && next < r_.lexemes.size(); ++next) {
      const Lexeme& lexeme = r_.lexemes[next];
      if (lexeme.kind == LexKind::kWord) {
        const Scope scope = ScopeOfNoun(lexeme);
        const bool far = next > i + 1;
        const bool each_of = r_.Word(i + 1) == "of" && AnyOf(r_.Word(i), {"each", "every", "one", "any"});
        const bool single = r_.Word(i + 1) == "single" || r_.Word(i + 1) == "pipeline" ||
                            r_.Word(i + 1) == "one" || r_.Word(i + 1) == "training" ||
                            r_.Word(i + 1) == "transformer" || r_.Word(i + 1) == "micro";
        if (scope != Scope::kNone && (!far || each_of || single)) return Add(i, next + 1, scope);
        if (r_.Word(i + 1) == "micro" && lexeme.stem == "batch") return Add(i, next + 1, Scope::kMicroBatch);
        if (!far && !each_of && !single && r_.Word(i + 1) != "of") return;
      }
    }
  }

  const SentenceReading& r_;
  std::vector<ScopeMark> marks_;
};

// -- settings by number

class SettingPlacer {
 public:
  SettingPlacer(SentenceReading* reading, const PlanShape* shape) : r_(*reading), shape_(shape) {}

  void Run() {
    for (const Setting& setting : NamedSettings(r_.lexemes)) {
      if (!OfStates(setting)) Place(setting, -1);
    }
    for (size_t i = 0; i < r_.figures.size(); ++i) {
      Figure& figure = r_.figures[i];
      const bool whole = figure.form == FigureForm::kPlain && !figure.has_unit && !figure.part_of_name &&
                         figure.relation != v1::CLAIM_RELATION_BETWEEN;
      if (whole && StageOfZero(static_cast<int>(i))) continue;
      if (whole) Numbered(static_cast<int>(i));
      // The figure of "ZeRO-3", "interleaving with 2 chunks".
      for (const PlacedSetting& placed : r_.settings) {
        if (placed.figure < 0 && figure.first >= placed.setting.first && figure.last <= placed.setting.last)
          figure.used = true;
      }
    }
    if (shape_ != nullptr) Multiples();
    std::stable_sort(
        r_.settings.begin(), r_.settings.end(),
        [](const PlacedSetting& a, const PlacedSetting& b) { return a.setting.first < b.setting.first; });
  }

 private:
  // "Adam's states in fp32": that is their precision whatever the plan's.
  bool OfStates(const Setting& setting) const {
    if (setting.change.variable != Variable::kPrecision || setting.change.value != 4) return false;
    for (const Mention& m : r_.mentions) {
      const bool states =
          m.topic == Topic::kOptimizer || m.topic == Topic::kMaster || m.topic == Topic::kMoments;
      if (states && m.first < setting.last + 5 && setting.first < m.last + 5) return true;
    }
    return false;
  }
  const Mention* MentionFrom(uint32_t first) const {
    for (const Mention& m : r_.mentions) {
      if (m.first == first) return &m;
    }
    return nullptr;
  }
  const Mention* MentionTo(uint32_t last) const {
    for (const Mention& m : r_.mentions) {
      if (m.last == last) return &m;
    }
    return nullptr;
  }

  static Variable VariableOf(const Mention& m) {
    switch (m.topic) {
      case Topic::kAxis:
        return m.axis == Axis::kDp   ? Variable::kDp
               : m.axis == Axis::kTp ? Variable::kTp
               : m.axis == Axis::kPp ? Variable::kPp
               : m.axis == Axis::kCp ? Variable::kCp
                                     : Variable::kEp;
      case Topic::kMicroBatch:
        return Variable::kMicroBatches;
      case Topic::kMicroBatchSize:
        return Variable::kMicroBatch;
      case Topic::kStage:
        return Variable::kPp;
      case Topic::kRank:
        return Variable::kRanks;
      case Topic::kChunk:
        return Variable::kChunks;
      case Topic::kSeqLen:
        return Variable::kSeqLen;
      default:
        return Variable::kNone;
    }
  }

  // "stage 3", "stages 1 and 2": a name, no number of stages; beside sharding one of ZeRO's.
  bool StageOfZero(int index) {
    Figure& figure = r_.figures[static_cast<size_t>(index)];
    if (figure.in_words || figure.magnitude || figure.first == 0) return false;
    const bool label = r_.lexemes[figure.first - 1].stem == "stage";
    const bool listed = index > 0 && labels_ == index && figure.first == r_.figures[index - 1].last + 1 &&
                        AnyOf(r_.Word(figure.first - 1), {"and", "or", "to"});
    if (!label && !listed) return false;
    labels_ = index + 1;
    figure.used = true;
    bool sharding = false;
    for (const Lexeme& lexeme : r_.lexemes) {
      sharding |= AnyOf(lexeme.stem, {"zero", "shard", "weight", "gradient", "optim"});
    }
    const bool named = std::any_of(r_.settings.begin(), r_.settings.end(), [&](const PlacedSetting& placed) {
      return placed.setting.first <= figure.first && figure.first < placed.setting.last;
    });
    if (sharding && !named && label && figure.number <= 3 && figure.number == std::floor(figure.number)) {
      Place({figure.first - 1, figure.last, {Variable::kZero, figure.number}, true}, index);
    }
    return true;
  }

  void Numbered(int index) {
    const Figure& figure = r_.figures[static_cast<size_t>(index)];
    uint32_t first = figure.first;
    // "micro-batch 1": its size
    const Mention* size = first > 0 ? MentionTo(first) : nullptr;
    if (size != nullptr && size->topic == Topic::kMicroBatch && r_.Word(first - 1) == "microbatch") {
      return Add({size->first, figure.last, {Variable::kMicroBatch, figure.Value(0)}, false}, index);
    }
    // "tp 8", "tp = 8", "tp of 8", "micro-batches to 32"
    uint32_t before = first;
    if (before > 0 &&
        (r_.SignAt(before - 1, '=') || AnyOf(r_.Word(before - 1), {"of", "to", "degree", "size", "is"})))
      --before;
    if (before > 0 && AnyOf(r_.Word(before - 1), {"degree", "size"})) --before;
    if (const Mention* m = MentionTo(before); m != nullptr && before > 0) {
      const Variable variable = VariableOf(*m);
      const bool to = r_.Word(first - 1) == "to";
      const bool direct = before == first || !to;
      if (variable != Variable::kNone &&
          (m->topic == Topic::kAxis || m->topic == Topic::kMicroBatchSize || m->topic == Topic::kSeqLen ||
           to) &&
          !(r_.Word(first - 1) == "is") && (direct || Changing(m->first))) {
        return Add({m->first, figure.last, {variable, figure.Value(0)}, false}, index);
      }
    }
    if (r_.Word(figure.first - 1) == "to" && Changing(figure.first) &&
        LetterBefore(figure.first - 1) != Variable::kNone) {
      return Add({figure.first - 2, figure.last, {LetterBefore(figure.first - 1), figure.Value(0)}, false},
                 index);
    }
    // "tp from 2 to 4"
    if (index > 0 && r_.Word(static_cast<int64_t>(first) - 1) == "to") {
      Figure& from = r_.figures[static_cast<size_t>(index) - 1];
      const auto at = static_cast<int64_t>(from.first) - 1;
      const Mention* m = r_.Word(at) == "from" ? MentionTo(static_cast<uint32_t>(at)) : nullptr;
      if (from.last + 1 == first && m != nullptr && VariableOf(*m) != Variable::kNone) {
        from.used = true;
        return Add({m->first, figure.last, {VariableOf(*m), figure.Value(0)}, false}, index);
      }
    }
    // "if m went up to 64"
    if (r_.Word(static_cast<int64_t>(first) - 1) == "to") {
      int64_t at = static_cast<int64_t>(first) - 2;
      while (AnyOf(r_.Word(at), {"up", "down", "went", "goes", "go", "grew", "rose", "is", "were", "was",
                                 "raised", "increased", "set", "lowered"}))
        --at;
      if (at >= 0 && at + 2 < static_cast<int64_t>(first)) {
        Variable variable = LetterBefore(static_cast<uint32_t>(at) + 1);
        if (const Mention* m = MentionTo(static_cast<uint32_t>(at) + 1); m != nullptr)
          variable = VariableOf(*m);
        if (variable != Variable::kNone) {
          return Add({static_cast<uint32_t>(at), figure.last, {variable, figure.Value(0)}, false}, index);
        }
      }
    }
    // "m = 32"
    if (r_.SignAt(static_cast<int64_t>(first) - 1, '=') && LetterBefore(first - 1) != Variable::kNone) {
      return Add({first - 2, figure.last, {LetterBefore(first - 1), figure.Value(0)}, false}, index);
    }
    // "32 micro-batches", "8-way tensor parallelism", "4 pipeline stages"
    uint32_t next = figure.last;
    const bool way = AnyOf(r_.Word(next), {"way", "ways"});
    if (way) ++next;
    const Mention* m = MentionFrom(next);
    if (m == nullptr) return;
    Variable variable = VariableOf(*m);
    if (m->topic == Topic::kAxis && !way && r_.lexemes[m->last - 1].stem != "replica") return;
    if (m->topic == Topic::kAxis && way) variable = VariableOf(*m);
    if (variable == Variable::kNone || variable == Variable::kSeqLen) return;
    Setting setting{figure.first, m->last, {variable, figure.Value(0)}, false};
    Add(setting, index);
  }

  Variable LetterBefore(uint32_t at) const {
    if (at == 0) return Variable::kNone;
    const std::string_view word = r_.Word(at - 1);
    return word == "m"   ? Variable::kMicroBatches
           : word == "p" ? Variable::kPp
           : word == "v" ? Variable::kChunks
                         : Variable::kNone;
  }

  // "raising", "doubling", "from ... to" stand before.
  bool Changing(uint32_t at) const {
    for (uint32_t back = 1; back <= 6 && back <= at; ++back) {
      if (AnyOf(r_.lexemes[at - back].stem,
                {"rais", "increas", "doubl", "halv", "go", "move", "grow", "lower", "reduc", "bump", "scale",
                 "chang", "cut", "drop", "switch"})) {
        return true;
      }
    }
    return false;
  }

  void Add(Setting setting, int index) { Place(setting, index); }

  void Place(const Setting& setting, int figure) {
    PlacedSetting placed{setting, RoleOf(setting, figure), figure};
    if (figure >= 0) {
      for (const PlacedSetting& other : r_.settings) {
        if (other.setting.first < setting.last && setting.first < other.setting.last) return;
      }
    }
    // "going from 32 to 64 GPUs": the second; the first is where it comes from.
    if (figure >= 0 && placed.role != SettingRole::kAssertion)
      r_.figures[static_cast<size_t>(figure)].used = true;
    r_.settings.push_back(placed);
  }

  SettingRole RoleOf(const Setting& setting, int figure) const {
    uint32_t begin = setting.first;
    if (figure >= 0 && r_.figures[static_cast<size_t>(figure)].first == begin) {
      begin = r_.figures[static_cast<size_t>(figure)].bound_first;  // "more than 57 micro-batches"
    }
    for (int64_t back = 1; back <= 4; ++back) {
      const int64_t at = static_cast<int64_t>(begin) - back;
      const std::string_view word = r_.Word(at);
      if (AnyOf(word, {"the", "all", "only", "about", "a", "an", "its", "our", "just", "stage", "plain",
                       "that", "ordinary"}))
        continue;
      if (AnyOf(word, {"than", "vs", "versus", "against"})) return SettingRole::kBaseline;
      if (AnyOf(word, {"with", "to"}) && AnyOf(r_.Word(at - 1), {"compared", "comparison", "relative"}))
        return SettingRole::kBaseline;
      if (word == "of" && AnyOf(r_.Word(at - 1), {"instead", "bytes", "volume", "traffic", "communication",
                                                  "that", "those", "memory"}))
        return SettingRole::kBaseline;
      if (word == "as" || (word == "in" && r_.Word(at - 1) == "as")) return SettingRole::kBaseline;
      if (AnyOf(word, {"with", "using", "at", "under", "if", "for", "to", "from", "by", "when", "given", "on",
                       "over", "across", "in", "per", "via"})) {
        const bool place = AnyOf(word, {"on", "over", "across"});
        if (place && !r_.modal && figure >= 0 && setting.change.variable == Variable::kRanks)
          return SettingRole::kAssertion;
        return SettingRole::kCondition;
      }
      break;
    }
    if (setting.named) return SettingRole::kCondition;
    if (ModalBehind(setting.last)) return SettingRole::kCondition;
    const bool axis_first = figure >= 0 && setting.first < r_.figures[static_cast<size_t>(figure)].first;
    if (axis_first && !Chosen(setting.first)) return SettingRole::kCondition;
    return SettingRole::kAssertion;
  }
  bool ModalBehind(uint32_t at) const {
    for (uint32_t next = at; next < r_.lexemes.size() && next < at + 4; ++next) {
      if (r_.part[next] != r_.part[at - 1]) return false;
      if (AnyOf(r_.Word(next), {"would", "could", "might", "should"})) return true;
    }
    return false;
  }
  bool Chosen(uint32_t at) const {
    for (uint32_t back = 1; back <= 4 && back <= at; ++back) {
      if (AnyOf(r_.lexemes[at - back].stem,
                {"use", "choos", "chose", "set", "pick", "run", "select", "took", "take"})) {
        return !r_.modal && !r_.lexemes[at].negated;
      }
    }
    return false;
  }

  // "doubling the number of micro-batches", "twice as many stages"
  void Multiples() {
    const size_t count = r_.mentions.size();
    for (size_t i = 0; i < count; ++i) {
      const Mention& m = r_.mentions[i];
      const Variable variable = m.topic == Topic::kSequence ? Variable::kNone : VariableOf(m);
      if (variable == Variable::kNone) continue;
      double factor = 0;
      uint32_t first = m.first;
      for (uint32_t back = 1; back <= 4 && back <= m.first; ++back) {
        const std::string_view stem = r_.lexemes[m.first - back].stem, word = r_.Word(m.first - back);
        if (AnyOf(stem, {"doubl"})) factor = 2, first = m.first - back;
        if (AnyOf(word, {"halving", "half"}) && word == "halving") factor = 0.5, first = m.first - back;
        if (word == "quadrupling") factor = 4, first = m.first - back;
        if (word == "many" && back >= 1 && r_.Word(m.first - back - 2) == "twice")
          factor = 2, first = m.first - back - 2;
        if (!AnyOf(word, {"the", "number", "of", "pipeline", "many", "as"}) && factor == 0) break;
      }
      if (factor == 0) continue;
      const std::optional<double> value = ValueOf(*shape_, variable);
      if (!value.has_value()) continue;
      bool taken = false;
      for (const PlacedSetting& placed : r_.settings) {
        taken |= placed.setting.first < m.last && m.first < placed.setting.last;
      }
      if (taken) continue;
      for (Figure& figure : r_.figures) {
        if (figure.first >= first && figure.last <= m.last) figure.used = true;
      }
      r_.settings.push_back(
          {{first, m.last, {variable, *value * factor}, false}, SettingRole::kCondition, -1});
    }
  }

  SentenceReading& r_;
  const PlanShape* const shape_;
  int labels_ = -1;  // a figure that may go on a list of stages
};

// Formulas first: what they consist of is no figure by itself.
void ReadFigures(std::string_view text, const PlanShape* shape, SentenceReading* r) {
  std::vector<Figure> figures = FiguresOf(r->lexemes, text);
  uint32_t after = 0;
  for (uint32_t at = 0; at < r->lexemes.size(); ++at) {
    if (at < after) continue;
    const Lexeme& lexeme = r->lexemes[at];
    if (lexeme.kind == LexKind::kSign && !lexeme.IsSign('(')) continue;
    // "floor((56 - 3) / 2)": of a function that is not known.
    if (lexeme.IsSign('(') && lexeme.glued && at > 0) {
      const Lexeme& before = r->lexemes[at - 1];
      if (before.kind == LexKind::kWord || before.IsSign('(')) continue;
    }
    std::optional<Formula> formula = ParseFormula(r->lexemes, at, text, shape);
    if (!formula.has_value()) continue;
    after = formula->last;
    r->formulas.push_back(*std::move(formula));
  }
  for (Figure& figure : figures) {
    bool inside = false;
    for (const Formula& formula : r->formulas) {
      if (figure.first < formula.last && formula.first < figure.last) inside = true;
    }
    if (!inside) r->figures.push_back(figure);
  }
  for (const Formula& formula : r->formulas) {
    if (!formula.result.has_value()) continue;
    Figure figure = *formula.result;
    // The bound in front of it, and whatever else is known of that figure.
    for (const Figure& found : figures) {
      if (found.first == figure.first && found.last == figure.last) figure = found;
    }
    if (formula.sides == 1) {
      for (const Figure& found : figures) {
        if (found.first == figure.first)
          figure.relation = found.relation, figure.bound_first = found.bound_first;
      }
    }
    r->figures.push_back(figure);
  }
  std::stable_sort(r->figures.begin(), r->figures.end(),
                   [](const Figure& a, const Figure& b) { return a.first < b.first; });
}

void MarkQuotes(SentenceReading* r) {
  bool open = false;
  uint32_t from = 0;
  for (uint32_t i = 0; i < r->lexemes.size(); ++i) {
    if (!r->lexemes[i].IsSign('"')) continue;
    if (open) {
      for (Figure& figure : r->figures) {
        if (figure.first >= from && figure.last <= i) figure.used = true;
      }
      std::erase_if(r->mentions, [&](const Mention& m) { return m.first >= from && m.last <= i; });
      std::erase_if(r->formulas, [&](const Formula& f) { return f.first >= from && f.last <= i; });
    }
    open = !open, from = i;
  }
}

}  // namespace

SentenceReading Read(SentenceLexemes sentence, std::string_view text, const PlanShape* shape) {
  SentenceReading r;
  r.lexemes = std::move(sentence.lexemes);
  r.question = sentence.question;
  r.part = PartsOf(r.lexemes);
  for (const Lexeme& lexeme : r.lexemes) {
    r.modal |= lexeme.kind == LexKind::kWord &&
               AnyOf(lexeme.lower, {"would", "could", "might", "if", "were", "suppose"});
  }
  ReadFigures(text, shape, &r);
  r.mentions = MentionsOf(Topics(), r.lexemes);
  r.scopes = ScopeReader(r).Run();
  MarkQuotes(&r);
  SettingPlacer(&r, shape).Run();
  return r;
}

}  // namespace ringside::claims
