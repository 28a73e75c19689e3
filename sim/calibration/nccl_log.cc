#include "sim/calibration/nccl_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace ringside::sim {
namespace {

using gpu::Collective;

constexpr size_t kMostBytes = 64 << 20;
constexpr int kMostRanks = 1'000'000;

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool IsWhole(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<std::string> Words(std::string_view line) {
  return absl::StrSplit(View(line), absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

// "[1,0]<stdout>:" of mpirun, "0: " of srun.
std::string_view WithoutPrefix(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  constexpr std::string_view kMark = "<stdout>:";
  if (line[begin] == '[' && Contains(line, kMark)) return line.substr(line.find(kMark) + kMark.size());
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos && colon > begin && IsWhole(line.substr(begin, colon - begin)))
    return line.substr(colon + 1);
  return line;
}

std::optional<Collective> OperationCalled(std::string_view name) {
  if (name == "all_reduce") return Collective::kAllReduce;
  if (name == "all_gather") return Collective::kAllGather;
  if (name == "reduce_scatter") return Collective::kReduceScatter;
  if (name == "alltoall" || name == "all_to_all") return Collective::kAllToAll;
  return std::nullopt;
}

// The name before "_perf" in a line, e.g. a command: "" if there is none.
std::string PerfName(std::string_view line) {
  const size_t end = line.find("_perf");
  if (end == std::string_view::npos) return "";
  size_t begin = end;
  while (begin > 0 &&
         (std::islower(static_cast<unsigned char>(line[begin - 1])) != 0 || line[begin - 1] == '_'))
    --begin;
  return std::string(line.substr(begin, end - begin));
}

// How many ranks each has, if all have as many; 0: they do not, or there are none.
int Evenly(const std::map<std::string, int>& counts) {
  for (const auto& [name, count] : counts)
    if (count != counts.begin()->second) return 0;
  return counts.empty() ? 0 : counts.begin()->second;
}

// A table and what else its part of the log says.
struct Section {
  NcclTable table;
  std::string named;  // operation
  int named_line = 0;
  std::set<int> ranks;
  std::map<std::string, int> hosts, devices;             // ranks on each
  std::set<std::pair<std::string, std::string>> places;  // host and device
  bool has_head = false;
  size_t group_columns = 4;           // time, algbw, busbw and a check
  double ratio = 0, ratio_algbw = 0;  // busbw / algbw of the row where rounding hurts least
  bool reduces = false;
};

class Parser {
 public:
  Parser(const std::string& file, const NcclHints& hints) : file_(file), hints_(hints) {}

  absl::StatusOr<NcclLog> Parse(std::string_view text) {
    if (text.size() > kMostBytes)
      return absl::InvalidArgumentError(fmt::format("{}: more than 64 MiB", file_));
    for (const absl::string_view each : absl::StrSplit(View(text), '\n')) {
      ++line_;
      const std::string_view line = WithoutPrefix({each.data(), each.size()});
      RINGSIDE_RETURN_IF_ERROR(Line(line));
    }
    RINGSIDE_RETURN_IF_ERROR(Finish());
    if (log_.tables.empty())
      return absl::InvalidArgumentError(
          fmt::format("{}: no table of nccl-tests (size, count, type ... busbw)", file_));
    return std::move(log_);
  }

 private:
  absl::Status Wrong(int line, std::string_view what) const {
    return absl::InvalidArgumentError(fmt::format("{}:{}: {}", file_, line, what));
  }

  absl::Status Line(std::string_view line) {
    const std::vector<std::string> words = Words(line);
    if (words.empty()) return absl::OkStatus();
    if (words.front().front() == '#') return Comment(line, words);
    if (section_.has_head && words.size() >= 2 && IsWhole(words[0]) && IsWhole(words[1])) return Row(words);
    const std::string named = PerfName(line);
    if (!named.empty()) {
      Name(named);
      return absl::OkStatus();
    }
    if (log_.skipped_lines++ == 0) log_.first_skipped = fmt::format("{}:{}: {}", file_, line_, line);
    return absl::OkStatus();
  }

  void Name(const std::string& operation) {
    section_.named = operation;
    section_.named_line = line_;
  }

  absl::Status Comment(std::string_view line, const std::vector<std::string>& words) {
    if (Contains(line, "nThread") || Contains(line, "Collective test starting")) {
      if (!section_.table.rows.empty()) RINGSIDE_RETURN_IF_ERROR(Finish());
    }
    if (const std::string named = PerfName(line); !named.empty()) Name(named);
    if (Contains(line, "Rank") && Contains(line, " Pid ") && Contains(line, " on ")) return Rank(words);
    if (Contains(line, "busbw")) return Head(words);
    if (Contains(line, "Out of bounds values") && Contains(line, "FAILED"))
      return Wrong(line_, "the collectives computed wrong results; not to be relied on");
    return absl::OkStatus();
  }

  // "# Rank 0 Group 0 Pid 1 on HOST device 0 [0x00] NAME"
  absl::Status Rank(const std::vector<std::string>& words) {
    int rank = -1;
    std::string host, device;
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "Rank" && !absl::SimpleAtoi(words[i + 1], &rank)) rank = -1;
      if (words[i] == "on" && host.empty()) host = words[i + 1];
      if (words[i] == "device" && device.empty()) device = words[i + 1];
    }
    ++section_.hosts[host];
    ++section_.devices[device];
    section_.places.insert({host, device});
    if (rank < 0) return Wrong(line_, "a rank without a number");
    if (!section_.ranks.insert(rank).second)
      return Wrong(line_,
                   fmt::format("rank {} is there twice: nccl-tests was built without MPI, every process "
                               "measured alone",
                               rank));
    return absl::OkStatus();
  }

  absl::Status Head(const std::vector<std::string>& words) {
    if (section_.has_head && !section_.table.rows.empty()) {
      Section next = section_;  // the same ranks, another table
      next.table.rows.clear();
      next.ratio_algbw = 0;
      RINGSIDE_RETURN_IF_ERROR(Finish());
      section_ = std::move(next);
    }
    const auto first = std::find(words.begin(), words.end(), "time");
    if (first == words.end()) return Wrong(line_, "a table without a column \"time\"");
    const auto second = std::find(first + 1, words.end(), "time");
    section_.group_columns = static_cast<size_t>(second - first);
    if (section_.group_columns < 3 || *(first + 1) != "algbw" || *(first + 2) != "busbw")
      return Wrong(line_, "columns are not time, algbw, busbw");
    section_.has_head = true;
    return absl::OkStatus();
  }

  absl::Status Row(const std::vector<std::string>& words) {
    NcclRow row;
    row.line = line_;
    if (!absl::SimpleAtod(words[0], &row.bytes)) return Wrong(line_, "the size is not a number");
    if (row.bytes == 0) {
      ++log_.empty_rows;
      return absl::OkStatus();
    }
    // size count type [redop] [root] and one or two groups.
    size_t at = 3;
    const auto number = [&](size_t i) {
      double value = 0;
      return i < words.size() && absl::SimpleAtod(words[i], &value) && std::isfinite(value) && value > 0
                 ? value
                 : std::nan("");
    };
    double unused = 0;
    if (at < words.size() && !absl::SimpleAtod(words[at], &unused) && words[at] != "N/A") {
      section_.reduces = words[at] != "none";
      ++at;
    }
    const size_t w = section_.group_columns, left = words.size() - std::min(words.size(), at);
    if (left == w + 1 || left == 2 * w + 1)
      ++at;  // root
    else if (left != w && left != 2 * w)
      return Wrong(line_, fmt::format("a torn row: {} columns", words.size()));
    if (std::isnan(number(at))) at += w;
    const double time_us = number(at);
    if (std::isnan(time_us)) return Wrong(line_, "no time that is more than 0");
    row.seconds = time_us * 1e-6;
    const double algbw = number(at + 1), busbw = number(at + 2);
    // Printed with two decimals.
    if (algbw >= 1 && std::abs(row.bytes / row.seconds / 1e9 / algbw - 1) > 0.05)
      return Wrong(line_, fmt::format("algbw is {} GB/s, but {} bytes in {} µs are {:.2f}", algbw, words[0],
                                      words[at], row.bytes / row.seconds / 1e9));
    if (algbw > section_.ratio_algbw && busbw > 0) {
      section_.ratio_algbw = algbw;
      section_.ratio = busbw / algbw;
    }
    section_.table.rows.push_back(row);
    return absl::OkStatus();
  }

  absl::StatusOr<Collective> OperationOf(const Section& s) const {
    const int line = s.table.rows.front().line;
    std::optional<Collective> hinted, named;
    if (!hints_.operation.empty()) {
      hinted = OperationCalled(hints_.operation);
      if (!hinted.has_value())
        return absl::InvalidArgumentError(
            fmt::format("operation \"{}\": expected all_reduce, all_gather, reduce_scatter or alltoall",
                        hints_.operation));
    }
    if (!s.named.empty()) {
      named = OperationCalled(s.named);
      if (!named.has_value())
        return Wrong(s.named_line,
                     fmt::format("{} is none of the collectives that links have laws of", s.named));
      if (hinted.has_value() && *hinted != *named)
        return Wrong(s.named_line, fmt::format("is {}, not {}", s.named, hints_.operation));
      return *named;
    }
    const double n = s.table.ranks, once = (n - 1) / n;
    std::optional<Collective> measured;
    if (s.ratio_algbw >= 1) {
      const double rounding = 0.004 + 0.01 / s.ratio_algbw;
      const bool is_all_reduce = std::abs(s.ratio - 2 * once) < rounding * 2 * once;
      const bool is_other = std::abs(s.ratio - once) < rounding * once;
      if (!is_all_reduce && !is_other)
        return Wrong(line,
                     fmt::format("busbw / algbw is {:.3f}, which no collective with a law has over {} ranks",
                                 s.ratio, s.table.ranks));
      if (is_all_reduce) measured = Collective::kAllReduce;
      if (is_other && s.reduces) measured = Collective::kReduceScatter;
    }
    if (hinted.has_value()) {
      if (measured.has_value() && *measured != *hinted)
        return Wrong(
            line, fmt::format("busbw / algbw is that of {}, not of {}", NameOf(*measured), hints_.operation));
      return *hinted;
    }
    if (measured.has_value()) return *measured;
    return Wrong(line, "cannot tell which collective this table is of; say so (--op)");
  }

  // By the names of the hosts; where two ranks have the same device of one host, or hosts have unequal
  // numbers, the names were cut off, and the numbers of the devices say it. 0: neither does.
  static int RanksPerNode(const Section& s) {
    const int on_host = Evenly(s.hosts);
    const bool believable = s.places.size() == s.ranks.size() || s.devices.size() == 1;
    if (on_host > 0 && believable) return on_host;
    return Evenly(s.devices) > 0 && s.devices.size() > 1 ? static_cast<int>(s.devices.size()) : 0;
  }

  // Takes the section's table into the log.
  absl::Status Finish() {
    Section s = std::move(section_);
    section_ = Section();
    if (s.table.rows.empty()) return absl::OkStatus();
    const int line = s.table.rows.front().line;
    s.table.file = file_;
    s.table.ranks = s.ranks.empty() ? hints_.ranks : static_cast<int>(s.ranks.size());
    if (s.table.ranks == 0)
      return Wrong(line, "the log does not list its ranks; say how many there were (--ranks)");
    if (hints_.ranks != 0 && hints_.ranks != s.table.ranks)
      return Wrong(line, fmt::format("{} ranks, not {}", s.table.ranks, hints_.ranks));
    if (s.table.ranks < 2) return Wrong(line, "one rank alone measures no link");
    if (s.table.ranks > kMostRanks) return Wrong(line, "more than a million ranks");
    const int per_node = hints_.ranks_per_node > 0 ? hints_.ranks_per_node : RanksPerNode(s);
    if (per_node == 0)
      return Wrong(line,
                   "cannot tell which nodes the ranks were on; say how many a node has (--ranks-per-node)");
    if (s.table.ranks % per_node != 0 && s.table.ranks > per_node)
      return Wrong(line, fmt::format("{} ranks are no multiple of {} a node", s.table.ranks, per_node));
    s.table.nodes = std::max(1, s.table.ranks / per_node);
    RINGSIDE_ASSIGN_OR_RETURN(s.table.operation, OperationOf(s));
    log_.tables.push_back(std::move(s.table));
    return absl::OkStatus();
  }

  const std::string file_;
  const NcclHints hints_;
  int line_ = 0;
  Section section_;
  NcclLog log_;
};

}  // namespace

const char* NameOf(Collective operation) {
  switch (operation) {
    case Collective::kAllReduce:
      return "all_reduce";
    case Collective::kAllGather:
      return "all_gather";
    case Collective::kReduceScatter:
      return "reduce_scatter";
    case Collective::kAllToAll:
      return "all_to_all";
  }
  return "";
}

absl::StatusOr<NcclLog> ParseNcclLog(std::string_view text, const std::string& file, const NcclHints& hints) {
  return Parser(file, hints).Parse(text);
}

}  // namespace ringside::sim
