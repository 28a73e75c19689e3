#include "cli/calibration.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/status_macros.h"
#include "cli/probe.h"
#include "coordinator/launch/virtual_network.h"
#include "fmt/chrono.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "sim/calibration/calibrate.h"
#include "sim/profile.h"
#include "trace/format.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

std::string NowAndHere() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%d %H:%M} UTC, {}", fmt::gmtime(now), CpuModel());
}

nlohmann::json LawJson(const v1::KernelLaw& law) {
  return {{"kind", law.kind()},
          {"overhead_ns", law.overhead_ns()},
          {"ns_per_byte", law.ns_per_byte()},
          {"ns_per_flop", law.ns_per_flop()},
          {"residual", law.residual()}};
}

nlohmann::json LawJson(const v1::LinkLaw& law) {
  return {{"link", law.link()},
          {"kind", law.kind()},
          {"ranks", law.ranks()},
          {"alpha_ns", law.alpha_ns()},
          {"beta_ns_per_byte", law.beta_ns_per_byte()},
          {"residual", law.residual()}};
}

std::string Rate(double ns_per_unit) {
  return ns_per_unit > 0 ? fmt::format("{:.1f}", 1 / ns_per_unit) : "-";
}

}  // namespace

absl::StatusOr<v1::DeviceProfile> CalibrateOn(Cluster& cluster, bool quick, Progress* progress) {
  sim::CalibrationOptions options;
  options.cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  options.quick = quick;
  options.measured_on = NowAndHere();
  options.machine = MachineInWords();
  options.run = [&cluster](const v1::ProgramSet& programs) { return cluster.RunPrograms(programs); };
  // Plain processes would measure another link than the one between nodes.
  if (coordinator::ProbeVirtualNodes().ok()) options.run_between_nodes = options.run;
  options.progress = [progress](int done, int total, std::string_view what) {
    if (done < total) progress->Headline(fmt::format("calibrate {}/{}: {}", done + 1, total, what));
  };
  return sim::Calibrate(options);
}

absl::Status SaveProfileWithParents(const v1::DeviceProfile& profile, const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) {
    return absl::PermissionDeniedError(
        fmt::format("{}: cannot be made: {}", parent.string(), error.message()));
  }
  return sim::SaveProfile(profile, path);
}

std::string ProfileText(const v1::DeviceProfile& profile) {
  std::string text =
      fmt::format("{}: {}, {} cores\n", profile.name(), profile.measured_on(), profile.cores_per_node());
  text += fmt::format(
      "  GEMM        {:.0f} GFLOP/s at best, {} shapes; all cores at once {:.2f} times slower each\n",
      profile.gemm_gflops(), profile.gemm_size(), profile.compute_contention());
  text += fmt::format("  memory      {:.1f} GB/s; all cores at once {:.2f} times slower each\n\n",
                      profile.memory_gbps(), profile.memory_contention());
  trace::Table kernels;
  kernels.Column("kernel", trace::Table::Align::kLeft)
      .Column("overhead µs")
      .Column("GB/s")
      .Column("GFLOP/s")
      .Column("residual");
  for (const v1::KernelLaw& law : profile.kernels()) {
    kernels.Row({law.kind(), fmt::format("{:.2f}", law.overhead_ns() * 1e-3), Rate(law.ns_per_byte()),
                 Rate(law.ns_per_flop()), trace::FormatPercent(law.residual())});
  }
  text += kernels.Text() + "\n";
  trace::Table links;
  links.Column("link", trace::Table::Align::kLeft)
      .Column("message", trace::Table::Align::kLeft)
      .Column("ranks");
  links.Column("latency µs").Column("GB/s").Column("residual");
  for (const v1::LinkLaw& law : profile.links()) {
    links.Row({law.link(), law.kind(), fmt::to_string(law.ranks()),
               fmt::format("{:.1f}", law.alpha_ns() * 1e-3), Rate(law.beta_ns_per_byte()),
               trace::FormatPercent(law.residual())});
  }
  text += links.Text();
  for (const std::string& note : profile.notes()) text += fmt::format("  note        {}\n", note);
  return text;
}

nlohmann::json ProfileJson(const v1::DeviceProfile& profile, const std::string& path) {
  nlohmann::json kernels = nlohmann::json::array();
  for (const v1::KernelLaw& law : profile.kernels()) kernels.push_back(LawJson(law));
  nlohmann::json links = nlohmann::json::array();
  for (const v1::LinkLaw& law : profile.links()) links.push_back(LawJson(law));
  return {
      {"profile", path},
      {"name", profile.name()},
      {"measured_on", profile.measured_on()},
      {"cores_per_node", profile.cores_per_node()},
      {"gemm_gflops", profile.gemm_gflops()},
      {"memory_gbps", profile.memory_gbps()},
      {"compute_contention", profile.compute_contention()},
      {"memory_contention", profile.memory_contention()},
      {"kernels", std::move(kernels)},
      {"links", std::move(links)},
      {"notes", nlohmann::json(std::vector<std::string>(profile.notes().begin(), profile.notes().end()))}};
}

}  // namespace ringside::cli
