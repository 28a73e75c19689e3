#include "sim/search/gpu_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "base/status_macros.h"
#include "sim/cost/gpu_fold_costs.h"
#include "sim/search/peak_memory.h"
#include "sim/search/reasons.h"

namespace ringside::sim {
namespace {

using Clock = std::chrono::steady_clock;
using LayoutKey = std::tuple<int, int, int, int, int>;

constexpr int kAskEvery = 256;
constexpr size_t kMostOnFront = 8;
// The exact peak is less than so many times the fast form's, by a test over random plans.
constexpr double kSurelyFits = 1.7;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

LayoutKey LayoutOf(const PlanPoint& p) {
  return {p.dp, p.tp, p.pp, p.cp, p.ep};
}

struct Candidate {
  PlanPoint point;
  double bound = 0;  // of the objective
};

// What stands on the front so far, by estimates.
struct FrontPoint {
  PlanPoint point;
  double step = 0, memory = 0;
};

class Search {
 public:
  Search(const SearchRequest& request, const GpuCluster& cluster, FastForm* form)
      : request_(request), cluster_(cluster), form_(*form), start_(Clock::now()) {}

  absl::StatusOr<SearchResult> Run() {
    RINGSIDE_RETURN_IF_ERROR(Enumerate());
    counts_.enumerate_seconds = Seconds();
    if (counts_.valid == 0) {
      return absl::InvalidArgumentError(
          fmt::format("no plan of {} ranks divides the model and {} sequences a step within what is fixed",
                      request_.space.ranks, request_.space.global_batch));
    }
    RINGSIDE_RETURN_IF_ERROR(Prove());
    if (best_.step_s == 0) return NothingFits();
    return Collect();
  }

 private:
  double Seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  absl::Status Asked() const {
    if (!request_.cancelled || !request_.cancelled()) return absl::OkStatus();
    return absl::CancelledError(fmt::format("the search was stopped after {} plans", counts_.valid));
  }

  void Report(const std::string& text) const {
    if (request_.progress) request_.progress(text);
  }

  // Of the objective, from a step's time.
  double Value(const PlanPoint& p, double step_ns, double bytes) const {
    switch (request_.objective) {
      case SearchObjective::kCost:
        return step_ns * p.ranks();
      case SearchObjective::kMemory:
        return bytes;
      default:
        return step_ns;
    }
  }

  // A first look at plans of the usual kind, so that most others can be left out at once.
  absl::Status LookAtUsualPlans() {
    SearchSpace usual = request_.space;
    if (!usual.cp.has_value()) usual.cp = 1;
    if (!usual.placement.has_value()) usual.placement = v1::PLACEMENT_TP_INSIDE;
    absl::Status status;
    const auto look = [&](const PlanPoint& p) {
      const bool whole = p.zero == 0 || p.zero_group == p.dp * p.cp || request_.space.zero_group.has_value();
      const bool plain = p.schedule == v1::SCHEDULE_1F1B || p.schedule == v1::SCHEDULE_INTERLEAVED ||
                         request_.space.schedule.has_value();
      const bool split = p.sequence_parallel || p.tp == 1 || request_.space.sequence_parallel.has_value();
      const bool few = p.zero <= 1 || request_.space.zero.has_value();
      if (!whole || !plain || !split || !few || p.micro_batch > 2) return true;
      status = Asked();
      if (!status.ok()) return false;
      if (Value(p, form_.QuickBoundNs(p), 0) > best_value_) return true;
      if (form_.MemoryFloor(p) > static_cast<double>(cluster_.memory_bytes)) return true;
      status = TryEarly(p);
      return status.ok();
    };
    ForEachPoint(usual, form_.model(), look);
    return status;
  }

  absl::Status Enumerate() {
    absl::Status status;
    if (request_.objective != SearchObjective::kMemory) RINGSIDE_RETURN_IF_ERROR(LookAtUsualPlans());
    ForEachPoint(request_.space, form_.model(), [&](const PlanPoint& p) {
      if (counts_.valid % kAskEvery == 0) {
        status = Asked();
        if (!status.ok()) return false;
        if (counts_.valid % (kAskEvery * 256) == 0 && counts_.valid > 0)
          Report(fmt::format("{} plans, {} simulated", counts_.valid, counts_.simulated));
      }
      ++counts_.valid;
      const bool timed = request_.objective != SearchObjective::kMemory;
      if (timed && Value(p, form_.QuickBoundNs(p), 0) > Slack() * best_value_) {
        ++counts_.bounded_out;
        return true;
      }
      const double floor = form_.MemoryFloor(p), bound = form_.LowerBoundNs(p);
      if (floor > static_cast<double>(cluster_.memory_bytes)) {
        ++counts_.over_memory;
        NoteUnfit(p, bound);
        return true;
      }
      const double value = Value(p, bound, floor);
      NoteLayout(p, bound);
      NoteFront(p, bound);
      if (value > best_value_) {
        ++counts_.bounded_out;
        return true;
      }
      open_.push_back({p, value});
      if (timed) status = TryEarly(p);
      return status.ok();
    });
    return status;
  }

