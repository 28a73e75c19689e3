#include "sim/goodput/monte_carlo.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

#include "base/status_macros.h"
#include "sim/goodput/random.h"

namespace ringside::sim {
namespace {

constexpr double kMostEvents = 3e8;

// One job through its interruptions. `now_s` is time in which clocks run; planned stops are added apart.
class Job {
 public:
  Job(const GoodputSettings& settings, uint64_t seed) : s_(settings), random_(seed) {
    next_stop_s_ = s_.maintenance_every_s > 0 ? s_.maintenance_every_s : INFINITY;
    Interrupt();
  }

  // Up to the first interruption after `warmup_s`, and from there on, counted, for `run_s` of wall time.
  void Run(double warmup_s, double run_s) {
    while (now_s_ + stopped_s_ < warmup_s) Between(INFINITY);
    counted_ = TimeShares();
    interruptions_ = 0;
    begin_s_ = now_s_ + stopped_s_;
    while (now_s_ + stopped_s_ < begin_s_ + run_s) Between(begin_s_ + run_s);
  }

  TimeShares Shares() const {
    TimeShares shares = counted_;
    const double all_s = now_s_ + stopped_s_ - begin_s_;
    shares.lost = all_s - counted_.sum();
    for (double* share :
         {&shares.useful, &shares.checkpoint, &shares.slowdown, &shares.lost, &shares.detection,
          &shares.waiting, &shares.restart, &shares.shrunk, &shares.maintenance})
      *share /= all_s;
    return shares;
  }

  double interruptions() const { return interruptions_; }

 private:
  // A checkpoint's work that is not safe yet.
  struct Unsafe {
    double useful_s = 0, checkpoint_s = 0, slowdown_s = 0, shrunk_s = 0;
  };

  void Interrupt() {
    ++interruptions_;
    const double scale_s = s_.interruption_mean_s / std::tgamma(1 + 1 / s_.weibull_shape);
    fails_at_s_ = now_s_ + scale_s * std::pow(random_.Exponential(), 1 / s_.weibull_shape);
    const bool breaks = random_.Uniform() < s_.broken_share;
    if (breaks && s_.spare_nodes != GoodputSettings::kUnlimited)
      repaired_at_s_.push(now_s_ + s_.repair_mean_s * random_.Exponential());
  }

  int64_t Broken() {
    while (!repaired_at_s_.empty() && repaired_at_s_.top() <= now_s_) repaired_at_s_.pop();
    return static_cast<int64_t>(repaired_at_s_.size());
  }

  // Lets `seconds` go by; false, and the time is that of the interruption, if one comes first.
  bool Pass(double seconds) {
    if (now_s_ + seconds >= fails_at_s_) {
      now_s_ = fails_at_s_;
      return false;
    }
    now_s_ += seconds;
    return true;
  }
  bool Pass(double seconds, double* counted_s) {
    const double before_s = now_s_;
    const bool all = Pass(seconds);
    *counted_s += now_s_ - before_s;
    return all;
  }

  // From one interruption to the next, or to the end.
  void Between(double wall_s) {
    const bool trains =
        Pass(s_.detect_s, &counted_.detection) && WaitForNodes() && Pass(s_.restart_s, &counted_.restart);
    if (trains) Train(wall_s);
    if (now_s_ >= fails_at_s_) Interrupt();
  }

  bool WaitForNodes() {
    if (s_.spare_nodes == GoodputSettings::kUnlimited || s_.nodes_per_replica > 0) return true;
    while (Broken() > s_.spare_nodes) {
      const double until_s = repaired_at_s_.top() - now_s_;
      // A moment more, lest rounding leave the node broken for ever.
      if (!Pass(until_s * (1 + 1e-12) + 1e-9, &counted_.waiting)) return false;
    }
    return true;
  }

  int64_t Replicas() {
    if (!s_.elastic()) return 1;
    const int64_t running = s_.nodes - std::max<int64_t>(0, Broken() - s_.spare_nodes);
    return std::max<int64_t>(0, running) / s_.nodes_per_replica;
  }

  void Keep(const Unsafe& work) {
    counted_.useful += work.useful_s;
    counted_.checkpoint += work.checkpoint_s;
    counted_.slowdown += work.slowdown_s;
    counted_.shrunk += work.shrunk_s;
  }

