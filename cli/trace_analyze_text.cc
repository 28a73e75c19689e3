#include "cli/trace_analyze_text.h"

#include <algorithm>
#include <vector>

#include "fmt/format.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

using trace::Table;

std::string Ms(int64_t ns) {
  return fmt::format("{:.3f}", static_cast<double>(ns) / 1e6);
}
std::string Percent(double value) {
  return fmt::format("{:.1f} %", value);
}

// Names of kernels are templates of hundreds of characters.
std::string Shortened(const std::string& name, size_t length = 60) {
  return trace::DisplayWidth(name) <= length || name.size() <= length ? name
                                                                      : name.substr(0, length - 3) + "...";
}

std::string RankTable(const trace::TraceReport& report) {
  Table table;
  for (const char* head : {"rank", "GPU time ms", "busy", "compute", "exposed comm", "other busy", "idle",
                           "comm ms", "overlapped"}) {
    table.Column(head);
  }
  for (const trace::RankReport& r : report.ranks) {
    const trace::Breakdown& b = r.breakdown;
    table.Row({std::to_string(r.timeline->rank), Ms(b.kernel_time_ns), Percent(b.share_percent(b.busy_ns)),
               Percent(b.share_percent(b.compute_ns)), Percent(b.share_percent(b.exposed_ns)),
               Percent(b.share_percent(b.non_compute_ns - b.exposed_ns)), Percent(b.share_percent(b.idle_ns)),
               Ms(b.communication_ns), b.communication_ns == 0 ? "-" : Percent(b.overlap_percent())});
  }
  return table.Text();
}

std::string IdleTable(const trace::RankReport& r) {
  Table table;
  for (const char* head : {"stream", "GPU ops", "host wait ms", "kernel wait ms", "other ms"})
    table.Column(head);
  for (const trace::StreamIdle& s : r.idle) {
    table.Row({std::to_string(s.stream), std::to_string(s.ops), Ms(s.host_wait_ns), Ms(s.kernel_wait_ns),
               Ms(s.other_ns)});
  }
  return table.Text();
}

std::string KernelsTable(const trace::RankReport& r) {
  Table table;
  table.Column("GPU work", Table::Align::kLeft).Column("class", Table::Align::kLeft);
  for (const char* head : {"count", "total ms", "min us", "mean us", "max us"}) table.Column(head);
  for (const trace::KernelRow& row : r.kernels) {
    const trace::Durations& d = row.durations;
    table.Row({Shortened(row.name), trace::KernelClassName(row.kernel_class), std::to_string(d.count),
               Ms(d.total_ns), fmt::format("{:.1f}", static_cast<double>(d.min_ns) / 1e3),
               fmt::format("{:.1f}", d.mean_ns() / 1e3),
               fmt::format("{:.1f}", static_cast<double>(d.max_ns) / 1e3)});
  }
  return table.Text();
}

std::string CollectivesTable(const trace::RankReport& r) {
  Table table;
  table.Column("collective", Table::Align::kLeft).Column("type", Table::Align::kLeft);
  for (const char* head :
       {"ranks", "bytes", "count", "total ms", "min us", "mean us", "bus GB/s mean", "best"}) {
    table.Column(head);
  }
  const auto rate = [](const std::optional<double>& gb_per_s) {
    return gb_per_s ? fmt::format("{:.2f}", *gb_per_s) : "-";
  };
  for (const trace::CollectiveRow& row : r.collectives) {
    const trace::Durations& d = row.durations;
    table.Row({row.kernel.empty() ? row.what.operation : Shortened(row.kernel, 40),
               row.what.dtype.empty() ? "-" : row.what.dtype,
               row.what.group_size > 0 ? std::to_string(row.what.group_size) : "-",
               row.what.bytes >= 0 ? std::to_string(row.what.bytes) : "-", std::to_string(d.count),
               Ms(d.total_ns), fmt::format("{:.1f}", static_cast<double>(d.min_ns) / 1e3),
               fmt::format("{:.1f}", d.mean_ns() / 1e3), rate(row.mean_bus_gb_per_s),
               rate(row.best_bus_gb_per_s)});
  }
  return table.Text();
}

std::string CrossRankText(const trace::CrossRank& c) {
  Table table;
  for (const char* head : {"rank", "wait ms", "transfer ms", "last in", "late by ms", "clock moved ms"}) {
    table.Column(head);
  }
  for (const trace::RankDelay& r : c.ranks) {
    table.Row({std::to_string(r.rank), Ms(r.wait_ns), Ms(r.transfer_ns), std::to_string(r.times_last),
               Ms(r.late_ns), Ms(r.clock_offset_ns)});
  }
  std::string text = fmt::format(
      "\nRanks in {} matched collectives: waiting for the last rank, and transfer\n{}"
      "parallel efficiency {:.3f} = load balance {:.3f} x communication {:.3f} x orchestration {:.3f}\n",
      c.matched, table.Text(), c.efficiency.parallel(), c.efficiency.load_balance, c.efficiency.communication,
      c.efficiency.orchestration);
  if (!c.late_starters.empty()) {
    text += fmt::format("late starters: rank {}\n", fmt::join(c.late_starters, ", rank "));
  }
  return text;
}

// The rank whose tables stand for all: the one with the most compute, as the others wait for it. All are in
// the JSON.
const trace::RankReport& Typical(const trace::TraceReport& report) {
  return *std::max_element(report.ranks.begin(), report.ranks.end(),
                           [](const trace::RankReport& a, const trace::RankReport& b) {
                             return a.breakdown.compute_ns < b.breakdown.compute_ns;
                           });
}

}  // namespace

std::string TraceAnalyzeText(const trace::TraceReport& report) {
  std::string text = "GPU time, from the first work to the last, and its shares\n" + RankTable(report);
  if (report.cross_rank) text += CrossRankText(*report.cross_rank);
  const trace::RankReport& rank = Typical(report);
  if (!rank.timeline->ops.empty()) {
    const std::string of = report.ranks.size() > 1 ? fmt::format(" of rank {}", rank.timeline->rank) : "";
    text += fmt::format("\nWhy streams{} were idle, by the gaps between their work\n", of) + IdleTable(rank);
    text += fmt::format("\nGPU work{}: top {} of {} names\n", of, rank.kernels.size(), rank.kernel_names) +
            KernelsTable(rank);
    if (!rank.collectives.empty()) {
      text += fmt::format("\nCollectives{}; times include waiting for other ranks\n", of) +
              CollectivesTable(rank);
    }
  }
  if (!report.warnings.empty()) text += "\n";
  for (const std::string& warning : report.warnings) text += "warning: " + warning + "\n";
  return text;
}

}  // namespace ringside::cli