  // How much slower than the best a plan may be to be a runner-up, or to stand on the front.
  double Slack() const { return 1.25; }

  // A good plan found early leaves out many others.
  absl::Status TryEarly(const PlanPoint& p) {
    const double estimate = Value(p, form_.EstimateNs(p), 0);
    if (estimate >= std::min(best_estimate_, best_value_) * 0.999) return absl::OkStatus();
    if (form_.Memory(p).total() > static_cast<double>(cluster_.memory_bytes)) return absl::OkStatus();
    best_estimate_ = estimate;
    return Try(p);
  }

  // Simulates the plan and keeps it if it is the best that fits.
  absl::Status Try(const PlanPoint& p) {
    if (p == tried_) return absl::OkStatus();
    tried_ = p;
    RINGSIDE_RETURN_IF_ERROR(Asked());
    if (request_.objective == SearchObjective::kMemory) return TryMemory(p);
    RINGSIDE_ASSIGN_OR_RETURN(FoundPlan found, SimulatePlan(request_.base, cluster_, p, false));
    ++counts_.simulated;
    const double value = Value(p, found.step_s, 0);
    const double best = best_.step_s == 0 ? kInfinity : Value(best_.point, best_.step_s, 0);
    if (value > best || (value == best && !Simpler(p, best_.point))) return absl::OkStatus();
    // What the fast form has far below the limit is weighed when it is shown.
    if (kSurelyFits * form_.Memory(p).total() > static_cast<double>(cluster_.memory_bytes))
      RINGSIDE_RETURN_IF_ERROR(Weigh(&found));
    if (found.fits) Keep(std::move(found), value * 1e9);
    return absl::OkStatus();
  }

  absl::Status TryMemory(const PlanPoint& p) {
    FoundPlan found;
    found.point = p;
    RINGSIDE_RETURN_IF_ERROR(Weigh(&found));
    const auto value = static_cast<double>(found.peak_bytes);
    if (!found.fits || value > best_value_) return absl::OkStatus();
    RINGSIDE_ASSIGN_OR_RETURN(FoundPlan timed, SimulatePlan(request_.base, cluster_, p, false));
    ++counts_.simulated;
    timed.peak_bytes = found.peak_bytes, timed.peak = found.peak, timed.peak_stage = found.peak_stage;
    // Of equally lean plans the faster, then the simpler.
    const bool equal = value == best_value_;
    if (equal && std::make_pair(best_.step_s, Simpler(best_.point, p)) <= std::make_pair(timed.step_s, true))
      return absl::OkStatus();
    Keep(std::move(timed), value);
    return absl::OkStatus();
  }

  void Keep(FoundPlan found, double value) {
    best_ = std::move(found);
    best_value_ = value;
    best_estimate_ = std::min(best_estimate_, value);
  }

  absl::Status Weigh(FoundPlan* found) {
    ++counts_.weighed;
    RINGSIDE_ASSIGN_OR_RETURN(
        const plan::Resolved resolved,
        plan::Resolve(ScenarioOf(request_.base, found->point, cluster_.devices_per_node)));
    const PlanPeak peak = PeakOfPlan(resolved);
    found->peak = peak.memory, found->peak_bytes = peak.memory.total, found->peak_stage = peak.stage;
    found->fits = found->peak_bytes <= cluster_.memory_bytes;
    return absl::OkStatus();
  }

  // Every plan whose bound is below the best is looked at exactly.
  absl::Status Prove() {
    std::sort(open_.begin(), open_.end(), [](const Candidate& a, const Candidate& b) {
      return a.bound < b.bound || (a.bound == b.bound && Simpler(a.point, b.point));
    });
    Clock::time_point shown = Clock::now();
    for (size_t i = 0; i < open_.size(); ++i) {
      if (open_[i].bound > best_value_) {
        counts_.bounded_out += static_cast<int64_t>(open_.size() - i);
        break;
      }
      RINGSIDE_RETURN_IF_ERROR(Try(open_[i].point));
      if (Clock::now() - shown > std::chrono::milliseconds(200)) {
        shown = Clock::now();
        Report(fmt::format("{} plans simulated, bounds {:.1f} % below the best", counts_.simulated,
                           100 * (1 - open_[i].bound / best_value_)));
      }
    }
    return absl::OkStatus();
  }

