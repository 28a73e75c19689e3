#include "evaluator/debugging/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMostAtOnce = 5;
constexpr size_t kShortRequestWords = 8;

// Lower case; everything but letters, digits and dots becomes one blank; a blank at both ends.
std::string Plain(std::string_view text) {
  std::string plain = " ";
  for (const char c : text) {
    const bool word = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.';
    if (word) plain += absl::ascii_tolower(static_cast<unsigned char>(c));
    if (!word && plain.back() != ' ') plain += ' ';
  }
  while (plain.size() > 1 && (plain.back() == '.' || plain.back() == ' ')) plain.pop_back();
  return plain + " ";
}

}  // namespace

const std::vector<EvidenceKind>& EvidenceKinds() {
  using enum CheckCost;
  static const auto* const kKinds = new std::vector<EvidenceKind>{
      {"config",
       "the settings of the run",
       kLook,
       {"config", "configuration", "settings", "hyperparameters", "hyper parameters", "scenario", "setup",
        "init std", "initialization", "initialisation", "architecture"}},
      {"loss-curve",
       "training loss by step",
       kLook,
       {"loss curve", "training loss", "train loss", "training curve", "the loss", "loss by step", "losses"}},
      {"first-loss",
       "the first loss beside that of guessing",
       kLook,
       {"first loss", "initial loss", "loss at step 0", "loss at initialization", "loss before any update",
        "ln vocab", "log of the classes", "random guessing"}},
      {"held-out-loss",
       "held-out loss beside the training loss",
       kLook,
       {"held out", "validation", "eval loss", "evaluation loss", "test loss", "generalization gap"}},
      {"data-samples",
       "some samples as the model gets them",
       kLook,
       {"samples", "sample", "the data", "input data", "inputs", "data pipeline", "batch contents",
        "some examples"}},
      {"labels", "samples with their labels", kLook, {"labels", "label", "targets", "annotations"}},
      {"overfit-one-batch",
       "training on one batch again and again",
       kLook,
       {"one batch", "single batch", "a batch", "same batch", "small batch of", "memorize", "memorise",
        "overfit a tiny"}},
      {"lr-schedule",
       "learning rate by step",
       kLook,
       {"learning rate", "lr schedule", "lr curve", "the lr", "warmup", "warm up", "schedule"}},
      {"gradient-norm",
       "gradient norm by step",
       kLook,
       {"gradient norm", "grad norm", "gradient norms", "grad norms", "norm of the gradient", "gradients"}},
      {"loss-scale",
       "loss scale and skipped steps",
       kLook,
       {"loss scale", "loss scaling", "scaler", "skipped steps", "skipped", "nan", "inf", "overflow",
        "numerics"}},
      {"throughput",
       "tokens per second beside the reference",
       kLook,
       {"throughput", "tokens per second", "tokens s", "speed", "step time", "step times"}},
      {"layer-gradients",
       "gradient norm by layer",
       kMeasure,
       {"per layer gradient norms", "per layer gradients", "per layer norms", "gradient norm by layer",
        "gradient norms by layer", "gradients by layer", "layer gradients", "layer by layer", "per layer",
        "each layer", "gradient norm per layer", "gradient norms per layer", "gradient norm of each layer"}},
      {"dead-units",
       "share of units that are zero for every token",
       kMeasure,
       {"dead units", "dead neurons", "dead relus", "dying relu", "activations", "activation statistics",
        "dead share", "zero activations"}},
      {"rank-data",
       "samples by rank",
       kMeasure,
       {"per rank data", "data per rank", "data of each rank", "samples by rank", "samples per rank",
        "samples does each rank", "sharding", "sampler", "each replica", "which samples", "data on each rank",
        "data each rank", "distributed sampler"}},
      {"loss-by-samples",
       "loss by samples seen, beside the reference",
       kMeasure,
       {"loss by samples", "over samples", "loss per sample", "by samples", "by tokens", "over tokens",
        "per sample"}},
      {"eval-twice",
       "the evaluation twice with the same weights",
       kMeasure,
       {"evaluate twice", "eval twice", "evaluation twice", "same weights", "eval mode", "model.eval",
        "repeat the evaluation"}},
      {"placement",
       "which rank is on which node",
       kMeasure,
       {"placement", "which node", "topology", "mapping of ranks", "rank mapping", "where the ranks"}},
      {"communication-bytes",
       "bytes sent in a step, by axis",
       kMeasure,
       {"communication bytes", "bytes", "traffic", "communication volume", "network traffic"}},
      {"trace-summary",
       "where the time of a step goes",
       kMeasure,
       {"trace summary", "trace", "profile", "profiler", "timeline", "where the time", "communication time",
        "time breakdown"}},
      {"memory", "peak memory", kMeasure, {"memory", "peak memory", "oom"}},
      {"lower-lr",
       "the same run at a tenth of the learning rate",
       kExperiment,
       {"lower learning rate", "smaller learning rate", "lower lr", "smaller lr",
        "tenth of the learning rate", "reduce the learning rate", "lr sweep", "lr range test", "lr finder",
        "learning rate finder", "learning rate sweep"}},
      {"one-rank",
       "the same global batch on one rank",
       kExperiment,
       {"one rank", "single rank", "one gpu", "single gpu", "one device", "single device", "one replica",
        "single replica", "compare ranks", "reference run", "one worker", "small run"}},
      {"precision",
       "the same run in bf16",
       kExperiment,
       {"bf16", "bfloat16", "fp32", "full precision", "another precision", "float32", "higher precision"}},
  };
  return *kKinds;
}

