#include "workers/checkpoint/ownership.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>
#include <type_traits>

#include "base/check.h"

namespace ringside::checkpoint {
namespace {

// Elements of a part that have a writer.
class Covered {
 public:
  // Covers `elements`; returns those that were not covered before, in order.
  std::vector<Elements> Add(Elements elements) {
    std::vector<Elements> added;
    int64_t at = elements.begin;
    for (const auto& [begin, end] : ranges_) {
      if (end <= at || begin >= elements.end) continue;
      if (begin > at) added.push_back({at, begin});
      at = std::max(at, end);
    }
    if (at < elements.end) added.push_back({at, elements.end});
    for (const Elements& range : added) ranges_[range.begin] = range.end;
    return added;
  }

 private:
  std::map<int64_t, int64_t> ranges_;  // begin -> end; disjoint
};

Elements Intersection(Elements a, Elements b) {
  const int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

Elements ElementsOf(const plan::Piece& piece) {
  return {piece.begin, piece.begin + piece.view.elems};
}

}  // namespace

std::string_view Name(Kind kind) {
  switch (kind) {
    case Kind::kWeights:
      return "weights";
    case Kind::kMaster:
      return "master";
    case Kind::kM:
      return "m";
    case Kind::kV:
      return "v";
  }
  return "";
}

bool IsOfControl(std::string_view name) {
  return name == kLossScale || name == kSkippedSteps;
}

std::vector<plan::Param> StateOf(const plan::Program& program) {
  std::vector<plan::Param> state = program.params;
  for (const plan::Op& op : program.ops) {
    if (op.kind != plan::OpKind::kControl) continue;
    const plan::View& control = op.operands[1];
    const auto add = [&](const char* name, int32_t id, int64_t begin, int64_t elems) {
      plan::Param& param = state.emplace_back();
      param.name = name, param.id = id;
      param.weights.view = {control.buffer, control.offset + begin, elems};
      param.mid_total = param.mid_count = elems;
    };
    if (op.Has(plan::kDynamic)) add(kLossScale, -1, 0, 2);
    add(kSkippedSteps, -2, 2, 1);
    break;  // one is shared by all its ops
  }
  return state;
}

plan::Piece PieceOf(const plan::Param& param, Kind kind) {
  if (kind == Kind::kWeights) return param.weights;
  const plan::View& view = kind == Kind::kMaster ? param.master : kind == Kind::kM ? param.m : param.v;
  if (view.buffer < 0) return {};
  return {view, param.grad.begin};
}

std::vector<Holding> HoldingsOf(const std::vector<plan::Param>& state) {
  std::vector<Holding> holdings;
  for (const plan::Param& param : state) {
    Holding& holding = holdings.emplace_back();
    holding.id = param.id;
    holding.mid_begin = param.mid_begin, holding.mid_count = param.mid_count;
    for (int kind = 0; kind < kNumKinds; ++kind) {
      holding.kinds[kind] = ElementsOf(PieceOf(param, static_cast<Kind>(kind)));
    }
    holding.updated = ElementsOf(param.grad);
  }
  return holdings;
}

std::string Serialize(const std::vector<Holding>& holdings) {
  static_assert(std::is_trivially_copyable_v<Holding>);
  return {reinterpret_cast<const char*>(holdings.data()), holdings.size() * sizeof(Holding)};
}

absl::StatusOr<std::vector<Holding>> ParseHoldings(std::string_view bytes) {
  if (bytes.size() % sizeof(Holding) != 0) {
    return absl::InternalError("a rank told in another format what it holds; are all workers of one build?");
  }
  std::vector<Holding> holdings(bytes.size() / sizeof(Holding));
  if (!bytes.empty()) std::memcpy(holdings.data(), bytes.data(), bytes.size());
  return holdings;
}

std::vector<std::vector<Slice>> AssignSlices(const std::vector<std::vector<Holding>>& by_rank) {
  using Part = std::tuple<int32_t, int64_t, int64_t, int>;  // id, mid_begin, mid_count, kind
  std::map<Part, Covered> covered;
  std::vector<std::vector<Slice>> slices(by_rank.size());
  for (const bool of_updaters : {true, false}) {
    for (size_t rank = 0; rank < by_rank.size(); ++rank) {
      for (size_t i = 0; i < by_rank[rank].size(); ++i) {
        const Holding& holding = by_rank[rank][i];
        for (int kind = 0; kind < kNumKinds; ++kind) {
          Elements mine = holding.kinds[kind];
          if (of_updaters) mine = Intersection(mine, holding.updated);
          if (mine.begin == mine.end) continue;
          for (const Elements& elements :
               covered[{holding.id, holding.mid_begin, holding.mid_count, kind}].Add(mine)) {
            slices[rank].push_back({static_cast<int>(i), static_cast<Kind>(kind), elements});
          }
        }
      }
    }
  }
  return slices;
}

}  // namespace ringside::checkpoint
