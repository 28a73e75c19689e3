#include "evaluator/claims/plausible.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "evaluator/claims/derive.h"
#include "evaluator/claims/ratios.h"

namespace ringside::claims {
namespace {

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const Mention* MentionOf(const SentenceReading& r, const Subject& subject) {
  return subject.mention < 0 ? nullptr : &r.mentions[static_cast<size_t>(subject.mention)];
}

// "in bf16", "at 2 bytes": of each number; 0: not said in the figure's clause.
bool SaysPrecision(const SentenceReading& r, const Figure& figure) {
  for (size_t i = 0; i < r.lexemes.size(); ++i) {
    if (r.part[i] != r.part[figure.first]) continue;
    if (AnyOf(r.Word(static_cast<int64_t>(i)),
              {"bf16", "fp16", "fp32", "bfloat16", "float32", "half-precision"}))
      return true;
  }
  return false;
}

bool SaysAllBytes(const SentenceReading& r, const Figure& figure) {
  return std::any_of(r.figures.begin(), r.figures.end(), [&](const Figure& f) {
    return f.first != figure.first && f.units[0].unit == Unit::kBytes && f.units[0].scale == 1 &&
           f.number > 4 && f.number <= 32;
  });
}

bool WholeOfTraining(const SentenceReading& r, const Mention& m) {
  const int64_t before = static_cast<int64_t>(m.first) - 1;
  bool adam = true;
  for (uint32_t i = m.first; i < m.last; ++i) adam &= AnyOf(r.Word(i), {"adam", "adamw"});
  if (adam) return !AnyOf(r.Word(m.last), {"alone"});
  // "750 GB with their optimizer"
  int64_t at = before;
  while (AnyOf(r.Word(at), {"the", "their", "its", "all"})) --at;
  return AnyOf(r.Word(at), {"with", "including", "plus"});
}

// Kinds of states in the mention's clause.
int StatesNear(const SentenceReading& r, const Mention& m) {
  int kinds = 0;
  for (const Topic topic :
       {Topic::kWeights, Topic::kGradients, Topic::kOptimizer, Topic::kMaster, Topic::kMoments}) {
    kinds += std::any_of(r.mentions.begin(), r.mentions.end(), [&](const Mention& o) {
      return o.topic == topic && r.part[o.first] == r.part[m.first];
    });
  }
  return kinds;
}

// "four numbers of 4 bytes"
bool OfNumbers(const SentenceReading& r, const Figure& figure) {
  const auto at = static_cast<int64_t>(figure.bound_first) - 1;
  return r.Word(at) == "of" && AnyOf(r.Word(at - 1), {"numbers", "values", "floats", "words"});
}

bool GrowsWithModel(Quantity quantity) {
  return (quantity >= Quantity::kWeights && quantity <= Quantity::kModelStates) ||
         quantity == Quantity::kCheckpoint || quantity == Quantity::kFlopsPerToken ||
         quantity == Quantity::kFlopsPerStep || quantity == Quantity::kCommBytes;
}

Scope ScopeOf(const Subject& subject) {
  return subject.queries.front().scope;
}

}  // namespace

double NominalOf(const SentenceReading& r, const World& world) {
  if (world.shape() == nullptr) return 0;
  const double parameters = ModelParameters(*world.shape());
  for (const Figure& figure : r.figures) {
    if (figure.units[0].unit != Unit::kCount || !figure.magnitude) continue;
    const double ratio = figure.Value(0) / parameters;
    if (std::fabs(ratio - 1) <= kNominal) return ratio;
  }
  return 0;
}

std::vector<Fact> FurtherReadings(const SentenceReading& r, const Figure& figure, const Subject& subject,
                                  const std::vector<Change>& changes, const std::vector<Fact>& facts,
                                  double nominal, World* world) {
  std::vector<Fact> further;
  const Mention* m = MentionOf(r, subject);
  const Unit unit = figure.units[subject.unit].unit;
  const auto add = [&](Quantity quantity, Scope scope) {
    const std::vector<FactQuery> query = {{quantity, Axis::kNone, OpName::kNone, scope}};
    for (Fact& fact : world->Look(query, changes)) further.push_back(std::move(fact));
  };
  const Scope scope = ScopeOf(subject);
  if (unit == Unit::kBytes && m != nullptr) {
    const bool weights = m->topic == Topic::kParameters || m->topic == Topic::kWeights;
    if (m->topic == Topic::kParameters && (!SaysPrecision(r, figure) || SaysAllBytes(r, figure)))
      add(Quantity::kModelStates, scope);
    if (weights && SaysAllBytes(r, figure)) add(Quantity::kModelStates, scope);
    if (m->topic == Topic::kOptimizer && WholeOfTraining(r, *m)) {
      add(Quantity::kModelStates, scope);
      add(Quantity::kCheckpoint, Scope::kTotal);
    }
    if (m->topic == Topic::kMoments && scope == Scope::kParameter && !BoundPlainly(r, figure, subject))
      add(Quantity::kModelStates, scope);
    if (StatesNear(r, *m) >= 2) add(Quantity::kModelStates, scope);  // of a list, all together
    if (scope == Scope::kParameter && OfNumbers(r, figure)) {
      add(Quantity::kWeights, scope);
      add(Quantity::kMaster, scope);
    }
    // "64 KiB for each sequence"
    const std::string_view behind = r.Word(figure.last), next = r.Word(figure.last + 1);
    const bool for_each = (behind == "for" && AnyOf(next, {"each", "every", "a", "one"})) ||
                          AnyOf(behind, {"per", "each", "every"});
    for (uint32_t i = figure.last; for_each && i < figure.last + 3 && world->shape() != nullptr; ++i) {
      if (!r.Word(i).starts_with("sequence")) continue;
      for (Fact fact : facts) {
        fact.value /= world->shape()->micro_batch, fact.low /= world->shape()->micro_batch;
        fact.high /= world->shape()->micro_batch;
        fact.where = "of one sequence";
        further.push_back(std::move(fact));
      }
    }
  }
  // Of a plain pipeline, where the chunks are said elsewhere, or of one micro-batch.
  if (m != nullptr && m->topic == Topic::kBubble && world->shape() != nullptr && world->shape()->chunks > 1) {
    bool interleaved = false;
    for (size_t i = 0; i < r.lexemes.size(); ++i) interleaved |= r.lexemes[i].stem.starts_with("interleav");
    const bool shape = r.settings.size() >= 2;
    if (!interleaved && shape) {
      std::vector<Change> plain = changes;
      plain.push_back({Variable::kChunks, 1});
      for (Fact& fact : world->Look(subject.queries, plain)) further.push_back(std::move(fact));
    }
  }
  // "2048 sequences over 64 replicas": of the batch, whatever was spoken of before.
  if (m != nullptr && m->topic == Topic::kSequence && unit == Unit::kCount && figure.last == m->first)
    add(Quantity::kGlobalBatch, Scope::kNone);
  // "two forward and twice that backward": of one pass, where the passes are told apart.
  for (size_t i = 0; i < r.lexemes.size(); ++i) {
    const std::string_view word = r.Word(static_cast<int64_t>(i));
    const bool forward = word == "forward", backward = word == "backward";
    if (!forward && !backward) continue;
    const auto at = static_cast<int64_t>(i);
    if (r.Word(at + 1) == "and" || r.Word(at - 1) == "and") continue;
    const bool total = std::any_of(r.scopes.begin(), r.scopes.end(),
                                   [](const ScopeMark& mark) { return mark.scope == Scope::kTotal; });
    if (total) continue;
    for (FactQuery query : subject.queries) {
      if (query.quantity != Quantity::kFlopsPerParameter && query.quantity != Quantity::kFlopsPerToken &&
          query.quantity != Quantity::kCommCount)
        continue;
      query.scope = forward ? Scope::kForward : Scope::kBackward;
      for (Fact& fact : world->Look({query}, changes)) further.push_back(std::move(fact));
    }
  }
  // "Of the 80 layers every stage gets 20"; "640 GB of HBM" in a node.
  const bool of_the = r.Word(static_cast<int64_t>(figure.first) - 1) == "the";
  if (m != nullptr && m->topic == Topic::kLayer && figure.last == m->first && of_the)
    add(Quantity::kLayers, Scope::kTotal);
  if (m != nullptr && m->topic == Topic::kLimit && world->shape() != nullptr) {
    for (Fact fact : facts) {
      const double devices = world->shape()->devices_per_node;
      fact.value *= devices, fact.low *= devices, fact.high *= devices;
      fact.scope = Scope::kNode;
      further.push_back(std::move(fact));
    }
  }
  // "tensor parallelism over four GPUs": of its group.
  if (m != nullptr && m->topic == Topic::kRank && unit == Unit::kCount) {
    for (const Mention& axis : r.mentions) {
      if (axis.topic != Topic::kAxis || r.part[axis.first] != r.part[figure.first]) continue;
      for (Fact& fact : world->Look({{Quantity::kWays, axis.axis}}, changes))
        further.push_back(std::move(fact));
    }
  }
  if (nominal > 0) {
    std::vector<Fact> all = facts;
    all.insert(all.end(), further.begin(), further.end());
    for (Fact fact : all) {
      if (!GrowsWithModel(fact.quantity) || fact.scope == Scope::kParameter) continue;
      fact.value *= nominal, fact.low *= nominal, fact.high *= nominal;
      fact.where = "for the nominal size";
      further.push_back(std::move(fact));
    }
  }
  return further;
}

bool BoundPlainly(const SentenceReading& r, const Figure& figure, const Subject& subject) {
  const Mention* m = MentionOf(r, subject);
  if (m == nullptr) return true;
  if (r.part[m->first] != r.part[figure.first]) return AnyOf(r.Word(figure.last + 1), {"them", "it"});
  const bool behind = m->first >= figure.last;
  const uint32_t low = behind ? figure.last : m->last, high = behind ? m->first : figure.bound_first;
  for (uint32_t i = low; i < high; ++i) {
    // "..., 6.7 GB each": in apposition.
    const bool beside = i + 1 == high && m->topic != Topic::kParameters;
    if (r.lexemes[i].IsSign(',') && !behind && !beside) return false;
    if (AnyOf(r.Word(i), {"it", "that", "this", "they"}) && !behind) return false;
    if (AnyOf(r.lexemes[i].stem, {"hold", "fit", "leav", "instead"}) && !behind) return false;
  }
  for (const Figure& other : r.figures) {
    const bool between = other.first >= low && other.last <= high && other.first != figure.first;
    if (between && !other.used && other.units[0].unit == figure.units[subject.unit].unit) return false;
  }
  return true;
}

bool IsOfDevice(const SentenceReading& r, const Figure& figure) {
  if (figure.units[0].unit != Unit::kBytes || figure.units[0].scale < 1e6) return false;
  const auto at = static_cast<int64_t>(figure.bound_first) - 1;
  for (const Mention& m : r.mentions) {
    if (m.topic != Topic::kRank) continue;
    if (m.first == figure.last && !AnyOf(r.Word(figure.last), {"each"})) return true;  // "80 GB GPUs"
    if (static_cast<int64_t>(m.last) == at && AnyOf(r.Word(at), {"of", "with"})) return true;
  }
  if (AnyOf(r.lexemes[static_cast<size_t>(std::max<int64_t>(at, 0))].stem, {"fit"}) && at >= 0) return true;
  if (AnyOf(r.Word(at), {"into", "within"}) && AnyOf(r.Word(at - 1), {"fit", "fits"})) return true;
  if (AnyOf(r.Word(figure.last), {"hold", "holds", "can", "suffice", "suffices"})) return true;
  for (uint32_t i = figure.last; i < figure.last + 4; ++i) {  // "are enough", "should be enough"
    if (r.Word(i) == "enough") return true;
    if (!AnyOf(r.Word(i), {"is", "are", "should", "be", "would", "will", "must"})) break;
  }
  return AnyOf(r.Word(figure.last), {"is", "are"}) && AnyOf(r.Word(figure.last + 1), {"spent", "left"});
}

bool IsSaving(const SentenceReading& r, const Figure& figure) {
  if (figure.units[0].unit != Unit::kBytes || figure.bound_first == 0) return false;
  return AnyOf(r.lexemes[figure.bound_first - 1].stem, {"save", "free", "spare"});
}

std::vector<Fact> Savings(const std::vector<FactQuery>& queries, const std::vector<Change>& changes,
                          World* world) {
  std::vector<Fact> savings;
  std::vector<Change> before = changes;
  for (Change& change : before) {
    const std::optional<Change> neutral = Neutral(change.variable);
    if (neutral.has_value()) change = *neutral;
  }
  if (before.empty()) before = {{Variable::kZero, 0}};
  for (FactQuery query : queries) {
    query.scope = Scope::kRank;
    const std::vector<Fact> with = world->Look({query}, changes), without = world->Look({query}, before);
    if (with.empty() || without.empty() || without.front().value <= with.front().value) continue;
    Fact saved = without.front();
    saved.low = saved.lowest() - with.front().lowest(), saved.high = saved.highest() - with.front().highest();
    if (saved.low > saved.high) std::swap(saved.low, saved.high);
    saved.value = without.front().value - with.front().value;
    saved.low = std::min(saved.low, saved.value), saved.high = std::max(saved.high, saved.value);
    saved.formula = "of a rank, before less after";
    savings.push_back(saved);
  }
  return savings;
}

}  // namespace ringside::claims
