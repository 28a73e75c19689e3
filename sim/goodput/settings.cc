#include "sim/goodput/settings.h"

#include <fmt/format.h>

#include <cmath>

#include "base/status_macros.h"

namespace ringside::sim {
namespace {

constexpr double kLongest_s = 100.0 * 365 * 86400;
constexpr int64_t kMostNodes = 10'000'000;

absl::Status Wrong(std::string_view field, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, what));
}

absl::Status CheckTime(std::string_view field, double seconds) {
  if (!(seconds >= 0) || seconds > kLongest_s)
    return Wrong(field, fmt::format("{} s is not between 0 and a hundred years", seconds));
  return absl::OkStatus();
}

absl::Status CheckShare(std::string_view field, double share) {
  if (!(share >= 0) || share > 1) return Wrong(field, fmt::format("{} is not between 0 and 1", share));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckGoodput(const GoodputSettings& s) {
  RINGSIDE_RETURN_IF_ERROR(CheckTime("mean time between interruptions", s.interruption_mean_s));
  if (s.interruption_mean_s < 1) return Wrong("mean time between interruptions", "is less than a second");
  if (!(s.weibull_shape >= 0.3) || s.weibull_shape > 10)
    return Wrong("Weibull shape", fmt::format("{} is not between 0.3 and 10", s.weibull_shape));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("detection", s.detect_s));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("restart", s.restart_s));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("checkpoint interval", s.interval_s));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("checkpoint", s.checkpoint_s));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("writing of a checkpoint", s.write_s));
  RINGSIDE_RETURN_IF_ERROR(CheckShare("slowdown by writing", s.write_slowdown));
  RINGSIDE_RETURN_IF_ERROR(CheckShare("share of interruptions that break a node", s.broken_share));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("repair", s.repair_mean_s));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("resizing", s.resize_s));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("planned stops", s.maintenance_every_s));
  RINGSIDE_RETURN_IF_ERROR(CheckTime("length of planned stops", s.maintenance_s));
  if (!(s.interval_s > 0)) return Wrong("checkpoint interval", "must be more than 0");
  const double beside_s = s.write_s + (s.elastic() ? s.resize_s : 0);
  if (beside_s > s.interval_s)
    return Wrong(
        "checkpoint interval",
        fmt::format("{:.4g} s is shorter than what goes on beside it ({:.4g} s of writing and resizing)",
                    s.interval_s, beside_s));
  if (s.nodes < 1 || s.nodes > kMostNodes)
    return Wrong("nodes", fmt::format("{} is not between 1 and {}", s.nodes, kMostNodes));
  if (s.spare_nodes != GoodputSettings::kUnlimited && (s.spare_nodes < 0 || s.spare_nodes > kMostNodes))
    return Wrong("spare nodes", fmt::format("{} is not between 0 and {}", s.spare_nodes, kMostNodes));
  if (s.nodes_per_replica < 0 || (s.nodes_per_replica > 0 && s.nodes % s.nodes_per_replica != 0))
    return Wrong("nodes of a replica",
                 fmt::format("{} does not divide the {} nodes", s.nodes_per_replica, s.nodes));
  if (s.maintenance_every_s > 0 && s.maintenance_s >= s.maintenance_every_s)
    return Wrong("length of planned stops", "leaves no time between them");
  return absl::OkStatus();
}

}  // namespace ringside::sim
