#include "coordinator/core/stall_report.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

constexpr size_t kMostLags = 3;   // groups that are named
constexpr size_t kMostRanks = 4;  // of a group, one by one

using Key = std::tuple<std::string, std::string, std::vector<int32_t>>;  // axis, stream, ranks
using Place = std::pair<int32_t, int32_t>;  // step, seq; {-1, 0}: before its first

Place PlaceOf(const v1::CommPosition* position) {
  return position == nullptr ? Place{-1, 0} : Place{position->step(), position->seq()};
}

struct Lag {
  const Key* key;
  const v1::CommPosition* ahead;                                    // of the furthest member that waits
  std::vector<std::pair<int32_t, const v1::CommPosition*>> behind;  // rank; nullptr: none known
  bool by_idle = false;                                             // some of those behind wait for nobody
};

std::string Bytes(int64_t bytes) {
  if (bytes >= 1 << 20) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
  if (bytes >= 1 << 10) return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / (1 << 10));
  return fmt::format("{} bytes", bytes);
}

// "at seq 41 all_gather 4.0 MiB"; with the step where it is another than `step`.
std::string Where(const v1::CommPosition* position, int32_t step) {
  if (position == nullptr) return "before its first op";
  const std::string in_step = position->step() == step ? "" : fmt::format("step {} ", position->step());
  if (position->seq() == 0) return fmt::format("before {}seq 1", in_step);
  return fmt::format("at {}seq {} {} {}", in_step, position->seq(), position->kind(),
                     Bytes(position->bytes()));
}

std::string Sentence(const Lag& lag) {
  const auto& [axis, stream, ranks] = *lag.key;
  const int32_t step = lag.ahead->step();
  const std::string on = axis == stream || axis == "pp" ? axis : fmt::format("{} ({})", axis, stream);
  std::string text;
  for (size_t i = 0; i < lag.behind.size() && i < kMostRanks; ++i) {
    const auto& [rank, position] = lag.behind[i];
    text += fmt::format("{}rank {} is {}{}", i == 0 ? "" : ", ", rank, Where(position, step),
                        i == 0 ? " on " + on : "");
  }
  if (lag.behind.size() > kMostRanks) text += fmt::format(", {} more behind", lag.behind.size() - kMostRanks);
  const size_t others = ranks.size() - lag.behind.size();
  text += fmt::format(", the other {}{} (step {})", others == 1 ? "rank " : fmt::format("{} ranks ", others),
                      Where(lag.ahead, step), step);
  return text;
}

}  // namespace

std::string DescribeStall(const std::vector<v1::Heartbeat>& last_beats) {
  std::map<Key, std::map<int32_t, const v1::CommPosition*>> groups;
  std::set<int32_t> waiting;  // ranks with an op under way
  for (size_t rank = 0; rank < last_beats.size(); ++rank) {
    for (const v1::CommPosition& position : last_beats[rank].positions()) {
      const Key key{position.axis(), position.stream(), {position.ranks().begin(), position.ranks().end()}};
      groups[key][static_cast<int32_t>(rank)] = &position;
      if (position.under_way()) waiting.insert(static_cast<int32_t>(rank));
    }
  }
  std::vector<Lag> lags;
  for (const auto& [key, members] : groups) {
    Lag lag{&key, nullptr, {}, false};
    for (const auto& [rank, position] : members) {
      const bool further = lag.ahead == nullptr || PlaceOf(position) > PlaceOf(lag.ahead);
      if (position->under_way() && further) lag.ahead = position;
    }
    if (lag.ahead == nullptr) continue;
    for (const int32_t rank : std::get<2>(key)) {
      const auto it = members.find(rank);
      const v1::CommPosition* position = it == members.end() ? nullptr : it->second;
      if (PlaceOf(position) >= PlaceOf(lag.ahead)) continue;
      lag.behind.emplace_back(rank, position);
      lag.by_idle |= !waiting.contains(rank);
    }
    if (!lag.behind.empty()) lags.push_back(std::move(lag));
  }
  // Where somebody idle is behind, the other lags are its consequences.
  if (std::any_of(lags.begin(), lags.end(), [](const Lag& lag) { return lag.by_idle; })) {
    std::erase_if(lags, [](const Lag& lag) { return !lag.by_idle; });
  }
  std::stable_sort(lags.begin(), lags.end(),
                   [](const Lag& a, const Lag& b) { return PlaceOf(a.ahead) < PlaceOf(b.ahead); });
  std::string text;
  for (size_t i = 0; i < lags.size() && i < kMostLags; ++i) {
    text += (i == 0 ? "stalled: " : "; ") + Sentence(lags[i]);
  }
  if (lags.size() > kMostLags) text += fmt::format("; and {} more groups", lags.size() - kMostLags);
  return text;
}

}  // namespace ringside::coordinator
