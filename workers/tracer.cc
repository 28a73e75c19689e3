#include "workers/tracer.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace ringside::workers {
namespace {

void AddCategory(plan::Category category, int64_t bytes, v1::RankTrace* out) {
  v1::CategoryBytes* peak = out->add_peak_bytes();
  peak->set_category(static_cast<v1::MemoryCategory>(static_cast<int>(category) + 1));
  peak->set_bytes(bytes);
}

}  // namespace

Tracer::Tracer(const plan::Program& program, int64_t max_spans, int64_t max_hops)
    : program_(program), max_hops_(max_hops) {
  const auto ops = static_cast<int64_t>(program.ops.size());
  const int64_t steps = program.run.steps();
  kept_steps_ = std::min(steps, std::max<int64_t>(1, max_spans / std::max<int64_t>(1, ops)));
  spans_.resize(kept_steps_ * ops);
  steps_.reserve(std::min<int64_t>(steps, 100'000));
  events_.reserve(5 * program.buffers.size());  // each buffer: allocated and released, in two steps
}

void Tracer::BeginStep(int32_t step, int64_t now_ns) {
  if (steps_.empty()) first_step_ = step;
  step_ = step;
  const int64_t index = step - first_step_;
  keeps_memory_ = index == 0 || index == program_.run.warmup();
  steps_.push_back({now_ns, now_ns, false, 0, {}});
  current_ = index < kept_steps_ ? spans_.data() + index * program_.ops.size() : nullptr;
  if (current_ == nullptr) ++dropped_steps_;
}

void Tracer::Compute(int32_t op, int64_t start_ns, int64_t end_ns) {
  if (Span* span = At(op)) *span = {start_ns, start_ns, end_ns, 0, 0};
}

void Tracer::Communication(int32_t op, const CommRecord& record) {
  if (Span* span = At(op)) {
    *span = {record.issue_ns, record.start_ns, record.end_ns, record.sent_bytes, record.received_bytes};
  }
  for (const HopRecord& hop : record.hops) {
    if (static_cast<int64_t>(hops_.size()) >= max_hops_) {
      ++dropped_hops_;
      continue;
    }
    v1::HopSpan& to = hops_.emplace_back();
    to.set_op(op);
    to.set_step(step_);
    to.set_round(hop.round);
    to.set_start_ns(hop.start_ns);
    to.set_end_ns(hop.end_ns);
    to.set_send_to(hop.send_to);
    to.set_recv_from(hop.recv_from);
    to.set_sent_bytes(hop.sent_bytes);
    to.set_received_bytes(hop.received_bytes);
  }
}

void Tracer::Memory(int64_t now_ns, int32_t op, int32_t buffer, int64_t delta_bytes) {
  if (keeps_memory_) events_.push_back({now_ns, step_, op, buffer, delta_bytes});
}

void Tracer::EndStep(int64_t now_ns, bool has_loss, double loss, std::vector<double> metrics) {
  Mark& mark = steps_.back();
  mark.end_ns = now_ns, mark.has_loss = has_loss, mark.loss = loss;
  mark.metrics = std::move(metrics);
}

// One step's, from the first: every step sends the same.
void Tracer::AddSentBytes(v1::RankTrace* out) const {
  struct Sum {
    int64_t bytes = 0;
    int64_t calls = 0;
  };
  std::map<std::pair<std::string, std::string>, Sum> sums;
  for (size_t i = 0; i < program_.ops.size(); ++i) {
    const plan::Op& op = program_.ops[i];
    if (!plan::IsCommunication(op.kind)) continue;
    const std::string axis = op.group >= 0 ? program_.groups[op.group].axis : "pp";
    Sum& sum = sums[{std::string(plan::Name(op.kind)), axis}];
    sum.bytes += spans_[i].sent_bytes;
    ++sum.calls;
  }
  for (const auto& [key, sum] : sums) {
    v1::CollectiveBytes* bytes = out->add_sent_bytes();
    bytes->set_collective(key.first);
    bytes->set_axis(key.second);
    bytes->set_sent_bytes(sum.bytes);
    bytes->set_calls(sum.calls);
  }
}

v1::RankTrace Tracer::Finish(const ClockAlignment& alignment, const Arena& arena) const {
  v1::RankTrace out;
  out.mutable_spans()->Reserve(static_cast<int>(spans_.size()));
  const size_t ops = program_.ops.size();
  for (size_t step = 0; step < steps_.size(); ++step) {
    const Mark& mark = steps_[step];
    v1::StepMark* at = out.add_steps();
    at->set_step(first_step_ + static_cast<int32_t>(step));
    at->set_start_ns(alignment.ToJobNs(mark.start_ns));
    at->set_end_ns(alignment.ToJobNs(mark.end_ns));
    at->set_has_loss(mark.has_loss);
    at->set_loss(mark.loss);
    at->mutable_metrics()->Add(mark.metrics.begin(), mark.metrics.end());
    if (static_cast<int64_t>(step) >= kept_steps_) continue;
    for (size_t op = 0; op < ops; ++op) {
      const Span& span = spans_[step * ops + op];
      v1::OpSpan* to = out.add_spans();
      to->set_op(static_cast<int32_t>(op));
      to->set_step(first_step_ + static_cast<int32_t>(step));
      to->set_issue_ns(alignment.ToJobNs(span.issue_ns));
      to->set_start_ns(alignment.ToJobNs(span.start_ns));
      to->set_end_ns(alignment.ToJobNs(span.end_ns));
      to->set_sent_bytes(span.sent_bytes);
      to->set_received_bytes(span.received_bytes);
    }
  }
  for (const Event& event : events_) {
    v1::MemoryEvent* to = out.add_memory();
    to->set_t_ns(alignment.ToJobNs(event.t_ns));
    to->set_step(event.step);
    to->set_op(event.op);
    to->set_buffer(event.buffer);
    to->set_delta_bytes(event.delta_bytes);
  }
  for (const v1::HopSpan& hop : hops_) {
    v1::HopSpan* to = out.add_hops();
    *to = hop;
    to->set_start_ns(alignment.ToJobNs(hop.start_ns()));
    to->set_end_ns(alignment.ToJobNs(hop.end_ns()));
  }
  out.set_dropped_hops(dropped_hops_);
  for (int i = 0; i < plan::kNumCategories; ++i) {
    const auto category = static_cast<plan::Category>(i);
    AddCategory(category, arena.peak_bytes(category), &out);
  }
  out.set_peak_total_bytes(arena.peak_bytes());
  AddSentBytes(&out);
  out.set_clock_offset_ns(alignment.ToJobNs(first_step_start_ns()) - first_step_start_ns());
  out.set_clock_residual_ns(alignment.residual_ns());
  return out;
}

}  // namespace ringside::workers
