// Hand-made traces for the tests of trace/: small programs whose attribution can be worked out on paper.
#pragma once

#include <string>

#include "ringside/v1/trace.pb.h"

namespace ringside::trace {

// Adds ops and their spans to one rank of a trace, in program order. Times are in ns.
class RankWriter {
 public:
  RankWriter(v1::Trace* trace, int rank) : trace_(trace), rank_(rank) {
    while (trace->programs_size() <= rank) {
      trace->add_programs()->set_rank(trace->programs_size() - 1);
      trace->add_ranks()->set_rank(trace->ranks_size() - 1);
    }
    program().mutable_run()->set_warmup(0);
    program().mutable_run()->set_steps(1);
  }

  v1::Program& program() { return *trace_->mutable_programs(rank_); }
  v1::RankTrace& recorded() { return *trace_->mutable_ranks(rank_); }

  // Every op returns its index.
  int Compute(int64_t start, int64_t end, std::initializer_list<int> deps = {},
              const std::string& kind = "gemm", const std::string& phase = "forward") {
    return Add(kind, "compute", phase, start, start, end, deps);
  }
  int AllReduce(const std::string& axis, std::initializer_list<int> ranks, int64_t issue, int64_t start,
                int64_t end, std::initializer_list<int> deps = {}) {
    const int op = Add("all_reduce", axis, "backward", issue, start, end, deps);
    v1::Group& group = *program().add_groups();
    group.set_axis(axis);
    group.mutable_ranks()->Add(ranks.begin(), ranks.end());
    program().mutable_ops(op)->set_group(program().groups_size() - 1);
    return op;
  }
  int Transfer(const std::string& kind, const std::string& direction, int peer, int64_t issue, int64_t start,
               int64_t end, std::initializer_list<int> deps = {}) {
    const int op = Add(kind, kind + "_" + direction, "forward", issue, start, end, deps);
    program().mutable_ops(op)->set_peer(peer);
    return op;
  }

  void Mark(int step, int64_t start, int64_t end) {
    v1::StepMark& mark = *recorded().add_steps();
    mark.set_step(step);
    mark.set_start_ns(start);
    mark.set_end_ns(end);
  }

  // The program's ops once more in a later step, `shift` later than in step 0.
  void Repeat(int step, int64_t shift) {
    const int ops = program().ops_size();
    for (int i = 0; i < ops; ++i) {
      v1::OpSpan span = recorded().spans(i);
      span.set_step(step);
      span.set_issue_ns(span.issue_ns() + shift);
      span.set_start_ns(span.start_ns() + shift);
      span.set_end_ns(span.end_ns() + shift);
      *recorded().add_spans() = span;
    }
  }

 private:
  int Add(const std::string& kind, const std::string& stream, const std::string& phase, int64_t issue,
          int64_t start, int64_t end, std::initializer_list<int> deps) {
    v1::OpDef& op = *program().add_ops();
    op.set_kind(kind);
    op.set_stream(stream);
    op.set_phase(phase);
    op.set_layer(-1);
    op.set_micro_batch(-1);
    op.set_group(-1);
    op.set_peer(-1);
    op.mutable_deps()->Add(deps.begin(), deps.end());
    v1::OpSpan& span = *recorded().add_spans();
    span.set_op(program().ops_size() - 1);
    span.set_issue_ns(issue);
    span.set_start_ns(start);
    span.set_end_ns(end);
    return span.op();
  }

  v1::Trace* trace_;
  int rank_;
};

// Two replicas. Both compute 0..100, then all-reduce; rank 1 comes 20 late. The transfer takes 50, of
// which 30 run beside another 50 of compute on rank 0:
//   rank 0: compute [0,100) [100,150); all-reduce issued and started 100, on the wire 120..170; optimizer
//   170..200 rank 1: compute [0,120); all-reduce 120..170; optimizer 175..195 (5 of wake-up); step ends 200
inline v1::Trace TwoReplicas() {
  v1::Trace trace;
  trace.set_origin(v1::ORIGIN_MEASURED);
  RankWriter r0(&trace, 0), r1(&trace, 1);
  int reduce;
  r0.Compute(0, 100, {}, "gemm", "backward");
  reduce = r0.AllReduce("dp", {0, 1}, 100, 100, 170, {0});
  r0.Compute(100, 150, {}, "gemm", "backward");
  r0.Compute(170, 200, {reduce}, "adamw", "optimizer");
  r0.Mark(0, 0, 200);
  r1.Compute(0, 120, {}, "gemm", "backward");
  reduce = r1.AllReduce("dp", {0, 1}, 120, 120, 170, {0});
  r1.Compute(120, 120, {}, "join", "backward");
  r1.Compute(175, 195, {reduce}, "adamw", "optimizer");
  r1.Mark(0, 0, 200);
  return trace;
}

// Two stages, one micro-batch. Stage 0 computes forward 0..100, sends 100..130, waits for the gradient and
// computes backward; stage 1 posts its receive at 0.
//   stage 0: F [0,100); send 100..130; recv gradient posted 100, on the wire 270..300; B [300,400)
//   stage 1: recv 0..130 (bubble 0..100, wire 100..130); F [130,200) B [200,270); send gradient 270..300
inline v1::Trace TwoStages() {
  v1::Trace trace;
  trace.set_origin(v1::ORIGIN_MEASURED);
  RankWriter s0(&trace, 0), s1(&trace, 1);
  const int forward = s0.Compute(0, 100);
  const int send = s0.Transfer("send", "forward", 1, 100, 100, 130, {forward});
  const int gradient = s0.Transfer("recv", "backward", 1, 100, 100, 300);
  s0.Compute(300, 400, {gradient, send}, "gemm", "backward");
  s0.Mark(0, 0, 400);
  const int recv = s1.Transfer("recv", "forward", 0, 0, 0, 130);
  s1.Compute(130, 200, {recv});
  const int backward = s1.Compute(200, 270, {}, "gemm", "backward");
  s1.Transfer("send", "backward", 0, 270, 270, 300, {backward});
  s1.Mark(0, 0, 300);
  return trace;
}

}  // namespace ringside::trace
