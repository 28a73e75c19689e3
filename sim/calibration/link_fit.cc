#include "sim/calibration/link_fit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/status_macros.h"
#include "proto/yaml.h"
#include "sim/gpu/fit_table.h"
#include "sim/gpu/nelder_mead.h"

namespace ringside::sim {
namespace {

using gpu::Collective;

constexpr int kFewestRows = 6;
constexpr double kMostExcess = 1.3;  // of a law's rate over the best that was measured
constexpr Collective kAll[] = {Collective::kAllReduce, Collective::kAllGather, Collective::kReduceScatter,
                               Collective::kAllToAll};

v1::CollectiveLaw* LawOf(v1::Interconnect* link, Collective operation) {
  switch (operation) {
    case Collective::kAllReduce:
      return link->mutable_all_reduce();
    case Collective::kAllGather:
      return link->mutable_all_gather();
    case Collective::kReduceScatter:
      return link->mutable_reduce_scatter();
    case Collective::kAllToAll:
      return link->mutable_all_to_all();
  }
  return nullptr;
}

double FourDigits(double value) {
  if (!(value > 0)) return 0;
  const double unit = std::pow(10, std::floor(std::log10(value)) - 3);
  const double digits = std::round(value / unit);
  return unit < 1 ? digits / std::round(1 / unit) : digits * unit;
}

struct Point {
  gpu::Group group;
  double bytes = 0, seconds = 0;
  bool held_out = false;
};

std::vector<Point> PointsOf(const std::vector<NcclTable>& tables, Collective operation,
                            const LinkFitOptions& options) {
  std::vector<Point> points;
  for (const NcclTable& table : tables) {
    if (table.operation != operation) continue;
    for (const NcclRow& row : table.rows) {
      if (row.bytes < options.least_bytes || row.bytes > options.most_bytes) continue;
      const double ranks = table.ranks;
      points.push_back({{ranks, ranks / table.nodes},
                        row.bytes,
                        row.seconds,
                        gpu::HeldOut(fmt::format("{}:{}:{}", table.ranks, row.bytes, row.seconds))});
    }
  }
  return points;
}

// The law of one operation on `link`, as a function of the logarithms of its constants.
class Fitter {
 public:
  Fitter(const LinkFitOptions& options, Collective operation, const std::vector<Point>& points,
         bool contention_known, v1::Interconnect* link)
      : options_(options), operation_(operation), points_(points), link_(link), law_(LawOf(link, operation)) {
    std::set<double> ranks, nodes;
    for (const Point& p : points) ranks.insert(p.group.ranks), nodes.insert(p.group.domains());
    free_hop_ = ranks.size() > 1;
    free_contention_ = options.scale_up != nullptr && !contention_known && nodes.size() > 2;
    v1::Interconnect like;
    if (options.like != nullptr) like = *options.like;
    for (const Point& p : points) best_gbps_ = std::max(best_gbps_, PortBytes(p) / p.seconds / 1e9);
    hop_us_ = options.like != nullptr ? std::max(1e-3, LawOf(&like, operation)->hop_us())
                                      : (options.scale_up != nullptr ? 5 : 1.5);
  }

  bool knows_steps() const { return free_hop_; }
  double best_gbps() const { return best_gbps_; }

  // Leaves the best law in the link. `half`: fitted to what is not held out.
  void Fit(bool half) {
    std::vector<double> best;
    const auto loss = [&](const std::vector<double>& x) {
      Set(x);
      double sum = 0;
      for (const Point& p : points_)
        if (!half || !p.held_out) sum += std::abs(std::log(Seconds(p) / p.seconds));
      // Far from anything measured one constant may run off without an effect; a hair of weight holds it.
      for (const double each : x) sum += 1e-6 * std::abs(each);
      // A rate far above any that was measured only makes room for a larger ramp. Between nodes the best that
      // was measured may be that of the link inside them.
      const double excess = std::log(law_->gbps() / (kMostExcess * best_gbps_));
      if (options_.scale_up == nullptr && excess > 0) sum += 1e3 * excess;
      return sum;
    };
    double least = INFINITY;
    for (const double base_us : {2.0, 10.0, 40.0}) {
      for (const double ramp_us : {5.0, 100.0}) {
        std::vector<double> x = {std::log(base_us), std::log(ramp_us), std::log(best_gbps_)};
        if (free_hop_) x.push_back(std::log(hop_us_));
        if (free_contention_) x.push_back(std::log(0.02));
        for (double scale = 0.5; scale > 0.01; scale /= 2)
          x = gpu::NelderMead(loss, x, std::vector<double>(x.size(), scale), 250);
        if (loss(x) < least) least = loss(x), best = x;
      }
    }
    // A simplex collapses before it is at the bottom of a sum of absolute values: again from there, while it
    // helps.
    for (int round = 0; round < 20; ++round) {
      const double before = least;
      for (const double scale : {0.5, 0.05}) {
        const std::vector<double> x =
            gpu::NelderMead(loss, best, std::vector<double>(best.size(), scale), 400);
        if (loss(x) < least) least = loss(x), best = x;
      }
      if (least > 0.9999 * before) break;
    }
    Set(best);
    if (!half) Round();
  }

