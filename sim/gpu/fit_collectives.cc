// As fit_gemm, for the collectives of a link:
//   fit_collectives LINK nccl_DEVICE.csv [nccl-tests.log ...]   inside a node, from 64 KiB to 512 MiB
//   fit_collectives LINK --nodes nccl-tests.log ...    all-reduce over nodes of 8; LINK: of the network
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/catalogue/catalogue.h"
#include "sim/gpu/collective_law.h"
#include "sim/gpu/fit_table.h"
#include "sim/gpu/nelder_mead.h"

namespace {

using ringside::sim::gpu::Collective;
using ringside::sim::gpu::CollectiveSeconds;
using ringside::sim::gpu::Fabric;
using ringside::sim::gpu::Group;
namespace v1 = ringside::v1;

struct Point {
  Group group;
  double bytes, seconds;
  bool held_out;
};

void Set(const std::vector<double>& x, v1::CollectiveLaw* law) {
  law->set_base_us(std::exp(x[0]));
  law->set_hop_us(std::exp(x[1]));
  law->set_ramp_us(std::exp(x[2]));
  law->set_gbps(std::exp(x[3]));
  if (x.size() == 4) return;
  law->set_whole_share(1 / (1 + std::exp(-x[4])));
  law->set_simple_us(std::exp(x[5]));
  law->set_simple_hop_us(std::exp(x[6]));
}

double Mean(const Fabric& fabric, Collective operation, const std::vector<Point>& points, bool held_out) {
  double sum = 0, count = 0;
  for (const Point& p : points) {
    if (p.held_out != held_out) continue;
    sum += std::abs(CollectiveSeconds(fabric, operation, p.group, p.bytes) / p.seconds - 1), ++count;
  }
  return 100 * sum / std::max(1.0, count);
}

// Least error over the fitted half; a rate far from the link's costs a little, so that terms which the table
// cannot tell apart stay near what they mean.
double Fit(const Fabric& fabric, Collective operation, const std::vector<Point>& points, double rate,
           double simple_mib, bool between, v1::CollectiveLaw* law) {
  std::vector<double> x = {std::log(8), std::log(1.5), std::log(5), std::log(rate)};
  if (!between) x.insert(x.end(), {0.0, std::log(20), std::log(5)});
  law->set_simple_mib(simple_mib);
  const auto loss = [&](const std::vector<double>& at) {
    Set(at, law);
    const double drawn =
        (at[3] - std::log(rate)) * (at[3] - std::log(rate)) + (at.size() > 4 ? 0.1 * at[4] * at[4] : 0);
    return Mean(fabric, operation, points, false) + 0.2 * drawn;
  };
  for (int round = 0; round < 6; ++round)
    x = ringside::sim::gpu::NelderMead(loss, x, std::vector<double>(x.size(), 0.3), 600);
  Set(x, law);
  return loss(x);
}

void Print(const Fabric& fabric, Collective operation, const std::vector<Point>& points, const char* name,
           const v1::CollectiveLaw& law) {
  fmt::print(
      "{:15} fitted {:5.1f} % held out {:5.1f} %  {{base_us: {:.4g}, hop_us: {:.4g}, ramp_us: {:.4g}, gbps: "
      "{:.4g}",
      name, Mean(fabric, operation, points, false), Mean(fabric, operation, points, true), law.base_us(),
      law.hop_us(), law.ramp_us(), law.gbps());
  if (law.whole_share() > 0) fmt::print(", whole_share: {:.4g}", law.whole_share());
  if (law.simple_mib() > 0)
    fmt::print(", simple_mib: {:.4g}, simple_us: {:.4g}, simple_hop_us: {:.4g}", law.simple_mib(),
               law.simple_us(), law.simple_hop_us());
  fmt::print("}}\n");
}

// The table of nccl-tests, with or without a prefix of mpirun: size count type redop time ...
std::vector<Point> ReadLog(const std::string& path) {
  std::ifstream file(path);
  std::vector<Point> points;
  double ranks = 0;
  std::string line;
  while (std::getline(file, line)) {
    const size_t prefix = line.find("<stdout>:");
    if (prefix != std::string::npos) line = line.substr(prefix + 9);
    if (line.find("# ") == 0 && line.find(" Rank ") != std::string::npos) ++ranks;
    std::istringstream words(line);
    double size, count, time;
    std::string type, operation;
    if (!(words >> size >> count >> type >> operation >> time) || operation != "sum" || ranks == 0) continue;
    if (size < 65536 || size > 1073741824.0) continue;
    points.push_back(
        {{ranks, std::min(ranks, 8.0)}, size, time * 1e-6, ringside::sim::gpu::HeldOut(path + line)});
  }
  return points;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const v1::Catalogue& catalogue = ringside::sim::BuiltInCatalogue();
  v1::Interconnect link;
  for (const v1::Interconnect& each : catalogue.links())
    if (each.name() == argv[1]) link = each;
  if (link.name().empty()) return 2;
  if (std::string(argv[2]) == "--nodes") {
    const Fabric fabric = {ringside::sim::FindLink(catalogue, "nvlink3"), &link, 8};
    std::vector<Point> points;
    for (int i = 3; i < argc; ++i)
      for (const Point& p : ReadLog(argv[i])) points.push_back(p);
    Fit(fabric, Collective::kAllReduce, points, link.peak_gbps() * 0.8, 0, true, link.mutable_all_reduce());
    Print(fabric, Collective::kAllReduce, points, "all_reduce", link.all_reduce());
    for (double ranks = 2; ranks < 2000; ranks *= 2) {
      std::vector<Point> some;
      for (const Point& p : points)
        if (p.group.ranks == ranks) some.push_back(p);
      if (!some.empty())
        fmt::print("{} ranks: fitted {:.1f} % held out {:.1f} %\n", ranks,
                   Mean(fabric, Collective::kAllReduce, some, false),
                   Mean(fabric, Collective::kAllReduce, some, true));
    }
    return 0;
  }
  const Fabric fabric = {&link, &link, 1e9};
  const std::vector<ringside::sim::gpu::Row> rows = ringside::sim::gpu::ReadTable(argv[2]);
  std::vector<Point> extra;  // nccl-tests inside one node
  for (int i = 3; i < argc; ++i)
    for (const Point& p : ReadLog(argv[i])) extra.push_back(p);
  struct Operation {
    const char* name;
    Collective operation;
    std::vector<Point> points;
    v1::CollectiveLaw law;
  };
  std::vector<Operation> operations = {{"all_reduce", Collective::kAllReduce, extra, {}},
                                       {"all_gather", Collective::kAllGather, {}, {}},
                                       {"reduce_scatter", Collective::kReduceScatter, {}, {}},
                                       {"alltoall", Collective::kAllToAll, {}, {}}};
  for (Operation& each : operations) {
    for (const auto& row : rows) {
      if (row.Text("op_name") != each.name) continue;
      // message_size counts elements of what one rank hands in (all_gather: the gathered buffer).
      const double bytes = row.Number("message_size") * (row.Text("nccl_dtype") == "half" ? 2 : 1);
      if (bytes < 65536 || bytes > 536870912) continue;
      const double ranks = row.Number("num_gpus");
      each.points.push_back({{ranks, ranks}, bytes, row.Number("latency") * 1e-3, row.held_out});
    }
  }
  const auto law_of = [&](Collective operation) {
    return operation == Collective::kAllReduce       ? link.mutable_all_reduce()
           : operation == Collective::kAllGather     ? link.mutable_all_gather()
           : operation == Collective::kReduceScatter ? link.mutable_reduce_scatter()
                                                     : link.mutable_all_to_all();
  };
  // One size at which protocols change for the three that run as rings, one for all-to-all, between two
  // powers of two.
  double least = 1e30, least_all_to_all = 1e30;
  for (const double mib : {0.0, 0.35, 0.7, 1.4, 2.8, 5.6}) {
    double sum = 0;
    std::vector<v1::CollectiveLaw> laws;
    for (const Operation& each : operations) {
      v1::CollectiveLaw* law = law_of(each.operation);
      *law = {};
      const double loss = Fit(fabric, each.operation, each.points, link.peak_gbps() * 0.8, mib, false, law);
      laws.push_back(*law);
      if (each.operation != Collective::kAllToAll) {
        sum += loss;
      } else if (loss < least_all_to_all) {
        least_all_to_all = loss, operations.back().law = *law;
      }
    }
    if (sum >= least) continue;
    least = sum;
    for (size_t i = 0; i + 1 < operations.size(); ++i) operations[i].law = laws[i];
  }
  for (const Operation& each : operations) {
    *law_of(each.operation) = each.law;
    Print(fabric, each.operation, each.points, each.name, each.law);
  }
  return 0;
}
