// As fit_gemm, for the collectives of a link:
//   fit_collectives LINK nccl_DEVICE.csv               inside a node, from 64 KiB to 512 MiB
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
}

double Mean(const Fabric& fabric, Collective operation, const std::vector<Point>& points, bool held_out) {
  double sum = 0, count = 0;
  for (const Point& p : points) {
    if (p.held_out != held_out) continue;
    sum += std::abs(CollectiveSeconds(fabric, operation, p.group, p.bytes) / p.seconds - 1), ++count;
  }
  return 100 * sum / std::max(1.0, count);
}

void Fit(const Fabric& fabric, Collective operation, const std::vector<Point>& points, const char* name,
         double rate, v1::CollectiveLaw* law) {
  std::vector<double> x = {std::log(8), std::log(1.5), std::log(5), std::log(rate)};
  const auto loss = [&](const std::vector<double>& at) {
    Set(at, law);
    return Mean(fabric, operation, points, false);
  };
  for (int round = 0; round < 4; ++round)
    x = ringside::sim::gpu::NelderMead(loss, x, std::vector<double>(x.size(), 0.3), 400);
  Set(x, law);
  fmt::print(
      "{:15} fitted {:5.1f} % held out {:5.1f} %  base_us: {:.4g}, hop_us: {:.4g}, ramp_us: {:.4g}, gbps: "
      "{:.4g}\n",
      name, Mean(fabric, operation, points, false), Mean(fabric, operation, points, true), law->base_us(),
      law->hop_us(), law->ramp_us(), law->gbps());
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
    Fit(fabric, Collective::kAllReduce, points, "all_reduce", link.peak_gbps() * 0.8,
        link.mutable_all_reduce());
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
  const auto fit = [&](const char* name, Collective operation, v1::CollectiveLaw* law) {
    std::vector<Point> points;
    for (const auto& row : rows) {
      if (row.Text("op_name") != name) continue;
      // message_size counts elements of what one rank hands in (all_gather: the gathered buffer).
      const double bytes = row.Number("message_size") * (row.Text("nccl_dtype") == "half" ? 2 : 1);
      if (bytes < 65536 || bytes > 536870912) continue;
      const double ranks = row.Number("num_gpus");
      points.push_back({{ranks, ranks}, bytes, row.Number("latency") * 1e-3, row.held_out});
    }
    Fit(fabric, operation, points, name, link.peak_gbps() * 0.8, law);
  };
  fit("all_reduce", Collective::kAllReduce, link.mutable_all_reduce());
  fit("all_gather", Collective::kAllGather, link.mutable_all_gather());
  fit("reduce_scatter", Collective::kReduceScatter, link.mutable_reduce_scatter());
  fit("alltoall", Collective::kAllToAll, link.mutable_all_to_all());
  return 0;
}
