#include "workers/bench/limit.h"

#include <fmt/format.h>

namespace ringside::bench {
namespace {

// What is read, and what of it is written, of one parameter.
double BytesAParameter(const plan::Program& program, const plan::Op& op) {
  const auto real = static_cast<double>(plan::SizeOf(program.real)),
             stat = static_cast<double>(plan::SizeOf(plan::StatType(program.real)));
  const bool master = op.Has(plan::kMaster);
  const double gradient = real, moments = 2 * 2 * stat;
  const double weight = master ? real + 2 * stat : 2 * real;  // a rounded copy is only written
  return gradient + moments + weight;
}

}  // namespace

std::string Limit::Text() const {
  return fmt::format("limit {:.1f} %: {:.4f} s of products, {:.4f} s for the {:.3f} GB of AdamW",
                     100 * share(), gemm_s, optimizer_s, optimizer_bytes / 1e9);
}

Limit LimitOf(const plan::Resolved& resolved, const plan::Program& program, double best_gflops,
              double best_gb_per_s) {
  Limit limit;
  limit.gemm_s = static_cast<double>(plan::ModelFlopsPerStep(resolved)) / best_gflops / 1e9;
  for (const plan::Op& op : program.ops) {
    if (op.kind != plan::OpKind::kAdamW) continue;
    limit.optimizer_bytes += BytesAParameter(program, op) * static_cast<double>(op.dims[0]);
  }
  limit.optimizer_s = limit.optimizer_bytes / best_gb_per_s / 1e9;
  return limit;
}

}  // namespace ringside::bench
