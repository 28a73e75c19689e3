// `ringside calibrate`: measures kernels and links of this machine through real workers, fits a device
// profile.
#include <memory>
#include <string>

#include "cli/calibration.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/profile_location.h"
#include "cli/progress.h"
#include "fmt/format.h"
#include "sim/profile.h"

namespace ringside::cli {
namespace {

struct Options {
  std::string out, coordinator;
  bool quick = false;
  Output output;
};

int CalibrateThisMachine(const Options& options) {
  Progress progress;
  Interrupt interrupt;
  auto cluster = Cluster::Open({options.coordinator, &progress, &interrupt});
  if (!cluster.ok()) return Fail(cluster.status());
  const auto profile = CalibrateOn(**cluster, options.quick, &progress);
  progress.Clear();
  if (!profile.ok()) return Fail(profile.status());
  const std::string path = options.out.empty() ? DefaultProfilePath() : options.out;
  if (absl::Status saved = SaveProfileWithParents(*profile, path); !saved.ok()) return Fail(saved);
  options.output.Print(ProfileText(*profile) + fmt::format("\n  profile     {}\n", path));
  if (absl::Status written = options.output.WriteJson(ProfileJson(*profile, path)); !written.ok()) {
    return Fail(written);
  }
  return kExitOk;
}

}  // namespace

void AddCalibrateCommand(CLI::App& app, Action* action) {
  CLI::App* command =
      app.add_subcommand("calibrate", "Measure kernels and links of this machine, fit a device profile");
  const auto options = std::make_shared<Options>();
  command->add_option("--out", options->out, "Profile to write (default: where run and simulate look for it)")
      ->type_name("DEVICE.yaml");
  command
      ->add_option("--coordinator", options->coordinator, "Measure the machine of this coordinator instead")
      ->type_name("ADDR");
  command->add_flag("--quick", options->quick, "A third of the repetitions");
  options->output.AddFlag(command);
  command->callback([=] { *action = [options] { return CalibrateThisMachine(*options); }; });
}

}  // namespace ringside::cli