  // -- runner-ups and front, by the fast form

  struct Noted {
    double estimate = kInfinity;
    PlanPoint point;
  };

  void Note(const PlanPoint& p, double bound, Noted* noted) {
    if (bound >= noted->estimate) return;
    const double estimate = form_.EstimateNs(p);
    if (estimate < noted->estimate) *noted = {estimate, p};
  }
  void NoteLayout(const PlanPoint& p, double bound) {
    if (form_.Memory(p).total() <= static_cast<double>(cluster_.memory_bytes))
      Note(p, bound, &layouts_[LayoutOf(p)]);
  }
  void NoteUnfit(const PlanPoint& p, double bound) { Note(p, bound, &unfit_[LayoutOf(p)]); }

  void NoteFront(const PlanPoint& p, double bound) {
    const double memory = form_.Memory(p).total();
    if (memory > static_cast<double>(cluster_.memory_bytes)) return;
    const auto dominated = [&](double step) {
      return std::any_of(front_.begin(), front_.end(), [&](const FrontPoint& f) {
        return f.step <= step * 1.002 && f.memory <= memory * 1.01 && f.point.ranks() <= p.ranks();
      });
    };
    if (dominated(bound)) return;
    const double step = form_.EstimateNs(p);
    if (dominated(step)) return;
    std::erase_if(front_, [&](const FrontPoint& f) {
      return step <= f.step && memory <= f.memory && p.ranks() <= f.point.ranks();
    });
    front_.push_back({p, step, memory});
  }

  absl::StatusOr<FoundPlan> Exact(const PlanPoint& p) {
    const auto seen = exact_.find(ToString(p));
    if (seen != exact_.end()) return seen->second;
    RINGSIDE_RETURN_IF_ERROR(Asked());
    Report(fmt::format("exact figures of {}", ToString(p)));
    FoundPlan found = best_;
    if (p != best_.point) {
      RINGSIDE_ASSIGN_OR_RETURN(found, SimulatePlan(request_.base, cluster_, p, false));
    }
    if (found.peak_bytes == 0) RINGSIDE_RETURN_IF_ERROR(Weigh(&found));
    exact_.emplace(ToString(p), found);
    return found;
  }

  absl::StatusOr<SearchResult> Collect() {
    SearchResult result;
    result.memory_limit = cluster_.memory_bytes;
    RINGSIDE_ASSIGN_OR_RETURN(best_, Exact(best_.point));
    result.plans.push_back(best_);
    std::vector<Noted> others;
    for (const auto& [layout, noted] : layouts_) {
      if (layout != LayoutOf(best_.point) && noted.estimate < kInfinity) others.push_back(noted);
    }
    const auto by_estimate = [&](const Noted& a, const Noted& b) {
      return Value(a.point, a.estimate, 0) < Value(b.point, b.estimate, 0);
    };
    std::sort(others.begin(), others.end(), by_estimate);
    std::vector<FoundPlan> runners;
    for (const Noted& noted : others) {
      if (static_cast<int>(runners.size()) + 1 >= request_.top) break;
      RINGSIDE_ASSIGN_OR_RETURN(FoundPlan found, Exact(noted.point));
      if (found.fits) runners.push_back(std::move(found));
    }
    std::sort(runners.begin(), runners.end(), [&](const FoundPlan& a, const FoundPlan& b) {
      return Value(a.point, a.step_s, static_cast<double>(a.peak_bytes)) <
             Value(b.point, b.step_s, static_cast<double>(b.peak_bytes));
    });
    for (FoundPlan& found : runners) result.plans.push_back(std::move(found));
    // What would be faster, if it fitted.
    std::vector<Noted> unfit;
    for (const auto& [layout, noted] : unfit_) {
      if (Value(noted.point, noted.estimate, 0) < Value(best_.point, best_.step_s * 1e9, 0))
        unfit.push_back(noted);
    }
    std::sort(unfit.begin(), unfit.end(), by_estimate);
    for (size_t i = 0; i < unfit.size() && i < 3 && request_.objective != SearchObjective::kMemory; ++i) {
      RINGSIDE_ASSIGN_OR_RETURN(FoundPlan found, Exact(unfit[i].point));
      if (!found.fits) result.plans.push_back(std::move(found));
    }
    std::sort(front_.begin(), front_.end(),
              [](const FrontPoint& a, const FrontPoint& b) { return a.step < b.step; });
    const size_t every = front_.size() / kMostOnFront + 1;
    for (size_t i = 0; i < front_.size(); i += every) {
      const FrontPoint& point = front_[i];
      if (result.front.size() >= kMostOnFront) break;
      RINGSIDE_ASSIGN_OR_RETURN(FoundPlan found, Exact(point.point));
      if (found.fits) result.front.push_back(std::move(found));
    }
    result.front.push_back(best_);
    KeepFront(&result.front);
    for (auto* plans : {&result.plans, &result.front}) {
      for (FoundPlan& found : *plans) Finish(&found);
    }
    for (size_t i = 1; i < result.plans.size(); ++i)
      result.plans[i].reason = ReasonAgainst(result.plans[i], result.plans[0], cluster_.memory_bytes);
    counts_.seconds = Seconds();
    result.counts = counts_;
    return result;
  }

