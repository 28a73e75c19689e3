#include "evaluator/design/fit.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "evaluator/design/runner.h"
#include "fmt/format.h"
#include "plan/memory.h"

namespace ringside::evaluator {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;

std::string ByCategory(const plan::PeakMemory& peak) {
  std::vector<std::pair<int64_t, int>> sorted;
  for (int c = 0; c < plan::kNumCategories; ++c) sorted.push_back({-peak.by_category[c], c});
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const auto& [negative_bytes, category] : sorted) {
    if (negative_bytes == 0) continue;
    text += fmt::format("{}{} {:.2f}", text.empty() ? "" : ", ",
                        plan::Name(static_cast<plan::Category>(category)), -negative_bytes / kMiB);
  }
  return text + " MiB";
}

}  // namespace

Fit CheckFit(const std::vector<plan::Program>& programs) {
  Fit fit;
  for (const plan::Program& program : programs) {
    const plan::PeakMemory peak = plan::PredictPeakMemory(program);
    if (program.memory_limit_bytes > 0 && peak.total > program.memory_limit_bytes) fit.fits = false;
    if (peak.total <= fit.peak_bytes) continue;
    fit.limit_bytes = program.memory_limit_bytes;
    fit.peak_bytes = peak.total;
    fit.rank = program.rank;
    fit.op = peak.total_op < 0
                 ? "before the first op"
                 : fmt::format("op {} {}", peak.total_op, plan::Describe(program.ops[peak.total_op]));
    fit.by_category = ByCategory(peak);
  }
  return fit;
}

Infeasible DoesNotFit(const Fit& fit) {
  Infeasible infeasible;
  infeasible.needed_bytes = fit.peak_bytes;
  infeasible.needed_where = fmt::format("compiled program, rank {}, {}", fit.rank, fit.op);
  infeasible.reason =
      fmt::format("does not fit: rank {} needs {:.2f} MiB at {}, and is granted {:.2f} MiB (peaks: {})",
                  fit.rank, fit.peak_bytes / kMiB, fit.op, fit.limit_bytes / kMiB, fit.by_category);
  const auto add = [&](const char* quantity, double value, const std::string& where) {
    v1::Evidence evidence;
    evidence.set_quantity(quantity);
    evidence.set_value(value);
    evidence.set_unit("bytes");
    evidence.set_origin(v1::ORIGIN_EXACT);
    evidence.set_where(where);
    infeasible.evidence.push_back(std::move(evidence));
  };
  add("needed_bytes", static_cast<double>(fit.peak_bytes), infeasible.needed_where);
  add("granted_bytes", static_cast<double>(fit.limit_bytes), "question, cluster.memory_mib");
  return infeasible;
}

}  // namespace ringside::evaluator