  double Error(const Point& p) const { return std::abs(Seconds(p) / p.seconds - 1); }

 private:
  // To four digits, as the catalogue has them, before anything is said of the law.
  void Round() {
    law_->set_base_us(FourDigits(law_->base_us()));
    law_->set_hop_us(FourDigits(law_->hop_us()));
    law_->set_ramp_us(FourDigits(law_->ramp_us()));
    law_->set_gbps(FourDigits(law_->gbps()));
    link_->set_contention_per_doubling(FourDigits(link_->contention_per_doubling()));
  }

  void Set(const std::vector<double>& x) {
    law_->set_base_us(std::exp(x[0]));
    law_->set_ramp_us(std::exp(x[1]));
    law_->set_gbps(std::exp(x[2]));
    law_->set_hop_us(free_hop_ ? std::exp(x[3]) : hop_us_);
    if (free_contention_) link_->set_contention_per_doubling(std::exp(x.back()));
  }

  // What goes through one device's port of the link, one direction, by a ring over all ranks: nccl-tests' bus
  // bandwidth, shared by the ports of a node.
  double PortBytes(const Point& p) const {
    const bool inside = options_.scale_up == nullptr, all_to_all = operation_ == Collective::kAllToAll;
    const double n = inside || !all_to_all ? p.group.ranks : p.group.domains();
    const double bytes = inside || all_to_all ? p.bytes : p.bytes / p.group.per_domain;
    return (operation_ == Collective::kAllReduce ? 2 : 1) * (n - 1) / n * bytes;
  }

  double Seconds(const Point& p) const {
    const bool inside = options_.scale_up == nullptr;
    const gpu::Fabric fabric = {inside ? link_ : options_.scale_up, link_, inside ? 1e9 : p.group.per_domain};
    return gpu::CollectiveSeconds(fabric, operation_, p.group, p.bytes);
  }