  static void KeepFront(std::vector<FoundPlan>* front) {
    std::sort(front->begin(), front->end(),
              [](const FoundPlan& a, const FoundPlan& b) { return a.step_s < b.step_s; });
    std::vector<FoundPlan> kept;
    for (FoundPlan& found : *front) {
      const bool beaten = std::any_of(kept.begin(), kept.end(), [&](const FoundPlan& k) {
        return k.step_s <= found.step_s && k.peak_bytes <= found.peak_bytes &&
               k.point.ranks() <= found.point.ranks();
      });
      if (!beaten) kept.push_back(std::move(found));
    }
    *front = std::move(kept);
  }

  void Finish(FoundPlan* found) const {
    const double tokens = static_cast<double>(request_.space.global_batch) * form_.model().seq_len;
    found->tokens_per_s = tokens / found->step_s;
    if (request_.price_per_device_hour > 0) {
      found->cost_per_million_tokens =
          request_.price_per_device_hour * found->point.ranks() / 3600 / found->tokens_per_s * 1e6;
    }
  }

  absl::Status NothingFits() {
    Noted nearest;
    double least = kInfinity;
    for (const auto* noted : {&unfit_, &layouts_}) {
      for (const auto& [layout, plan] : *noted) {
        const double memory = plan.estimate < kInfinity ? form_.Memory(plan.point).total() : kInfinity;
        if (memory < least) least = memory, nearest = plan;
      }
    }
    return absl::FailedPreconditionError(
        fmt::format("none of {} plans fits the {:.1f} GiB that a device grants; {} comes nearest of those "
                    "that are fast, with "
                    "about {:.1f} GiB",
                    counts_.valid, static_cast<double>(cluster_.memory_bytes) / (1 << 30),
                    ToString(nearest.point), least / (1 << 30)));
  }

  const SearchRequest& request_;
  const GpuCluster& cluster_;
  FastForm& form_;
  const Clock::time_point start_;
  SearchCounts counts_;
  std::vector<Candidate> open_;
  FoundPlan best_;
  double best_value_ = kInfinity, best_estimate_ = kInfinity;
  PlanPoint tried_{.dp = 0};
  std::map<std::string, FoundPlan> exact_;
  std::map<LayoutKey, Noted> layouts_, unfit_;
  std::vector<FrontPoint> front_;
};

}  // namespace

absl::StatusOr<FoundPlan> SimulatePlan(const v1::Scenario& base, const GpuCluster& cluster,
                                       const PlanPoint& point, bool weigh) {
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved,
                            plan::Resolve(ScenarioOf(base, point, cluster.devices_per_node)));
  FoundPlan found;
  found.point = point;
  RINGSIDE_ASSIGN_OR_RETURN(found.step, SimulateFolded(resolved, GpuFoldCosts(cluster, resolved)));
  found.step_s = found.step.step_ns / 1e9;
  found.tokens_per_s = static_cast<double>(resolved.tokens_per_step()) / found.step_s;
  if (weigh) {
    const PlanPeak peak = PeakOfPlan(resolved);
    found.peak = peak.memory, found.peak_bytes = peak.memory.total, found.peak_stage = peak.stage;
    found.fits = found.peak_bytes <= cluster.memory_bytes;
  }
  return found;
}

absl::StatusOr<SearchResult> SearchCatalogue(const SearchRequest& request, const GpuCluster& cluster) {
  if (request.space.ranks < 1 || request.space.global_batch < 1 || request.space.max_micro_batch < 1) {
    return absl::InvalidArgumentError("ranks, global batch and largest micro-batch must be at least 1");
  }
  PlanPoint some;
  some.precision = request.space.precisions.front();
  RINGSIDE_ASSIGN_OR_RETURN(const std::unique_ptr<FastForm> form,
                            FastForm::Create(request.base, cluster, some));
  return Search(request, cluster, form.get()).Run();
}

}  // namespace ringside::sim
