#include "sim/trace_builder.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "plan/memory.h"
#include "plan/program_proto.h"

namespace ringside::sim {
namespace {

void AddMemoryEvent(int64_t t_ns, int step, int op, int buffer, int64_t delta_bytes, v1::RankTrace* out) {
  v1::MemoryEvent& event = *out->add_memory();
  event.set_t_ns(t_ns);
  event.set_step(step);
  event.set_op(op);
  event.set_buffer(buffer);
  event.set_delta_bytes(delta_bytes);
}

using SpansByOp = std::vector<const Span*>;  // of one step

// Allocations before an op is issued, releases after it (plan/program.h).
void AddMemory(const plan::Program& program, const std::vector<SpansByOp>& steps, v1::RankTrace* out) {
  const size_t num_ops = program.ops.size();
  std::vector<std::vector<int32_t>> first(num_ops), last(num_ops);
  for (int32_t b = 0; b < static_cast<int32_t>(program.buffers.size()); ++b) {
    const plan::Buffer& buffer = program.buffers[b];
    if (buffer.first_op < 0) {
      AddMemoryEvent(0, -1, -1, b, buffer.bytes(), out);
    } else {
      first[buffer.first_op].push_back(b);
      last[buffer.last_op].push_back(b);
    }
  }
  for (size_t step = 0; step < steps.size(); ++step) {
    // The workers keep the events of the first step and of the first one after the warm-up.
    if (step != 0 && static_cast<int>(step) != program.run.warmup()) continue;
    for (size_t op = 0; op < num_ops; ++op) {
      const Span& span = *steps[step][op];
      const auto s = static_cast<int>(step), i = static_cast<int>(op);
      for (int32_t b : first[op]) AddMemoryEvent(span.issue_ns, s, i, b, program.buffers[b].bytes(), out);
      const int64_t after = plan::IsCommunication(program.ops[op].kind) ? span.issue_ns : span.end_ns;
      for (int32_t b : last[op]) AddMemoryEvent(after, s, i, b, -program.buffers[b].bytes(), out);
    }
  }
}

void AddPeaks(const plan::Program& program, v1::RankTrace* out) {
  const plan::PeakMemory peak = plan::PredictPeakMemory(program);
  for (int c = 0; c < plan::kNumCategories; ++c) {
    v1::CategoryBytes& bytes = *out->add_peak_bytes();
    bytes.set_category(static_cast<v1::MemoryCategory>(c + 1));  // the enumerators stand in the same order
    bytes.set_bytes(peak.by_category[c]);
  }
  out->set_peak_total_bytes(peak.total);
}

void AddSentBytes(const plan::Program& program, const FlatProgram& flat, v1::RankTrace* out) {
  struct Sum {
    int64_t bytes = 0, calls = 0;
  };
  std::map<std::pair<std::string, std::string>, Sum> sums;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    if (!plan::IsCommunication(op.kind) || op.kind == plan::OpKind::kRecv) continue;
    const std::string axis = op.group >= 0 ? program.groups[op.group].axis : "pp";
    Sum& sum = sums[{std::string(plan::Name(op.kind)), axis}];
    sum.bytes += flat.SentBytes(static_cast<int32_t>(i));
    ++sum.calls;
  }
  for (const auto& [key, sum] : sums) {
    v1::CollectiveBytes& bytes = *out->add_sent_bytes();
    bytes.set_collective(key.first);
    bytes.set_axis(key.second);
    bytes.set_sent_bytes(sum.bytes);
    bytes.set_calls(sum.calls);
  }
}

v1::RankTrace BuildRank(const plan::Program& program, const FlatProgram& flat, const RankTimeline& timeline) {
  v1::RankTrace out;
  out.set_rank(program.rank);
  out.set_host(fmt::format("node{}", program.node));
  std::vector<SpansByOp> steps(timeline.steps.size(), SpansByOp(program.ops.size()));
  for (const Span& span : timeline.spans) steps[span.step][span.op] = &span;
  out.mutable_spans()->Reserve(static_cast<int>(timeline.spans.size()));
  for (const SpansByOp& step : steps) {
    for (const Span* span : step) {
      v1::OpSpan& s = *out.add_spans();
      s.set_op(span->op);
      s.set_step(span->step);
      s.set_issue_ns(span->issue_ns);
      s.set_start_ns(span->start_ns);
      s.set_end_ns(span->end_ns);
      if (flat.ops[span->op].is_communication) {
        s.set_sent_bytes(flat.SentBytes(span->op));
        s.set_received_bytes(flat.ReceivedBytes(span->op));
      }
    }
  }
  for (size_t i = 0; i < timeline.steps.size(); ++i) {
    v1::StepMark& mark = *out.add_steps();
    mark.set_step(static_cast<int>(i));
    mark.set_start_ns(timeline.steps[i].start_ns);
    mark.set_end_ns(timeline.steps[i].end_ns);
  }
  AddMemory(program, steps, &out);
  AddPeaks(program, &out);
  AddSentBytes(program, flat, &out);
  return out;
}

}  // namespace

v1::Trace BuildTrace(const std::vector<plan::Program>& programs, const std::vector<FlatProgram>& flat,
                     const Timeline& timeline, const v1::DeviceProfile& profile) {
  v1::Trace trace;
  trace.set_origin(v1::ORIGIN_SIMULATED);
  for (size_t r = 0; r < programs.size(); ++r) {
    *trace.add_programs() = plan::ToProto(programs[r]);
    *trace.add_ranks() = BuildRank(programs[r], flat[r], timeline.ranks[r]);
  }
  v1::Environment& environment = *trace.mutable_environment();
  environment.set_cpu_model(profile.measured_on());
  environment.set_cores(profile.cores_per_node());
  environment.set_kernels(fmt::format("simulated, device profile {}", profile.name()));
  environment.set_transport("simulated");
  for (const std::string& note : profile.notes())
    environment.add_notes(fmt::format("device profile: {}", note));
  return trace;
}

}  // namespace ringside::sim