  // Segments until an interruption or the end. A segment's work counts when its write has ended.
  void Train(double wall_s) {
    const int64_t all_replicas = s_.elastic() ? s_.nodes / s_.nodes_per_replica : 1;
    Unsafe written;  // the segment before, whose checkpoint is being written
    int64_t replicas_before = -1;
    while (now_s_ + stopped_s_ < wall_s) {
      const bool writes = replicas_before >= 0;
      const int64_t replicas = Replicas();
      const double speed = static_cast<double>(replicas) / static_cast<double>(all_replicas);
      if (!Pass(s_.write_s)) return;
      if (writes) Keep(written);
      if (!Pass(s_.interval_s - s_.write_s)) return;
      Unsafe segment;
      const double resize_s = writes && replicas != replicas_before ? s_.resize_s : 0;
      segment.slowdown_s = writes ? s_.write_slowdown * s_.write_s : 0;
      segment.useful_s = speed * (s_.interval_s - segment.slowdown_s - resize_s);
      segment.shrunk_s = s_.interval_s - segment.slowdown_s - segment.useful_s;
      if (!Pass(s_.checkpoint_s)) return;
      segment.checkpoint_s = s_.checkpoint_s;
      replicas_before = replicas;
      written = segment;
      if (s_.write_s == 0) Keep(written), written = Unsafe();
      if (now_s_ + stopped_s_ >= next_stop_s_) {
        stopped_s_ += s_.maintenance_s;
        counted_.maintenance += s_.maintenance_s;
        next_stop_s_ += s_.maintenance_every_s;
      }
    }
    Keep(written);  // the end of what is counted interrupts nothing
  }

  const GoodputSettings s_;
  Random random_;
  double now_s_ = 0, stopped_s_ = 0, begin_s_ = 0;
  double fails_at_s_ = 0, next_stop_s_ = INFINITY;
  std::priority_queue<double, std::vector<double>, std::greater<>> repaired_at_s_;
  TimeShares counted_;  // seconds
  double interruptions_ = 0;
};

}  // namespace

absl::StatusOr<MonteCarloResult> SimulateGoodput(const GoodputSettings& s, const MonteCarloOptions& options) {
  RINGSIDE_RETURN_IF_ERROR(CheckGoodput(s));
  if (options.runs < 2 || options.runs > 100'000)
    return absl::InvalidArgumentError(fmt::format("runs: {} is not between 2 and 100000", options.runs));
  if (!(options.run_s > 0) || !(options.warmup_s >= 0) || !std::isfinite(options.run_s + options.warmup_s))
    return absl::InvalidArgumentError("length of a run: must be more than 0");
  const double events_a_second = 1 / (s.interval_s + s.checkpoint_s) + 2 / s.interruption_mean_s;
  if (options.runs * (options.run_s + options.warmup_s) * events_a_second > kMostEvents)
    return absl::ResourceExhaustedError(fmt::format("{} runs of {:.3g} days: more than {:.0e} checkpoints",
                                                    options.runs, (options.run_s + options.warmup_s) / 86400,
                                                    kMostEvents));
  MonteCarloResult result;
  Random seeds(options.seed);
  TimeShares& mean = result.mean;
  for (int run = 0; run < options.runs; ++run) {
    Job job(s, seeds.Next());
    job.Run(options.warmup_s, options.run_s);
    const TimeShares shares = job.Shares();
    result.useful.push_back(shares.useful);
    result.interruptions += job.interruptions() / options.runs;
    const double weight = 1.0 / options.runs;
    mean.useful += weight * shares.useful, mean.checkpoint += weight * shares.checkpoint;
    mean.slowdown += weight * shares.slowdown, mean.lost += weight * shares.lost;
    mean.detection += weight * shares.detection, mean.waiting += weight * shares.waiting;
    mean.restart += weight * shares.restart, mean.shrunk += weight * shares.shrunk;
    mean.maintenance += weight * shares.maintenance;
  }
  double squares = 0;
  for (const double useful : result.useful) squares += (useful - mean.useful) * (useful - mean.useful);
  result.useful_error = std::sqrt(squares / (options.runs - 1) / options.runs);
  std::sort(result.useful.begin(), result.useful.end());
  return result;
}

}  // namespace ringside::sim
