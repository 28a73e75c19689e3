#include "sim/calibration/suite.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "plan/op_schema.h"
#include "plan/program_builder.h"

namespace ringside::sim {
namespace {

using plan::OpKind;
using plan::View;

v1::RunSpec RunOf(const Repeats& repeats) {
  v1::RunSpec run;
  run.set_steps(repeats.warmup + repeats.steps);
  run.set_warmup(repeats.warmup);
  run.set_seed(1);
  run.set_data(v1::DATA_SYNTHETIC);
  v1::OptimizerSpec& optimizer = *run.mutable_optimizer();
  optimizer.set_kind(v1::OPTIMIZER_ADAMW);
  optimizer.set_lr(1e-3);
  optimizer.set_beta1(0.9);
  optimizer.set_beta2(0.95);
  optimizer.set_eps(1e-8);
  optimizer.set_weight_decay(0.1);
  run.set_kernels(v1::KERNELS_FAST);
  run.set_deadline_s(120);
  run.set_stall_s(30);
  run.set_keep_weights(false);
  return run;
}

// One rank's program under construction.
class Suite {
 public:
  Suite(int rank, int ranks, const Repeats& repeats) : builder_(Start(rank, ranks, repeats)), rank_(rank) {
    for (int r = 0; r < ranks; ++r) everyone_.push_back(r);
    flag_ = builder_.AddPersistent("flag", plan::Category::kCommunication, 16);
  }

  // Operands are taken from pools, in turns: cold ones, larger than the caches, stand for weights, gradients
  // and optimizer states; hot ones stand for activations, which were written a moment ago.
  void AddPools(int64_t cold_elems, int64_t hot_elems) {
    AddPool("cold", cold_elems, 0.02, &cold_read_);
    AddPool("cold written", cold_elems, 0, &cold_write_);
    AddPool("hot", hot_elems, 0.02, &hot_read_);
    AddPool("hot written", hot_elems, 0, &hot_write_);
  }

  void AddTokens(int64_t elems) {
    tokens_ = builder_.AddPersistent("tokens", plan::Category::kActivations, elems, plan::Element::kInt);
    targets_ = builder_.AddPersistent("targets", plan::Category::kActivations, elems, plan::Element::kInt);
  }

  void LoadBatch(int64_t batch, int64_t seq_len, int64_t vocab) {
    Emit(OpKind::kLoadBatch, {batch, seq_len, 0, batch, vocab, 1, 0});
  }

  // A kind that works on activations, or on parameters (`cold`).
  void Emit(OpKind kind, std::initializer_list<int64_t> dims, uint32_t flags = 0,
            std::initializer_list<double> scalars = {}, bool cold = false) {
    plan::Op op;
    op.kind = kind;
    op.flags = flags;
    op.dims.assign(dims.begin(), dims.end());
    op.scalars.assign(scalars.begin(), scalars.end());
    const auto schema = plan::SchemaOf(op);
    RINGSIDE_CHECK(schema.ok());
    for (const plan::OperandSpec& spec : schema->operands) {
      if (spec.element == plan::Element::kInt) {
        const bool is_tokens = std::string_view(spec.name) == "tokens";
        op.operands.push_back({(is_tokens ? tokens_ : targets_).buffer, 0, spec.elems});
      } else {
        op.operands.push_back(spec.access == plan::Access::kRead ? Read(spec.elems, cold)
                                                                 : Write(spec.elems, cold));
      }
    }
    builder_.Emit(std::move(op));
  }

  // c = op(a) op(b) on the views given; with kBias and kGelu what they need besides.
  void Gemm(View a, View b, View c, int64_t m, int64_t n, int64_t k, uint32_t flags) {
    plan::Op op;
    op.kind = OpKind::kGemm;
    op.flags = flags;
    op.operands = {a, b};
    if ((flags & plan::kBias) != 0) op.operands.push_back(Read(n, true));
    op.operands.push_back(c);
    if ((flags & plan::kGelu) != 0) op.operands.push_back(Write(m * n));
    op.dims = {m, n, k};
    builder_.Emit(std::move(op));
  }

