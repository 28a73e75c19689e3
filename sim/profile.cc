#include "sim/profile.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/status_macros.h"
#include "proto/yaml.h"
#include "sim/cost/profile_cost_model.h"

namespace ringside::sim {
namespace {

void AddKernel(const char* kind, double overhead_ns, double ns_per_byte, double ns_per_flop,
               v1::DeviceProfile* out) {
  v1::KernelLaw& law = *out->add_kernels();
  law.set_kind(kind);
  law.set_overhead_ns(overhead_ns);
  law.set_ns_per_byte(ns_per_byte);
  law.set_ns_per_flop(ns_per_flop);
}

void AddLink(const char* link, const char* kind, int ranks, double alpha_ns, double beta_ns_per_byte,
             v1::DeviceProfile* out) {
  v1::LinkLaw& law = *out->add_links();
  law.set_link(link);
  law.set_kind(kind);
  law.set_ranks(ranks);
  law.set_ranks_per_node(ranks);
  law.set_alpha_ns(alpha_ns);
  law.set_beta_ns_per_byte(beta_ns_per_byte);
}

}  // namespace

absl::StatusOr<v1::DeviceProfile> LoadProfile(const std::string& path) {
  v1::DeviceProfile profile;
  RINGSIDE_RETURN_IF_ERROR(proto::ReadYamlFile(path, &profile));
  if (profile.version() != kProfileVersion) {
    return absl::FailedPreconditionError(fmt::format(
        "{}: a profile of version {}, whose figures mean something else than this version's ({}); make it "
        "anew with `ringside calibrate`",
        path, profile.version(), kProfileVersion));
  }
  AddDefaultInterNodeLaw(&profile);
  const absl::StatusOr<ProfileCostModel> model = ProfileCostModel::Create(profile, 1);
  if (!model.ok())
    return absl::InvalidArgumentError(fmt::format("{}: {}", path, std::string(model.status().message())));
  return profile;
}

absl::Status SaveProfile(const v1::DeviceProfile& profile, const std::string& path) {
  const std::string partial = fmt::format("{}.{}.part", path, getpid());
  std::error_code error;
  {
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    file << "# Made by `ringside calibrate`.\n" << proto::WriteYaml(profile);
    file.flush();
    if (!file.good()) {
      std::filesystem::remove(partial, error);
      return absl::UnavailableError(
          fmt::format("{}: cannot be written; is the disk full or the folder missing?", path));
    }
  }
  std::filesystem::rename(partial, path, error);
  if (!error) return absl::OkStatus();
  const std::string reason = error.message();
  std::filesystem::remove(partial, error);
  return absl::UnavailableError(fmt::format("{}: {}", path, reason));
}

v1::DeviceProfile UncalibratedLocalCpu(int cores) {
  v1::DeviceProfile profile;
  profile.set_version(kProfileVersion);
  profile.set_name("local-cpu");
  profile.set_measured_on("never: generic figures of a server core");
  profile.set_cores_per_node(std::max(1, cores));
  profile.set_gemm_gflops(80);
  profile.set_memory_gbps(15);
  profile.set_op_overhead_ns(500);
  profile.set_wakeup_ns(5000);
  profile.set_memory_contention(1.5);
  profile.set_compute_contention(1.1);
  AddKernel("gemm", 2000, 0.02, 1.0 / 80, &profile);
  AddKernel("attention", 30, 0.5, 1.0 / 20, &profile);
  AddKernel("attention_backward", 30, 1.0, 1.0 / 20, &profile);
  AddKernel("memory_bound", 500, 1.0 / 10, 0, &profile);
  AddLink("intra_node", "all_reduce", 2, 3000, 0.2, &profile);
  AddLink("intra_node", "send", 2, 3000, 0.2, &profile);
  AddDefaultInterNodeLaw(&profile);
  profile.add_notes(
      "uncalibrated: generic constants, no measurement of this machine; run `ringside calibrate`");
  return profile;
}

void AddDefaultInterNodeLaw(v1::DeviceProfile* profile) {
  for (const v1::LinkLaw& law : profile->links()) {
    if (law.link() == "inter_node") return;
  }
  AddLink("inter_node", "all_reduce", 4, 80000, 2.0, profile);
  profile->add_notes(
      "links between nodes: not calibrated, 80 us a message and 2 ns a byte of software assumed");
}

}  // namespace ringside::sim
