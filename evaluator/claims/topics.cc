#include "evaluator/claims/topics.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <unordered_map>

#include "evaluator/claims/figures.h"
#include "evaluator/text/stemmer.h"

namespace ringside::claims {
namespace {

struct Row {
  std::string_view phrases;  // one after the other, separated by |
  Topic topic;
  Axis axis = Axis::kNone;
  OpName op = OpName::kNone;
};

constexpr Row kRows[] = {
    {"weights|model weights|weight memory|parameter memory|weight copy|copy of the weights", Topic::kWeights},
    {"parameters|params|parameter count|model parameters|model size", Topic::kParameters},
    {"gradients|grads|gradient memory|gradient buffer|gradient buffers", Topic::kGradients},
    {"optimizer states|optimizer state|optimiser states|optimizer memory|optimizer|adam states|adam "
     "state|adam|adamw|"
     "optimizer state memory|states of the optimizer|memory of the optimizer|optimizer shard|optimizer "
     "shards",
     Topic::kOptimizer},
    {"master weights|master copy|fp32 copy|fp32 masters|master parameters|fp32 master weights|fp32 weights",
     Topic::kMaster},
    {"moments|adam moments|momentum and variance|momenta|both moments|two moments|first and second moments",
     Topic::kMoments},
    {"model states|model state|training state|training states|states|weights gradients and optimizer states|"
     "static memory|persistent state|persistent memory|model state memory",
     Topic::kModelStates},
    {"activations|activation memory|activation|saved activations|stored activations|checkpointed activations",
     Topic::kActivations},
    {"peak memory|memory|memory peak|memory footprint|footprint|memory usage|memory use|peak usage|"
     "memory consumption|peak allocation|fullest rank|memory need",
     Topic::kMemory},
    {"memory limit|limit|memory capacity|hbm|device memory|gpu memory|capacity|memory budget|vram",
     Topic::kLimit},
    {"checkpoint|checkpoints|checkpoint file|checkpoint size|saved state|snapshot", Topic::kCheckpoint},
    {"embeddings|embedding|embedding matrix|embedding matrices|embedding table|embedding tables|"
     "embedding parameters|token embeddings",
     Topic::kEmbedding},
    {"bubble|bubbles|pipeline bubble|bubble fraction|bubble share|bubble time|bubble overhead|pipeline idle "
     "time|idle time|"
     "pipeline idles|idle fraction|idle share|idles|idle|sits idle|stages wait|idling|pipeline bubbles|"
     "share of the bubble|bubble ratio|waste|wasted",
     Topic::kBubble},
    {"compute|computation|computing|kernels|compute time|compute share|matrix products|matmuls|gemms|useful "
     "work",
     Topic::kCompute},
    {"communication|traffic|communication volume|volume|communication time|exposed communication|comm|bytes "
     "sent|"
     "communication cost|bytes on the wire|network traffic|transfers|bandwidth demand|communication traffic|"
     "communication overhead|bytes moved|data moved",
     Topic::kComm},
    {"data parallel communication|dp communication|gradient communication|gradient synchronization|gradient "
     "sync|"
     "gradient synchronisation|gradient exchange|gradient reduction|gradient traffic|dp traffic|gradient "
     "volume|"
     "data parallel traffic|synchronization of the gradients|zero communication|zero traffic",
     Topic::kComm, Axis::kDp},
    {"tensor parallel communication|tp communication|tensor parallel traffic|tp traffic", Topic::kComm,
     Axis::kTp},
    {"pipeline communication|pipeline traffic|point to point traffic|point to point communication|p2p "
     "traffic|"
     "p2p communication|pp communication|pp traffic|pipeline point to point traffic|stage transfers|"
     "pipeline transfers|pipeline sends|point to point volume|activation message|activation messages|"
     "message between stages|messages between stages|stage message",
     Topic::kComm, Axis::kPp},
    {"all reduce|allreduce|all reduces|allreduces|all reduced", Topic::kOp, Axis::kNone, OpName::kAllReduce},
    {"gradient all reduce|gradient allreduce|all reduce of the gradients|all reduce of gradients|"
     "allreduce of the gradients|dp all reduce|data parallel all reduce|dp allreduce|gradients are all "
     "reduced|"
     "gradients all reduced|all reduces the gradients|all reduces gradients|all reduce the gradients|"
     "all reduce on the gradients",
     Topic::kOp, Axis::kDp, OpName::kAllReduce},
    {"tp all reduce|tensor parallel all reduce|tp allreduce|tensor parallel allreduce|activation all reduce",
     Topic::kOp, Axis::kTp, OpName::kAllReduce},
    {"reduce scatter|reduce scatters|reducescatter|reduce scattered", Topic::kOp, Axis::kNone,
     OpName::kReduceScatter},
    {"gradient reduce scatter|reduce scatter of the gradients|gradients are reduce scattered", Topic::kOp,
     Axis::kDp, OpName::kReduceScatter},
    {"all gather|all gathers|allgather|all gathered", Topic::kOp, Axis::kNone, OpName::kAllGather},
    {"gathers the weights|gather the weights|weight gather|weight gathers|weights are gathered|gathers "
     "weights|"
     "all gather of the weights|weight all gather|gathers the parameters|parameters are gathered|gather "
     "weights|"
     "parameter gather|parameter all gather|weights are all gathered|gathering the weights|all gathers the "
     "weights|"
     "gathers every weight|gathers all weights|gathers its weights",
     Topic::kOp, Axis::kDp, OpName::kAllGather},
    {"all to all|alltoall|all to alls", Topic::kOp, Axis::kEp, OpName::kAllToAll},
    {"data parallelism|data parallel|dp|ddp|replicas|replica|data parallel replicas", Topic::kAxis,
     Axis::kDp},
    {"tensor parallelism|tensor parallel|tp|tensor parallel group|megatron tp", Topic::kAxis, Axis::kTp},
    {"pipeline parallelism|pipeline parallel|pp|pipeline", Topic::kAxis, Axis::kPp},
    {"context parallelism|context parallel|cp|ring attention", Topic::kAxis, Axis::kCp},
    {"expert parallelism|expert parallel|ep", Topic::kAxis, Axis::kEp},
    {"step|step time|iteration|steps|iteration time|training step|optimizer step|time of a step|time per "
     "step",
     Topic::kStep},
    {"throughput|tokens per second|speed|training speed|token rate", Topic::kThroughput},
    {"mfu|model flops utilization|model flop utilization|utilization|utilisation|model flops utilisation|"
     "hardware utilization|flops utilization|flop utilization",
     Topic::kMfu},
    {"layer|layers|blocks|transformer blocks|transformer layers", Topic::kLayer},
    {"stage|stages|pipeline stages|pipeline stage", Topic::kStage},
    {"microbatches|micro batches|microbatch|micro batch", Topic::kMicroBatch},
    {"microbatch size|micro batch size|size of a microbatch|mb", Topic::kMicroBatchSize},
    {"sequences|sequence", Topic::kSequence},
    {"global batch|global batch size|batch|batch size|effective batch|effective batch size", Topic::kBatch},
    {"gpu|gpus|ranks|rank|devices|device|accelerators|accelerator|workers|processes|cards", Topic::kRank},
    {"nodes|node|machines|hosts|servers|boxes", Topic::kNode},
    {"tokens|token", Topic::kToken},
    {"sequence length|context length|seq length|context|seq len|context window", Topic::kSeqLen},
    {"hidden size|hidden width|width|hidden dimension|model width|d model", Topic::kHidden},
    {"heads|attention heads", Topic::kHead},
    {"vocabulary|vocab|vocabulary size|vocab size", Topic::kVocab},
    {"experts", Topic::kExpert},
    {"chunks|model chunks|virtual stages", Topic::kChunk},
    {"nvlink|nvswitch|intra node link|links inside a node|link inside a node|links inside the node|intranode "
     "links|"
     "intranode link|intranode bandwidth|bandwidth inside a node|links within a node|bandwidth within a node|"
     "link inside the node|intra node bandwidth|inside a node|inside the node|within a node|within the "
     "node|intranode|"
     "bandwidth inside the node",
     Topic::kLink, Axis::kIntra},
    {"infiniband|ib|network|internode link|internode links|links between nodes|link between nodes|ethernet|"
     "links between the nodes|network link|internode bandwidth|bandwidth between nodes|roce|nic|internode|"
     "across nodes|between nodes|between the nodes|node boundary|bandwidth between the nodes|infiniband link|"
     "interconnect between nodes|link between the nodes|internode network|across the network|over the "
     "network|"
     "infiniband network|nics|inter node links",
     Topic::kLink, Axis::kInter},
    {"memory bandwidth|hbm bandwidth", Topic::kMemoryRate},
    {"peak flops|peak performance|peak compute|peak", Topic::kPeakFlops},
    {"flops|flop|floating point operations|operations|arithmetic", Topic::kFlops},
    {"in flight|alive|microbatches in flight|in flight microbatches|micro batches in flight",
     Topic::kInFlight},
    {"attention scores|scores|score matrix|attention matrix|attention map|attention maps", Topic::kScores},
    {"cost|price|bill|spend", Topic::kCost},
    {"training run|whole run|training time|time to train|full run|training", Topic::kTraining},
    {"forward|forward pass|backward|backward pass|pass", Topic::kPass},
};

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

namespace {

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t from = 0; from <= text.size();) {
    const size_t end = std::min(text.find(separator, from), text.size());
    parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

}  // namespace

struct TopicTable {
  struct Entry {
    std::vector<std::string> stems;
    const Row* row;
  };
  std::unordered_map<std::string, std::vector<Entry>> by_first;  // longest first
};

const TopicTable& Topics() {
  static const TopicTable* const kTable = [] {
    auto* table = new TopicTable;
    text::Stemmer stemmer;
    for (const Row& row : kRows) {
      for (const std::string_view phrase : Split(row.phrases, '|')) {
        TopicTable::Entry entry;
        entry.row = &row;
        for (const std::string_view word : Split(phrase, ' ')) entry.stems.push_back(stemmer.Stem(word));
        table->by_first[entry.stems.front()].push_back(std::move(entry));
      }
    }
    for (auto& [first, entries] : table->by_first) {
      std::stable_sort(entries.begin(), entries.end(),
                       [](const auto& a, const auto& b) { return a.stems.size() > b.stems.size(); });
    }
    return table;
  }();
  return *kTable;
}

bool IsDeviceName(std::string_view lower) {
  if (lower.ends_with("s")) lower.remove_suffix(1);
  if (lower.size() < 3 || lower.size() > 6) return false;
  size_t letters = 0;
  while (letters < lower.size() && lower[letters] >= 'a' && lower[letters] <= 'z') ++letters;
  if (letters < 1 || letters > 2 ||
      !AnyOf(lower.substr(0, letters), {"a", "h", "v", "b", "gb", "gh", "mi", "l"})) {
    return false;
  }
  size_t digits = 0;
  for (const char c : lower.substr(letters)) {
    if (c >= '0' && c <= '9') ++digits;
  }
  return digits >= 2 && digits + 1 >= lower.size() - letters;
}

std::vector<Mention> MentionsOf(const TopicTable& table, const std::vector<Lexeme>& lexemes) {
  std::vector<Mention> mentions;
  std::string key;
  for (uint32_t at = 0; at < lexemes.size();) {
    const Lexeme& lexeme = lexemes[at];
    if (lexeme.kind != LexKind::kWord) {
      ++at;
      continue;
    }
    if (IsDeviceName(lexeme.lower)) {
      mentions.push_back({at, at + 1, Topic::kRank});
      ++at;
      continue;
    }
    key.assign(lexeme.stem);
    const auto found = table.by_first.find(key);
    const TopicTable::Entry* match = nullptr;
    if (found != table.by_first.end()) {
      for (const TopicTable::Entry& entry : found->second) {
        if (at + entry.stems.size() > lexemes.size()) continue;
        bool same = true;
        for (size_t i = 1; i < entry.stems.size() && same; ++i) {
          // Function words are their own stems in a text, and stemmed in the table.
          const Lexeme& other = lexemes[at + i];
          same =
              other.kind == LexKind::kWord && (other.stem == entry.stems[i] || other.lower == entry.stems[i]);
        }
        if (same) {
          match = &entry;
          break;
        }
      }
    }
    if (match == nullptr) {
      ++at;
      continue;
    }
    const auto size = static_cast<uint32_t>(match->stems.size());
    mentions.push_back({at, at + size, match->row->topic, match->row->axis, match->row->op});
    at += size;
  }
  return mentions;
}

namespace {

class SettingReader {
 public:
  explicit SettingReader(const std::vector<Lexeme>& lexemes) : lex_(lexemes) {}