  View Read(int64_t elems, bool cold = false) {
    return (cold || elems > hot_read_.all.elems ? cold_read_ : hot_read_).Take(elems);
  }
  View Write(int64_t elems, bool cold = false) {
    return (cold || elems > hot_write_.all.elems ? cold_write_ : hot_write_).Take(elems);
  }

  int AllReduce(const View& view, const std::vector<int32_t>& ranks, const char* axis) {
    plan::Op op;
    op.kind = plan::OpKind::kAllReduce;
    op.stream = plan::Stream::kDp;
    op.group = builder_.AddGroup(axis, ranks);
    return builder_.EmitCollective(std::move(op), view);
  }

  void Transfer(OpKind kind, const View& view, int peer) {
    plan::Op op;
    op.kind = kind;
    op.stream = kind == OpKind::kSend ? plan::Stream::kSendForward : plan::Stream::kRecvForward;
    op.operands = {view};
    op.dims = {view.elems};
    op.peer = peer;
    builder_.Emit(std::move(op));
  }

  // Waits for the communication since the last join.
  void Join() {
    plan::Op op;
    op.kind = OpKind::kJoin;
    for (int32_t dep = joined_ + 1; dep <= builder_.last_op(); ++dep) op.deps.push_back(dep);
    joined_ = builder_.Emit(std::move(op));
  }

  void Barrier() {
    if (everyone_.size() < 2) return;
    joined_ = builder_.last_op();
    AllReduce(flag_, everyone_, "dp");
    Join();
  }

  int rank() const { return rank_; }
  const std::vector<int32_t>& everyone() const { return everyone_; }
  plan::Program Finish() { return builder_.Finish(); }

 private:
  struct Pool {
    View all;
    int64_t next = 0;
    View Take(int64_t elems) {
      RINGSIDE_CHECK(elems <= all.elems);
      if (next + elems > all.elems) next = 0;
      const View view{all.buffer, next, elems};
      next += (elems + 15) / 16 * 16;
      return view;
    }
  };

  void AddPool(const char* name, int64_t elems, double stddev, Pool* pool) {
    if (elems == 0) return;
    pool->all = builder_.AddPersistent(name, plan::Category::kActivations, elems);
    plan::Op init;
    init.operands = {pool->all};
    init.kind = stddev > 0 ? OpKind::kInitNormal : OpKind::kFill;
    init.scalars = {stddev};
    if (stddev > 0) {
      init.dims = {0, 1, elems, 0, elems, 1, 0, elems};
    } else {
      init.dims = {elems};
    }
    builder_.EmitInit(std::move(init));
  }

  static plan::Program Start(int rank, int ranks, const Repeats& repeats) {
    plan::Program program;
    program.rank = rank;
    program.world_size = ranks;
    program.run = RunOf(repeats);
    return program;
  }

