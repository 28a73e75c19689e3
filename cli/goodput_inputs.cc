#include "cli/goodput_inputs.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "sim/catalogue/catalogue.h"
#include "sim/goodput/published_failures.h"

namespace ringside::cli {
namespace {

constexpr double kHour_s = 3600;

absl::Status Wrong(std::string_view flag, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", flag, what));
}

absl::Status CheckBetween(std::string_view flag, double value, double least, double most) {
  if (!(value >= least) || value > most)
    return Wrong(flag, fmt::format("{:g} is not between {:g} and {:g}", value, least, most));
  return absl::OkStatus();
}

absl::Status ReadFailures(const GoodputOptions& o, GoodputInputs* inputs) {
  const int given = (o.mtbf_hours_per_gpu != 0 ? 1 : 0) + (o.mtbf_hours_per_node != 0 ? 1 : 0) +
                    (o.mtbi_hours != 0 ? 1 : 0) + (o.failures.empty() ? 0 : 1);
  if (given != 1)
    return Wrong(
        "--mtbf-hours-per-gpu",
        "how often is the job interrupted? Give this, --mtbf-hours-per-node, --mtbi-hours or --failures");
  double& gpu_hours = inputs->gpu_hours_per_interruption;
  if (!o.failures.empty()) {
    if (o.failures != sim::kLlama3.name)
      return Wrong("--failures", fmt::format("{} is none of: {}", o.failures, sim::kLlama3.name));
    gpu_hours = sim::kLlama3.gpu_hours_per_interruption();
    inputs->assumptions.emplace_back(
        fmt::format("interruptions as of {} ({}): {:.0f} in {:.0f} days of {:.0f} GPUs", sim::kLlama3.name,
                    sim::kLlama3.source, sim::kLlama3.unexpected, sim::kLlama3.days, sim::kLlama3.gpus));
  } else if (o.mtbf_hours_per_node != 0) {
    RINGSIDE_RETURN_IF_ERROR(CheckBetween("--mtbf-hours-per-node", o.mtbf_hours_per_node, 1e-3, 1e12));
    gpu_hours = o.mtbf_hours_per_node * std::min<double>(static_cast<double>(o.gpus), o.gpus_per_node);
  } else if (o.mtbi_hours != 0) {
    RINGSIDE_RETURN_IF_ERROR(CheckBetween("--mtbi-hours", o.mtbi_hours, 1e-3, 1e6));
    gpu_hours = o.mtbi_hours * o.gpus;
  } else {
    RINGSIDE_RETURN_IF_ERROR(CheckBetween("--mtbf-hours-per-gpu", o.mtbf_hours_per_gpu, 1e-3, 1e12));
    gpu_hours = o.mtbf_hours_per_gpu;
  }
  inputs->settings.interruption_mean_s = gpu_hours / o.gpus * kHour_s;
  inputs->settings.weibull_shape = o.weibull_shape;
  return absl::OkStatus();
}

absl::Status ReadCheckpoints(const GoodputOptions& o, GoodputInputs* inputs) {
  sim::GoodputSettings& s = inputs->settings;
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--checkpoint-bytes", o.checkpoint_bytes, 0, 1e18));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--storage-gb-per-s", o.storage_gb_per_s, 1e-6, 1e9));
  inputs->checkpoint_bytes = o.checkpoint_bytes;
  const double write_s = o.checkpoint_bytes / (o.storage_gb_per_s * 1e9);
  inputs->read_s = write_s;
  if (o.read_gb_per_s != 0) {
    RINGSIDE_RETURN_IF_ERROR(CheckBetween("--read-gb-per-s", o.read_gb_per_s, 1e-6, 1e9));
    inputs->read_s = o.checkpoint_bytes / (o.read_gb_per_s * 1e9);
  } else {
    inputs->assumptions.emplace_back("a checkpoint is read as fast as it is written");
  }
  s.detect_s = o.detect_s;
  s.restart_s = o.restart_s + inputs->read_s;
  if (o.async_gb_per_s_per_gpu == 0) {
    if (o.write_slowdown != 0)
      return Wrong("--write-slowdown", "is about writing beside training: give --async too");
    s.checkpoint_s = write_s;
  } else {
    RINGSIDE_RETURN_IF_ERROR(CheckBetween("--async", o.async_gb_per_s_per_gpu, 1e-6, 1e6));
    s.checkpoint_s = o.checkpoint_bytes / o.gpus / (o.async_gb_per_s_per_gpu * 1e9);
    s.write_s = write_s;
    s.write_slowdown = o.write_slowdown;
  }
  if (o.interval == "auto") return absl::OkStatus();
  if (!absl::SimpleAtod(o.interval, &s.interval_s) || !(s.interval_s > 0) || !std::isfinite(s.interval_s))
    return Wrong("--interval", fmt::format("{} is neither auto nor a number of seconds", o.interval));
  return absl::OkStatus();
}

