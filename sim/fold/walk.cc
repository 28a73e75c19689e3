#include "sim/fold/walk.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ringside::sim {
namespace {

bool IsTransfer(const plan::Op& op) {
  return op.kind == plan::OpKind::kSend || op.kind == plan::OpKind::kRecv;
}

// What an op that depends on this transfer waits for; -1: it has ended long ago (activations that came for
// the forward pass, in the backward pass).
int ArrivalOf(const plan::Op& transfer, plan::Stream receives_on) {
  if (transfer.kind == plan::OpKind::kRecv) return transfer.stream == receives_on ? kReceived : -1;
  return transfer.stream == plan::Stream::kSendForward ? kActivationsSent : kGradientSent;
}

constexpr Arrivals kAllThere = {-INFINITY, -INFINITY, -INFINITY};

}  // namespace

Run MakeRun(const plan::Program& program, int32_t begin, int32_t end, plan::Stream receives_on,
            const FoldCosts& costs) {
  Run run;
  for (int32_t i = begin; i < end; ++i) {
    const plan::Op& op = program.ops[i];
    WalkOp& out = run.emplace_back();
    out.stream = static_cast<int8_t>(op.stream);
    if (IsTransfer(op)) {
      out.stream = 0;  // the pipeline's; here it costs nothing
      continue;
    }
    if (plan::IsCommunication(op.kind)) {
      out.ns = costs.CollectiveNs(op, program);
    } else if (op.kind != plan::OpKind::kJoin) {
      out.ns = costs.ComputeNs(op, program.real) + costs.op_overhead_ns();
    }
    for (const int32_t dep : op.deps) {
      const plan::Op& before = program.ops[dep];
      if (const int arrival = IsTransfer(before) ? ArrivalOf(before, receives_on) : -1; arrival >= 0) {
        out.needs |= 1u << arrival;
      }
      if (!plan::IsCommunication(before.kind) || IsTransfer(before)) continue;
      if (dep >= begin) {
        out.waits_for.push_back(dep - begin);
      } else {
        out.waits_for_streams |= 1u << static_cast<int>(before.stream);
      }
    }
  }
  return run;
}

double Walk(const Run& run, double start_ns, const Arrivals& arrivals, StreamEnds* ends) {
  const StreamEnds before = *ends;
  std::vector<double> ended(run.size());
  double now = start_ns;
  for (size_t i = 0; i < run.size(); ++i) {
    const WalkOp& op = run[i];
    double ready = now;
    for (const int32_t dep : op.waits_for) ready = std::max(ready, ended[dep]);
    for (uint32_t streams = op.waits_for_streams; streams != 0; streams &= streams - 1) {
      ready = std::max(ready, before[__builtin_ctz(streams)]);
    }
    for (uint32_t needs = op.needs; needs != 0; needs &= needs - 1) {
      ready = std::max(ready, arrivals[__builtin_ctz(needs)]);
    }
    if (op.stream == 0) {
      ended[i] = now = ready + op.ns;
    } else {
      double& stream = (*ends)[op.stream];
      ended[i] = stream = std::max(stream, ready) + op.ns;
    }
  }
  return now;
}

WalkTimes& WalkTimes::operator+=(const WalkTimes& other) {
  compute_ns += other.compute_ns;
  host_ns += other.host_ns;
  for (size_t s = 0; s < exposed_ns.size(); ++s) exposed_ns[s] += other.exposed_ns[s];
  return *this;
}

double WalkTimes::total_ns() const {
  double sum = compute_ns + host_ns;
  for (const double ns : exposed_ns) sum += ns;
  return sum;
}

WalkTimes TimesFromIdle(const Run& run) {
  WalkTimes times;
  StreamEnds ends{};
  std::vector<double> ended(run.size());
  double now = 0;
  for (size_t i = 0; i < run.size(); ++i) {
    double ready = now;
    int8_t on = 0;
    for (const int32_t dep : run[i].waits_for) {
      if (ended[dep] > ready) ready = ended[dep], on = run[dep].stream;
    }
    if (run[i].stream == 0) {
      times.exposed_ns[on] += ready - now;
      times.compute_ns += run[i].ns;
      ended[i] = now = ready + run[i].ns;
    } else {
      double& stream = ends[run[i].stream];
      ended[i] = stream = std::max(stream, ready) + run[i].ns;
    }
  }
  return times;
}

WalkTimes RememberedRun::TimesFromIdle() const {
  WalkTimes times = sim::TimesFromIdle(run_);
  times.host_ns = std::max(0.0, host_ns_ - times.total_ns());
  return times;
}

RememberedRun::RememberedRun(Run run, double host_ns) : run_(std::move(run)), host_ns_(host_ns) {
  if (!run_.empty()) first_needs_ = run_.front().needs;
  from_idle_ns_ = std::max(host_ns_, sim::Walk(run_, 0, kAllThere, &ends_from_idle_));
}

double RememberedRun::Walk(double start_ns, const Arrivals& arrivals, StreamEnds* ends) const {
  for (int i = 0; i < kNumArrivals; ++i) {
    if ((first_needs_ >> i & 1) != 0) start_ns = std::max(start_ns, arrivals[i]);
  }
  bool idle = true;
  for (const double end : *ends) idle = idle && end <= start_ns;
  for (const double arrival : arrivals) idle = idle && arrival <= start_ns;
  if (!idle) return std::max(start_ns + host_ns_, sim::Walk(run_, start_ns, arrivals, ends));
  for (size_t s = 0; s < ends->size(); ++s) {
    if (ends_from_idle_[s] > 0) (*ends)[s] = start_ns + ends_from_idle_[s];
  }
  return start_ns + from_idle_ns_;
}

}  // namespace ringside::sim