  plan::ProgramBuilder builder_;
  const int rank_;
  std::vector<int32_t> everyone_;
  int32_t joined_ = -1;
  View flag_, tokens_, targets_;
  Pool cold_read_, cold_write_, hot_read_, hot_write_;
};

// y = x W^T (+ bias, gelu); dx = dy W; dW = dy^T x: the three uses of a weight matrix W[out, in].
void AddForward(int64_t tokens, int64_t out, int64_t in, uint32_t flags, Suite* suite) {
  suite->Gemm(suite->Read(tokens * in), suite->Read(out * in, true), suite->Write(tokens * out), tokens, out,
              in, plan::kTransB | flags);
}
void AddInputGrad(int64_t tokens, int64_t out, int64_t in, Suite* suite) {
  suite->Gemm(suite->Read(tokens * out), suite->Read(out * in, true), suite->Write(tokens * in), tokens, in,
              out, 0);
}
void AddWeightGrad(int64_t tokens, int64_t out, int64_t in, uint32_t flags, Suite* suite) {
  suite->Gemm(suite->Read(tokens * out), suite->Read(tokens * in), suite->Write(out * in, true), out, in,
              tokens, plan::kTransA | flags);
}

void AddGemms(Suite* suite) {
  const auto uses = [&](int64_t tokens, int64_t out, int64_t in) {
    AddForward(tokens, out, in, 0, suite);
    AddInputGrad(tokens, out, in, suite);
    AddWeightGrad(tokens, out, in, 0, suite);
  };
  for (const int64_t tokens : {32, 128, 512}) {
    for (const int64_t out : {64, 256, 1024}) {
      for (const int64_t in : {64, 256, 1024}) uses(tokens, out, in);
    }
  }
  for (const int64_t tokens : {64, 256}) {  // GPT-2 124M's, and a large vocabulary
    uses(tokens, 768, 768);
    uses(tokens, 2304, 768);
    uses(tokens, 3072, 768);
    uses(tokens, 768, 3072);
    uses(tokens, 8192, 768);
  }
  suite->Barrier();
  for (const auto& [tokens, out, in] :
       {std::array<int64_t, 3>{64, 256, 256}, {128, 1024, 256}, {512, 1024, 256}}) {
    AddForward(tokens, out, in, plan::kBias | plan::kGelu, suite);
    AddWeightGrad(tokens, out, in, plan::kAccumulate, suite);
  }
}

void AddMemoryBound(Suite* suite) {
  constexpr double kEps = 1e-5;
  suite->LoadBatch(1, 64, 1024);
  suite->LoadBatch(16, 64, 1024);
  const auto each = [&](std::initializer_list<std::array<int64_t, 2>> sizes, const auto& emit) {
    suite->Barrier();
    for (const auto& [rows, columns] : sizes) emit(rows, columns);
  };
  const std::initializer_list<std::array<int64_t, 2>> kActivations = {{64, 256}, {512, 256}, {256, 1024}};
  const std::initializer_list<std::array<int64_t, 2>> kLogits = {{64, 256}, {128, 1024}, {128, 8192}};
  const std::initializer_list<std::array<int64_t, 2>> kFlat = {{64, 1024}, {256, 1024}, {3072, 1024}};
  each(kActivations, [&](int64_t n, int64_t c) { suite->Emit(OpKind::kLayerNorm, {n, c}, 0, {kEps}); });
  each(kActivations, [&](int64_t n, int64_t c) {
    suite->Emit(OpKind::kLayerNormBackward, {n, c}, plan::kAccumulate);
  });
  each(kActivations, [&](int64_t n, int64_t c) { suite->Emit(OpKind::kBiasResidual, {n, c}, plan::kBias); });
  each(kActivations, [&](int64_t n, int64_t c) {
    suite->Emit(OpKind::kBiasGrad, {n, c}, plan::kAccumulate);
  });
  each(kActivations, [&](int64_t n, int64_t c) { suite->Emit(OpKind::kAddPosition, {n, c, 64, 1, 0, 0}); });
  each(kActivations, [&](int64_t n, int64_t c) {
    suite->Emit(OpKind::kPositionBackward, {n, c, 64, 1, 0, 0});
  });
  each(kActivations, [&](int64_t n, int64_t c) { suite->Emit(OpKind::kEmbedding, {n, c, 0, 1024}); });
  each(kActivations, [&](int64_t n, int64_t c) { suite->Emit(OpKind::kEmbeddingBackward, {n, c, 0, 1024}); });
  each(kActivations, [&](int64_t n, int64_t c) { suite->Emit(OpKind::kGelu, {n * c}); });
  each(kActivations, [&](int64_t n, int64_t c) { suite->Emit(OpKind::kGeluBackward, {n * c}); });
  each(kLogits, [&](int64_t n, int64_t v) { suite->Emit(OpKind::kXentMax, {n, v}); });
  each(kLogits, [&](int64_t n, int64_t v) { suite->Emit(OpKind::kXentSum, {n, v, 0}); });
  each(kLogits, [&](int64_t n, int64_t v) { suite->Emit(OpKind::kXentLoss, {n, v, 0}, 0, {1e-3, 1.0}); });
  each(kFlat, [&](int64_t a, int64_t b) { suite->Emit(OpKind::kAdamW, {a * b}, plan::kDecay, {}, true); });
  each(kFlat, [&](int64_t a, int64_t b) { suite->Emit(OpKind::kSgd, {a * b}, 0, {}, true); });
  each(kFlat, [&](int64_t a, int64_t b) { suite->Emit(OpKind::kFill, {a * b}, 0, {0.0}); });
}

void AddAttention(Suite* suite) {
  for (const OpKind kind : {OpKind::kAttention, OpKind::kAttentionBackward}) {
    suite->Barrier();
    suite->Emit(kind, {1, 64, 4, 4, 64});
    suite->Emit(kind, {4, 64, 2, 2, 64});
    suite->Emit(kind, {4, 32, 4, 4, 16});
    suite->Emit(kind, {1, 256, 4, 4, 64});
    suite->Emit(kind, {2, 128, 4, 4, 32});
    suite->Emit(kind, {1, 512, 2, 2, 64});
  }
}

}  // namespace

std::vector<plan::Program> KernelPrograms(int ranks, const Repeats& repeats) {
  std::vector<plan::Program> programs;
  for (int rank = 0; rank < ranks; ++rank) {
    Suite suite(rank, ranks, repeats);
    suite.AddPools(14 << 20, 1 << 20);
    suite.AddTokens(16 * 64);
    suite.Barrier();
    AddGemms(&suite);
    AddAttention(&suite);
    AddMemoryBound(&suite);
    programs.push_back(suite.Finish());
  }
  return programs;
}

std::vector<plan::Program> MessagePrograms(int ranks, int group_size, const Repeats& repeats) {
  std::vector<plan::Program> programs;
  for (int rank = 0; rank < ranks; ++rank) {
    Suite suite(rank, ranks, repeats);
    suite.AddPools(4 << 20, 0);
    std::vector<int32_t> group;
    for (int i = 0; i < group_size; ++i) group.push_back(rank / group_size * group_size + i);
    for (const int64_t elems : {64, 4096, 32768, 131072, 524288}) {
      suite.Barrier();
      for (int i = 0; i < kChainLength; ++i) suite.AllReduce(suite.Write(elems, true), group, "dp");
      suite.Join();
      suite.Barrier();
      const bool sends = rank % 2 == 0;
      const int peer = sends ? rank + 1 : rank - 1;
      if (peer >= ranks) continue;
      for (int i = 0; i < kChainLength; ++i) {
        suite.Transfer(sends ? OpKind::kSend : OpKind::kRecv, suite.Write(elems, true), peer);
      }
      suite.Join();
    }
    programs.push_back(suite.Finish());
  }
  return programs;
}

std::vector<plan::Program> WakeupPrograms(int ranks, const Repeats& repeats) {
  constexpr int64_t kTokens = 512, kWidth = 256;  // messages and GEMMs as large as a small model's
  constexpr int kLinks = 12;
  std::vector<plan::Program> programs;
  for (int rank = 0; rank < ranks; ++rank) {
    Suite suite(rank, ranks, repeats);
    suite.AddPools(4 << 20, 1 << 20);
    View x = suite.Read(kTokens * kWidth);
    for (int i = 0; i < kLinks; ++i) {
      const View y = suite.Write(kTokens * kWidth);
      suite.Gemm(x, suite.Read(kWidth * kWidth, true), y, kTokens, kWidth, kWidth, plan::kTransB);
      suite.AllReduce(y, suite.everyone(), "dp");
      x = y;
    }
    suite.Barrier();
    programs.push_back(suite.Finish());
  }
  return programs;
}

std::vector<plan::Program> ComputePrograms(int ranks, int stride, const Repeats& repeats) {
  constexpr int64_t kTokens = 128, kWidth = 256, kHidden = 1024;
  constexpr int kLayers = 12;
  std::vector<plan::Program> programs;
  for (int rank = 0; rank < ranks; ++rank) {
    Suite suite(rank, ranks, repeats);
    suite.AddPools(4 << 20, 1 << 20);
    if (rank % stride == 0) {
      for (int layer = 0; layer < kLayers; ++layer) {
        AddForward(kTokens, kHidden, kWidth, 0, &suite);
        AddInputGrad(kTokens, kHidden, kWidth, &suite);
        AddWeightGrad(kTokens, kHidden, kWidth, plan::kAccumulate, &suite);
        suite.Emit(OpKind::kLayerNorm, {kTokens, kWidth}, 0, {1e-5});
        suite.Emit(OpKind::kGeluBackward, {kTokens * kHidden});
        suite.Emit(OpKind::kAdamW, {kHidden * kWidth}, plan::kDecay, {}, true);
      }
    }
    suite.Barrier();
    programs.push_back(suite.Finish());
  }
  return programs;
}

}  // namespace ringside::sim