const EvidenceKind* FindEvidence(std::string_view id) {
  for (const EvidenceKind& kind : EvidenceKinds()) {
    if (kind.id == id) return &kind;
  }
  return nullptr;
}

std::vector<const EvidenceKind*> EvidenceAskedFor(std::string_view text) {
  struct Match {
    size_t begin, end;
    const EvidenceKind* kind;
  };
  const std::string plain = Plain(text);
  std::vector<Match> matches;
  const auto look_for = [&](const EvidenceKind& kind, std::string_view words) {
    const std::string needle = Plain(words);
    for (size_t at = plain.find(needle); at != std::string::npos; at = plain.find(needle, at + 1)) {
      matches.push_back({at, at + needle.size(), &kind});
    }
  };
  for (const EvidenceKind& kind : EvidenceKinds()) {
    look_for(kind, kind.id);
    for (const std::string_view words : kind.words) look_for(kind, words);
  }
  // What lies inside of a longer match is part of it: "gradient norm by layer" is no "gradient norm".
  std::vector<Match> kept;
  for (const Match& match : matches) {
    const bool inside = std::any_of(matches.begin(), matches.end(), [&](const Match& other) {
      return other.end - other.begin > match.end - match.begin && other.begin < match.end - 1 &&
             match.begin < other.end - 1;
    });
    if (!inside) kept.push_back(match);
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const Match& a, const Match& b) { return a.begin < b.begin; });
  std::vector<const EvidenceKind*> kinds;
  for (const Match& match : kept) {
    if (std::find(kinds.begin(), kinds.end(), match.kind) == kinds.end() && kinds.size() < kMostAtOnce) {
      kinds.push_back(match.kind);
    }
  }
  return kinds;
}

bool AsksToSee(std::string_view text) {
  const std::string plain = Plain(text);
  for (const std::string_view cause :
       {" because ", " cause is ", " the cause ", " root cause ", " i think ", " the problem is ", " fix is ",
        " the fix ", " diagnosis ", " so the ", " therefore ", " my guess ", " caused by ", " wrong is ",
        " fix it ", " mend it ", " would fix ", " would mend "}) {
    if (plain.find(cause) != std::string::npos) return false;
  }
  for (const std::string_view request :
       {" show",     " look",      " check",  " plot",    " print",        " compare",  " inspect",
        " see ",     " what ",     " which ", " let me ", " can i ",       " could i ", " may i ",
        " i would ", " i d ",      " first ", " next ",   " then ",        " run ",     " try ",
        " train ",   " is there ", " how ",   " give ",   " do you have ", " start "}) {
    if (plain.starts_with(request)) return true;
  }
  const std::vector<absl::string_view> words = absl::StrSplit(plain, ' ', absl::SkipEmpty());
  return words.size() <= kShortRequestWords || (!text.empty() && text.back() == '?');
}

std::string EvidenceMenu() {
  std::string text;
  for (const auto& [cost, head] :
       std::map<CheckCost, std::string_view>{{CheckCost::kLook, "to look at"},
                                             {CheckCost::kMeasure, "to measure"},
                                             {CheckCost::kExperiment, "to run again"}}) {
    text += fmt::format("  {}:\n", head);
    for (const EvidenceKind& kind : EvidenceKinds()) {
      if (kind.cost == cost) text += fmt::format("    {:<20} {}\n", kind.id, kind.title);
    }
  }
  return text;
}

}  // namespace ringside::evaluator
