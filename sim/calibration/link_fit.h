// Constants of a catalogue link from tables of nccl-tests.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/hardware.pb.h"
#include "sim/calibration/nccl_log.h"

namespace ringside::sim {

struct LinkFitOptions {
  std::string name;  // of the link
  // The link inside the nodes, for tables over several; null: the tables are of single nodes, whose link is
  // fitted.
  const v1::Interconnect* scale_up = nullptr;
  // Where the tables cannot say: the cost of a step if all have as many ranks, messages between two ranks,
  // loss by contention, peak rate. Null: see FitLink.
  const v1::Interconnect* like = nullptr;
  double least_bytes = 4096, most_bytes = 8e9;  // rows that count; smaller ones measure launches
};

// Relative errors of the fitted law over the rows of one range of sizes.
struct ResidualRange {
  double from_bytes = 0, to_bytes = 0;
  int rows = 0;
  double mean = 0, worst = 0;  // of |law / measured - 1|
};

struct OperationFit {
  gpu::Collective operation = gpu::Collective::kAllReduce;
  int rows = 0;
  std::vector<int> ranks;    // that were measured, ascending
  double best_gbps = 0;      // bus bandwidth of a device's port, at best
  double residual = 0;       // mean of |law / measured - 1| over all rows, of the law in the link
  double held_out = 0;       // the same over half of the rows, of a law fitted to the other half
  bool knows_steps = false;  // tables of several sizes of group: base and cost of a step are told apart
  std::vector<ResidualRange> ranges;  // 4 KiB to 64 KiB, to 1 MiB, to 16 MiB, beyond
};

struct LinkFit {
  v1::Interconnect link;  // complete: the catalogue takes it; fitted_on says what is measured and what is not
  std::vector<OperationFit> operations;
};

// Fits the law of every operation that the tables have; the others get the law of the one with the most rows,
// as their wire bytes are counted by operation. Without `like`: a step costs 1.5 us inside a node and 5 us
// between nodes (with a base that makes up for it where all tables have as many ranks), messages between two
// ranks cost a base and a step and go at the fitted rate, contention costs nothing unless three counts of
// nodes were measured, and the peak rate is the best that was measured. The rate in a law is a constant of
// its form and may lie above that, inside a node by 30 % at most. INVALID_ARGUMENT: no tables, tables over
// several nodes without scale_up or of one node with it, fewer than 6 rows that count for an operation.
absl::StatusOr<LinkFit> FitLink(const std::vector<NcclTable>& tables, const LinkFitOptions& options);

// The catalogue's form ("links: ..."), with the residuals as comments.
std::string LinksYaml(const std::vector<LinkFit>& fits);

}  // namespace ringside::sim