  std::vector<Setting> Run() {
    for (uint32_t at = 0; at < lex_.size();) {
      const uint32_t taken = lex_[at].kind == LexKind::kWord ? Take(at) : 0;
      at += std::max(taken, 1u);
    }
    return std::move(settings_);
  }

 private:
  std::string_view W(int64_t at) const {
    if (at < 0 || at >= static_cast<int64_t>(lex_.size())) return {};
    const Lexeme& lexeme = lex_[static_cast<size_t>(at)];
    return lexeme.kind == LexKind::kWord ? lexeme.lower : std::string_view();
  }
  // A number from 0 to 3 at `at`, in digits or a word; -1: none.
  int Stage(uint32_t at) const {
    if (at >= lex_.size()) return -1;
    if (lex_[at].kind == LexKind::kNumber) {
      return lex_[at].number == 0 || lex_[at].number == 1 || lex_[at].number == 2 || lex_[at].number == 3
                 ? static_cast<int>(lex_[at].number)
                 : -1;
    }
    return W(at) == "one" ? 1 : W(at) == "two" ? 2 : W(at) == "three" ? 3 : -1;
  }
  // "without", "no", "not using", "instead of" right before: the words that deny it begin there.
  bool Denied(uint32_t at, uint32_t* first) const {
    for (uint32_t back = 1; back <= 3 && back <= at; ++back) {
      const std::string_view word = W(at - back);
      if (AnyOf(word, {"without", "no", "neither", "dropping", "disabling", "skipping"}))
        return *first = at - back, true;
      if (!AnyOf(word, {"any", "the", "using", "activation", "full", "selective"})) return false;
    }
    return false;
  }
  uint32_t Add(uint32_t first, uint32_t last, Variable variable, double value) {
    settings_.push_back({first, last, {variable, value}, true});
    return last - first;
  }