  const LinkFitOptions& options_;
  const Collective operation_;
  const std::vector<Point>& points_;
  v1::Interconnect* const link_;
  v1::CollectiveLaw* const law_;
  bool free_hop_ = false, free_contention_ = false;
  double hop_us_ = 0, best_gbps_ = 0;
};

std::vector<ResidualRange> RangesOf(const std::vector<Point>& points, const Fitter& fitter) {
  constexpr double kEdges[] = {0, 65536, 1 << 20, 1 << 24, 1e18};
  std::vector<ResidualRange> ranges;
  for (int i = 0; i < 4; ++i) {
    ResidualRange range;
    range.from_bytes = INFINITY;
    for (const Point& p : points) {
      if (p.bytes < kEdges[i] || p.bytes >= kEdges[i + 1]) continue;
      range.from_bytes = std::min(range.from_bytes, p.bytes);
      range.to_bytes = std::max(range.to_bytes, p.bytes);
      ++range.rows;
      range.mean += fitter.Error(p);
      range.worst = std::max(range.worst, fitter.Error(p));
    }
    if (range.rows == 0) continue;
    range.mean /= range.rows;
    ranges.push_back(range);
  }
  return ranges;
}

absl::StatusOr<OperationFit> FitOperation(const std::vector<Point>& points, Collective operation,
                                          const LinkFitOptions& options, bool contention_known,
                                          v1::Interconnect* link) {
  OperationFit fit;
  fit.operation = operation;
  fit.rows = static_cast<int>(points.size());
  if (fit.rows < kFewestRows)
    return absl::InvalidArgumentError(
        fmt::format("{}: {} rows between {:.0f} and {:.3g} bytes, a law takes at least {}", NameOf(operation),
                    fit.rows, options.least_bytes, options.most_bytes, kFewestRows));
  std::set<int> ranks;
  for (const Point& p : points) ranks.insert(static_cast<int>(p.group.ranks));
  fit.ranks.assign(ranks.begin(), ranks.end());
  Fitter fitter(options, operation, points, contention_known, link);
  fit.knows_steps = fitter.knows_steps();
  fit.best_gbps = fitter.best_gbps();
  fitter.Fit(true);
  int held_out = 0;
  for (const Point& p : points)
    if (p.held_out) fit.held_out += fitter.Error(p), ++held_out;
  if (held_out > 0) fit.held_out /= held_out;
  fitter.Fit(false);
  for (const Point& p : points) fit.residual += fitter.Error(p) / fit.rows;
  fit.ranges = RangesOf(points, fitter);
  return fit;
}

absl::Status CheckTables(const std::vector<NcclTable>& tables, const LinkFitOptions& options) {
  if (tables.empty()) return absl::InvalidArgumentError("no tables to fit a link to");
  for (const NcclTable& table : tables) {
    if ((table.nodes > 1) != (options.scale_up != nullptr))
      return absl::InvalidArgumentError(
          table.nodes > 1
              ? fmt::format("{}: {} nodes; the link inside them must be known", table.file, table.nodes)
              : fmt::format("{}: one node; says nothing of the link between nodes", table.file));
  }
  return absl::OkStatus();
}

// What no table measured.
void Complete(const LinkFitOptions& options, const OperationFit& most, v1::Interconnect* link) {
  const v1::CollectiveLaw law = *LawOf(link, most.operation);
  const double best_gbps = most.best_gbps;
  for (const Collective each : kAll)
    if (!(LawOf(link, each)->gbps() > 0)) *LawOf(link, each) = law;
  if (options.like != nullptr) {
    link->set_peak_gbps(options.like->peak_gbps());
    link->set_point_to_point_us(options.like->point_to_point_us());
    link->set_point_to_point_gbps(options.like->point_to_point_gbps());
    link->set_compute_slowdown(options.like->compute_slowdown());
    link->set_in_network_reduction(options.like->in_network_reduction());
  } else {
    link->set_peak_gbps(FourDigits(best_gbps));
    link->set_point_to_point_us(FourDigits(law.base_us() + law.hop_us()));
    link->set_point_to_point_gbps(law.gbps());
    link->set_compute_slowdown(1);
  }
}

std::string FittedOn(const LinkFitOptions& options, const std::vector<OperationFit>& operations,
                     const std::vector<NcclTable>& tables) {
  std::string text;
  for (const OperationFit& fit : operations) {
    text += fmt::format("{}{} over {} ranks, {} rows, {:.1f} %", text.empty() ? "nccl-tests: " : "; ",
                        NameOf(fit.operation), fmt::join(fit.ranks, ", "), fit.rows, 100 * fit.residual);
  }
  std::set<std::string> files;
  for (const NcclTable& table : tables) files.insert(table.file.substr(table.file.find_last_of('/') + 1));
  text += fmt::format(" ({})", fmt::join(files, ", "));
  if (operations.size() < 4) text += "; other collectives: not measured, by the same law";
  text += options.like != nullptr ? fmt::format("; what is not measured: {}", options.like->name())
                                  : "; messages between two ranks: not measured";
  return text;
}

}  // namespace

absl::StatusOr<LinkFit> FitLink(const std::vector<NcclTable>& tables, const LinkFitOptions& options) {
  RINGSIDE_RETURN_IF_ERROR(CheckTables(tables, options));
  LinkFit result;
  v1::Interconnect& link = result.link;
  link.set_name(options.name);
  if (options.like != nullptr) link.set_contention_per_doubling(options.like->contention_per_doubling());
  // The one with the most rows first: contention, which all share, is fitted to it.
  std::vector<std::pair<Collective, std::vector<Point>>> measured;
  for (const Collective operation : kAll) {
    const bool has = std::any_of(tables.begin(), tables.end(),
                                 [&](const NcclTable& t) { return t.operation == operation; });
    if (has) measured.push_back({operation, PointsOf(tables, operation, options)});
  }
  std::stable_sort(measured.begin(), measured.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  for (const auto& [operation, points] : measured) {
    const bool contention_known = options.like != nullptr || !result.operations.empty();
    RINGSIDE_ASSIGN_OR_RETURN(const OperationFit fit,
                              FitOperation(points, operation, options, contention_known, &link));
    result.operations.push_back(fit);
  }
  Complete(options, result.operations.front(), &link);
  int largest = 0;
  for (const NcclTable& table : tables) largest = std::max(largest, table.ranks);
  if (options.scale_up == nullptr) link.set_domain(largest);
  link.set_source("measured with nccl-tests");
  link.set_fitted_on(FittedOn(options, result.operations, tables));
  return result;
}

std::string LinksYaml(const std::vector<LinkFit>& fits) {
  v1::Catalogue catalogue;
  std::string text = "# Written by `ringside calibrate --nccl-tests`: links in the form of the catalogue.\n";
  for (const LinkFit& fit : fits) {
    *catalogue.add_links() = fit.link;
    for (const OperationFit& operation : fit.operations) {
      text += fmt::format("# {} {}: mean error {:.1f} %, {:.1f} % on rows held out\n", fit.link.name(),
                          NameOf(operation.operation), 100 * operation.residual, 100 * operation.held_out);
      for (const ResidualRange& range : operation.ranges)
        text +=
            fmt::format("#   {:>13.0f} to {:>13.0f} bytes: {:5.1f} %, at worst {:5.1f} %, {} rows\n",
                        range.from_bytes, range.to_bytes, 100 * range.mean, 100 * range.worst, range.rows);
    }
  }
  return text + proto::WriteYaml(catalogue);
}

}  // namespace ringside::sim