absl::Status ReadNodes(const GoodputOptions& o, GoodputInputs* inputs) {
  sim::GoodputSettings& s = inputs->settings;
  if (o.gpus % o.gpus_per_node != 0 && o.gpus > o.gpus_per_node)
    return Wrong("--gpus", fmt::format("{} are no multiple of {} a node", o.gpus, o.gpus_per_node));
  s.nodes = std::max<int64_t>(1, o.gpus / o.gpus_per_node);
  s.broken_share = o.broken_share;
  s.repair_mean_s = o.repair_hours * kHour_s;
  s.spare_nodes = o.spare_nodes;
  inputs->assumptions.emplace_back(
      o.spare_nodes < 0 ? "a broken node is always replaced (no --spare-nodes)"
                        : "expected: of an endless run; simulated runs begin with every node whole");
  if (o.gpus_per_replica != 0) {
    if (o.gpus_per_replica < 0 || o.gpus_per_replica % o.gpus_per_node != 0)
      return Wrong("--gpus-per-replica",
                   fmt::format("{} are no whole nodes of {}", o.gpus_per_replica, o.gpus_per_node));
    if (o.spare_nodes < 0)
      return Wrong("--gpus-per-replica", "a job shrinks when spares run out: give --spare-nodes");
    s.nodes_per_replica = o.gpus_per_replica / o.gpus_per_node;
    s.resize_s = o.resize_s >= 0 ? o.resize_s : s.restart_s;
    if (o.resize_s < 0) inputs->assumptions.emplace_back("taking nodes back takes as long as a restart");
  }
  s.maintenance_every_s = o.maintenance_every_hours * kHour_s;
  s.maintenance_s = o.maintenance_hours * kHour_s;
  return absl::OkStatus();
}

absl::Status ReadJob(const GoodputOptions& o, GoodputInputs* inputs) {
  sim::TrainingJob& job = inputs->job;
  job.gpus = static_cast<double>(o.gpus);
  job.spare_gpus = static_cast<double>(std::max<int64_t>(0, o.spare_nodes) * o.gpus_per_node);
  job.step_s = o.step_s;
  job.tokens_per_step = o.tokens_per_step;
  job.tokens = o.tokens;
  job.price_per_gpu_hour = o.price_per_gpu_hour;
  sim::StepJitter& jitter = inputs->jitter;
  RINGSIDE_ASSIGN_OR_RETURN(jitter.compute, sim::ParseJitter(o.jitter));
  RINGSIDE_ASSIGN_OR_RETURN(jitter.link, sim::ParseJitter(o.link_jitter));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--exposed-share", o.exposed_share, 0, 1));
  jitter.exposed_share = o.exposed_share;
  jitter.ranks = static_cast<double>(o.gpus);
  jitter.links = static_cast<double>(o.gpus);
  if (jitter.link.kind != sim::Jitter::Kind::kNone && o.exposed_share == 0)
    return Wrong("--link-jitter", "needs --exposed-share: the share of a step that waits for links");
  job.step_factor = sim::ExpectedStepFactor(jitter);
  return absl::OkStatus();
}

absl::Status ReadPower(const GoodputOptions& o, GoodputInputs* inputs) {
  sim::PowerModel& power = inputs->power;
  power.peak_w = o.power_w;
  if (!o.device.empty()) {
    const v1::GpuDevice* device = sim::FindDevice(sim::BuiltInCatalogue(), o.device);
    if (device == nullptr) return Wrong("--device", fmt::format("{} is not in the catalogue", o.device));
    inputs->device = device->name();
    if (power.peak_w == 0) power.peak_w = device->power_w();
  }
  if (power.peak_w == 0) return absl::OkStatus();
  // A tenth: an idle A100 or H100 draws 50 to 70 W of 400 or 700.
  power.idle_w = o.idle_w >= 0 ? o.idle_w : 0.1 * power.peak_w;
  if (o.idle_w < 0)
    inputs->assumptions.emplace_back("an idle device draws a tenth of its peak power (no --idle-w)");
  power.utilisation = o.utilisation;
  if (o.utilisation == 1)
    inputs->assumptions.emplace_back("devices that train draw their peak power: an upper bound");
  power.host_w = o.host_w;
  if (o.host_w == 0)
    inputs->assumptions.emplace_back(
        "energy is that of the devices alone, without hosts and network (no --host-w)");
  power.pue = o.pue;
  if (o.pue == 1)
    inputs->assumptions.emplace_back(
        "energy is measured at the machines, without the building's own (no --pue)");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<GoodputInputs> GoodputInputsOf(const GoodputOptions& options) {
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--gpus", static_cast<double>(options.gpus), 1, 1e7));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--gpus-per-node", options.gpus_per_node, 1, 1e5));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--repair-hours", options.repair_hours, 0, 1e5));
  RINGSIDE_RETURN_IF_ERROR(
      CheckBetween("--maintenance-every-hours", options.maintenance_every_hours, 0, 1e5));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--maintenance-hours", options.maintenance_hours, 0, 1e5));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--runs", options.runs, 2, 100'000));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("--days", options.days, 0, 36'500));
  GoodputInputs inputs;
  RINGSIDE_RETURN_IF_ERROR(ReadFailures(options, &inputs));
  RINGSIDE_RETURN_IF_ERROR(ReadCheckpoints(options, &inputs));
  RINGSIDE_RETURN_IF_ERROR(ReadNodes(options, &inputs));
  RINGSIDE_RETURN_IF_ERROR(ReadJob(options, &inputs));
  RINGSIDE_RETURN_IF_ERROR(ReadPower(options, &inputs));
  // The rest of the settings is checked where it is used; here, so that nothing is computed before.
  sim::GoodputSettings checked = inputs.settings;
  if (checked.interval_s == 0) checked.interval_s = 1e9;
  RINGSIDE_RETURN_IF_ERROR(sim::CheckGoodput(checked));
  return inputs;
}

}  // namespace ringside::cli
