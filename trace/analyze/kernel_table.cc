#include "trace/analyze/kernel_table.h"

#include <algorithm>
#include <map>
#include <utility>

#include "trace/analyze/collective.h"

namespace ringside::trace {
namespace {

// Longest first; of equals, the first.
template <typename Row>
void KeepTop(std::vector<Row>* rows, size_t top) {
  std::stable_sort(rows->begin(), rows->end(),
                   [](const Row& a, const Row& b) { return a.durations.total_ns > b.durations.total_ns; });
  if (top > 0 && rows->size() > top) rows->resize(top);
}

}  // namespace

void Durations::Add(int64_t ns) {
  min_ns = count == 0 ? ns : std::min(min_ns, ns);
  max_ns = count == 0 ? ns : std::max(max_ns, ns);
  ++count;
  total_ns += ns;
}

std::vector<KernelRow> KernelTable(const GpuTimeline& timeline, size_t top) {
  std::vector<KernelRow> rows(timeline.names.size());
  for (const GpuOp& op : timeline.ops) {
    KernelRow& row = rows[op.name];
    row.kernel_class = op.kernel_class;
    row.durations.Add(op.end_ns - op.begin_ns);
  }
  for (size_t i = 0; i < rows.size(); ++i) rows[i].name = timeline.names.text(static_cast<int32_t>(i));
  std::erase_if(rows, [](const KernelRow& row) { return row.durations.count == 0; });
  KeepTop(&rows, top);
  return rows;
}

std::vector<CollectiveRow> CollectiveTable(const GpuTimeline& timeline, size_t top) {
  std::map<std::pair<int32_t, int32_t>, CollectiveRow> by_key;  // collective, or name where there is none
  for (const GpuOp& op : timeline.ops) {
    if (op.kernel_class != KernelClass::kCommunication) continue;
    const bool recorded = op.collective >= 0;
    const auto [at, first] = by_key.try_emplace({op.collective, recorded ? -1 : op.name});
    CollectiveRow& row = at->second;
    if (first) {
      if (recorded) {
        row.what = timeline.collectives[op.collective];
      } else {
        row.kernel = timeline.names.text(op.name);
        row.what.operation = OperationInKernelName(row.kernel);
      }
    }
    row.durations.Add(op.end_ns - op.begin_ns);
  }
  std::vector<CollectiveRow> rows;
  for (auto& [key, row] : by_key) {
    const std::optional<double> factor = BusFactor(row.what.operation, row.what.group_size);
    if (factor && row.what.bytes > 0 && row.durations.min_ns > 0) {
      const auto bytes = static_cast<double>(row.what.bytes);
      row.best_algorithm_gb_per_s = bytes / static_cast<double>(row.durations.min_ns);
      row.best_bus_gb_per_s = *factor * *row.best_algorithm_gb_per_s;
      row.mean_bus_gb_per_s = *factor * bytes / row.durations.mean_ns();
    }
    rows.push_back(std::move(row));
  }
  KeepTop(&rows, top);
  return rows;
}

}  // namespace ringside::trace