  uint32_t Take(uint32_t at) {
    const std::string_view word = W(at);
    uint32_t first = at;
    if (word == "zero") {
      if (W(at + 1) == "bubble") return Add(at, at + 2, Variable::kSchedule, v1::SCHEDULE_ZERO_BUBBLE);
      uint32_t next = at + 1;
      if (W(next) == "stage") ++next;
      if (const int stage = Stage(next);
          stage >= 0 && (next > at + 1 || lex_[next].glued || lex_[next].kind == LexKind::kNumber)) {
        return Add(at, next + 1, Variable::kZero, stage);
      }
      if (Denied(at, &first) && !NumberWordPlace(at)) return Add(first, at + 1, Variable::kZero, 0), 1;
      return 0;
    }
    if (word == "fsdp")
      return Denied(at, &first) ? Add(first, at + 1, Variable::kZero, 0),
             1                  : Add(at, at + 1, Variable::kZero, 3);
    if (word == "stage" && Stage(at + 1) >= 0 && W(at + 2) == "of" && W(at + 3) == "zero") {
      return Add(at, at + 4, Variable::kZero, Stage(at + 1));
    }
    if (word == "unsharded") return Add(at, at + 1, Variable::kZero, 0);
    if (word == "sharding" &&
        (AnyOf(W(static_cast<int64_t>(at) - 1), {"without", "before", "no"}) ||
         (W(static_cast<int64_t>(at) - 1) == "any" && W(static_cast<int64_t>(at) - 2) == "without"))) {
      return Add(at - 1, at + 1, Variable::kZero, 0), 1;
    }
    if (word == "sharded" && W(static_cast<int64_t>(at) - 1) == "not") {
      return Add(at - 1, at + 1, Variable::kZero, 0), 1;
    }
    if (word == "ddp") return Add(at, at + 1, Variable::kZero, 0);
    if (AnyOf(word, {"plain", "pure", "vanilla", "ordinary", "replicated", "classic"}) &&
        (W(at + 1) == "data" || W(at + 1) == "dp" || W(at + 1) == "ddp")) {
      return Add(at, at + 2, Variable::kZero, 0);
    }
    if (word == "gpipe") return Add(at, at + 1, Variable::kSchedule, v1::SCHEDULE_GPIPE);
    if (word == "f1b" && at > 0 && lex_[at].glued)
      return Add(at - 1, at + 1, Variable::kSchedule, v1::SCHEDULE_1F1B), 1;
    if (AnyOf(word, {"interleaving", "interleaved", "interleave"})) {
      if (Denied(at, &first)) return Add(first, at + 1, Variable::kChunks, 1), 1;
      return Interleaved(at);
    }
    if (AnyOf(word, {"recomputation", "recompute", "recomputing"}) ||
        (word == "checkpointing" && AnyOf(W(at - 1), {"activation", "gradient"}))) {
      if (Denied(at, &first)) return Add(first, at + 1, Variable::kRecompute, v1::RECOMPUTE_NONE), 1;
      const bool selective =
          W(static_cast<int64_t>(at) - 1) == "selective" || W(static_cast<int64_t>(at) - 2) == "selective";
      return Add(at, at + 1, Variable::kRecompute, selective ? v1::RECOMPUTE_SELECTIVE : v1::RECOMPUTE_FULL);
    }
    if (AnyOf(word, {"fp32", "float32"}) &&
        !AnyOf(W(at + 1), {"master", "copy", "masters", "weights", "moments"}))
      return Add(at, at + 1, Variable::kPrecision, 4);
    if (AnyOf(word, {"bf16", "fp16", "bfloat16", "float16"})) return Add(at, at + 1, Variable::kPrecision, 2);
    if (word == "mixed" && W(at + 1) == "precision") return Add(at, at + 2, Variable::kPrecision, 2);
    if (word == "sequence" && W(at + 1).starts_with("parallel")) {
      return Denied(at, &first) ? Add(first, at + 2, Variable::kSequenceParallel, 0),
             2                  : Add(at, at + 2, Variable::kSequenceParallel, 1);
    }
    return 0;
  }
  // "no zero": the number, where a unit follows.
  bool NumberWordPlace(uint32_t at) const { return at + 1 < lex_.size() && lex_[at + 1].IsSign('%'); }

  // "interleaving with 2 chunks", "interleaved, v = 2": the chunks, else two.
  uint32_t Interleaved(uint32_t at) {
    double chunks = 2;
    for (uint32_t next = at + 1; next < lex_.size() && next <= at + 5; ++next) {
      if (!W(next + 1).starts_with("chunk") && !W(next + 1).starts_with("virtual")) continue;
      FigureForm form;
      double value = 0;
      if (lex_[next].kind == LexKind::kNumber) chunks = lex_[next].number;
      if (NumberWord(lex_, next, &value, &form) == 1 && form == FigureForm::kPlain) chunks = value;
    }
    return Add(at, at + 1, Variable::kChunks, chunks);
  }

  const std::vector<Lexeme>& lex_;
  std::vector<Setting> settings_;
};

}  // namespace

std::vector<Setting> NamedSettings(const std::vector<Lexeme>& lexemes) {
  return SettingReader(lexemes).Run();
}

}  // namespace ringside::claims
