// The program: what one rank executes. The workers run it for real, the simulator on a virtual clock.
//
// Execution model (both executors keep to it; it is what makes bytes and memory exact):
//  * `ops` is one totally ordered list, walked once a step. Before op i is issued, every buffer whose
//    first_op is i is allocated; after op i was issued, every buffer whose last_op is i is released.
//  * A compute op first waits for its `deps`, then runs to its end before the walk goes on.
//  * A communication op is handed to its stream and the walk goes on at once. Each communication
//    stream runs its ops one after the other in program order; an op starts when it is at the head of
//    its stream and its `deps` have ended. Streams progress independently of each other.
//  * `deps` are indices of earlier ops of the same list. A dependency on an earlier compute op is met by
//    the walk itself, and stands there for analysis.
//  * last_op is always a compute op that comes after every use of the buffer has ended, so that
//    memory never depends on timing. The step ends when the walk has ended and all streams are idle.
//
// Executors know op kinds, not parallelism: what dp, tp or pp *means* stands in the compiler alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "ringside/v1/program.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::plan {

enum class DType : uint8_t { kF32, kF64, kI32 };
enum class Category : uint8_t {
  kWeights,
  kGradients,
  kOptimizer,
  kActivations,
  kCommunication,
  kWorkspace,
};
inline constexpr int kNumCategories = 6;

// Every allocation is rounded up to this, in the arena and in every prediction.
inline constexpr int64_t kAllocationAlignment = 64;

int64_t SizeOf(DType dtype);                         // bytes
int64_t AllocatedBytes(DType dtype, int64_t elems);  // rounded up to kAllocationAlignment
std::string_view Name(DType dtype);                  // "f32"
std::string_view Name(Category category);            // "weights"

struct Buffer {
  std::string name;
  Category category = Category::kActivations;
  DType dtype = DType::kF32;
  int64_t elems = 0;
  int32_t first_op = -1;  // -1: allocated before the init ops
  int32_t last_op = -1;   // -1: never released (persistent); else first_op <= last_op, or the buffer
                          // is used in the step only and never lives across steps
  int64_t bytes() const { return AllocatedBytes(dtype, elems); }
};

struct View {
  int32_t buffer = -1;
  int64_t offset = 0;  // elements
  int64_t elems = 0;
};

// What an op does. Operands and dims of each kind, in order; N = rows = micro_batch * seq_len.
// "+=" under kAccumulate, "=" without. R = real (f32 or f64, the program's precision), I = i32.
enum class OpKind : uint8_t {
  // -- data and initial values
  kLoadBatch,   // -> tokens I[B,T], targets I[B,T]; dims {B, T, first_sample, samples_per_step, vocab}
                //    row b of step s holds sample s * samples_per_step + first_sample + b
  kFill,        // -> out R[n]; dims {n}; scalars {value}
  kInitNormal,  // -> out R[outer, mid_count, inner]; dims {param_id, outer, mid_total, mid_begin,
                //    mid_count, inner}; scalars {stddev}: N(0, stddev) keyed by global index
  // -- forward
  kEmbedding,     // tokens I[N], table R[v_count, C] -> out R[N, C]; dims {N, C, v_begin, v_count};
                  //    rows of tokens outside [v_begin, v_begin + v_count) are zero
  kAddPosition,   // x R[N, C] (in place), table R[T, C]; dims {N, C, T}; row n gets table[n % T]
  kLayerNorm,     // x R[N,C], gamma R[C], beta R[C] -> y R[N,C], mean R[N], rstd R[N]; dims {N, C};
                  //    scalars {eps}
  kGemm,          // a, b, (bias R[n] with kBias) -> c R[m,n], (pre R[m,n] with kGelu); dims {m, n, k}
                  //    c = op(a) op(b) (+ bias); kTransA: a is [k,m]; kTransB: b is [n,k]; kAccumulate: c +=
                  //    kGelu: pre = the sum with bias, c = gelu(pre)
  kGelu,          // pre R[n] -> out R[n]; dims {n}
  kAttention,     // qkv R[N, 3, H, D] -> out R[N, H, D], lse R[B, H, T], scratch R; dims {B, T, H, D};
                  //    causal, scale 1/sqrt(D); lse = log sum exp of the scaled scores
  kBiasResidual,  // x R[N,C] (in place), bias R[C], residual R[N,C]; dims {N, C}: x = residual + x + bias
  kXentMax,       // logits R[N,V] -> row_max R[N]; dims {N, V}
  kXentSum,       // logits R[N,V], row_max R[N], targets I[N] -> stats R[N,2]; dims {N, V, v_begin};
                  //    stats[n] = {sum exp(logit - max), logit of the target - max, 0 where it is not here}
  kXentLoss,      // logits R[N,V] (in place: becomes d loss / d logits), row_max R[N], stats R[N,2],
                  //    targets I[N], loss R[1] (+=); dims {N, V, v_begin}; scalars {scale}
                  //    loss += scale * sum_n (log stats[n,0] - stats[n,1])
  // -- backward
  kEmbeddingBackward,  // tokens I[N], dout R[N,C], dtable R[v_count, C] (always +=); dims as kEmbedding
  kPositionBackward,   // dout R[N,C] -> dtable R[T,C] (= or +=); dims {N, C, T}
  kLayerNormBackward,  // dy R[N,C], x R[N,C], gamma R[C], mean R[N], rstd R[N], dx R[N,C] (always +=),
                       //    dgamma R[C], dbeta R[C] (= or +=); dims {N, C}
  kBiasGrad,           // dout R[N,C] -> dbias R[C] (= or +=); dims {N, C}
  kGeluBackward,       // pre R[n], dout R[n] (in place): dout *= gelu'(pre); dims {n}
  kAttentionBackward,  // dout R[N,H,D], qkv R[N,3,H,D], out R[N,H,D], lse R[B,H,T] -> dqkv R[N,3,H,D],
                       //    scratch R; dims {B, T, H, D}
  // -- optimizer; hyper-parameters come from Program::run
  kAdamW,  // w R[n], g R[n], m R[n], v R[n]; dims {n}; kDecay: decoupled weight decay
  kSgd,    // w R[n], g R[n]; dims {n}; kDecay
  // -- control
  kJoin,  // nothing; a compute op that only waits for its deps
  // -- communication: in place; dims {n}
  kAllReduce,      // buf R[n], scratch R[s] over `group`; kMax: maximum, else sum; s >= ScratchElems of
                   //    its rounds (plan/collective.h)
  kReduceScatter,  // buf R[n], scratch: as kAllReduce, but only the rank's own chunk (ChunkOf) is reduced in
                   //    the end, the others hold partial sums
  kAllGather,      // buf R[n] over `group`: the rank's own chunk is given, in the end all are there
  kSend,           // buf R[n] to `peer`
  kRecv,           // buf R[n] from `peer`
};
inline constexpr int kNumOpKinds = static_cast<int>(OpKind::kRecv) + 1;

enum OpFlags : uint32_t {
  kTransA = 1u << 0,
  kTransB = 1u << 1,
  kAccumulate = 1u << 2,
  kBias = 1u << 3,
  kGelu = 1u << 4,
  kDecay = 1u << 5,
  kMax = 1u << 6,
};
inline constexpr uint32_t kAllFlags = (1u << 7) - 1;

// Streams: one for compute, one per independent channel of communication.
enum class Stream : uint8_t {
  kCompute,
  kTp,
  kDp,
  kEmbedding,
  kSendForward,
  kRecvForward,
  kSendBackward,
  kRecvBackward,
};
// The stream on the other end of a message: send_forward meets recv_forward, send_backward meets
// recv_backward, every other stream meets itself. Its own inverse.
Stream Counterpart(Stream stream);
inline constexpr int kNumStreams = static_cast<int>(Stream::kRecvBackward) + 1;

enum class Phase : uint8_t { kInit, kForward, kBackward, kGradReduce, kOptimizer };
inline constexpr int kNumPhases = static_cast<int>(Phase::kOptimizer) + 1;

std::string_view Name(OpKind kind);    // "gemm", "all_reduce", ...
std::string_view Name(Stream stream);  // "compute", "dp", ...
std::string_view Name(Phase phase);    // "forward", ...
bool IsCommunication(OpKind kind);
bool IsCollective(OpKind kind);  // communication of a group

struct Op {
  OpKind kind = OpKind::kJoin;
  Stream stream = Stream::kCompute;
  Phase phase = Phase::kForward;
  int16_t layer = -1;        // transformer block; -1: none
  int16_t micro_batch = -1;  // -1: none
  uint32_t flags = 0;
  int32_t group = -1;  // index into Program::groups
  int32_t peer = -1;   // global rank of a send's or receive's other end
  absl::InlinedVector<View, 6> operands;
  absl::InlinedVector<int64_t, 6> dims;
  absl::InlinedVector<double, 1> scalars;
  absl::InlinedVector<int32_t, 4> deps;
  int64_t flops = 0;  // floating-point operations (multiply-add: 2)
  int64_t bytes = 0;  // compute: memory traffic if nothing is cached; communication: payload

  bool Has(OpFlags flag) const { return (flags & flag) != 0; }
};

struct Group {
  std::string axis;            // "dp", "tp", "embedding"
  std::vector<int32_t> ranks;  // global ranks, in group order
};

// A parameter tensor or this rank's part of it. The global tensor is [outer, mid_total, inner]; the
// rank holds [outer, mid_begin .. mid_begin + mid_count, inner], dense, in `view`.
struct Param {
  std::string name;
  int32_t id = -1;  // the same on every rank
  View view;
  View grad;
  int64_t outer = 1, mid_total = 1, mid_begin = 0, mid_count = 1, inner = 1;
  bool decays = false;
  View owned_grad;  // the part of `grad` that is fully reduced when the step ends: all of it, or this rank's
                    // share where the optimizer is sharded (may be empty)
};

struct Program {
  int32_t rank = 0;
  int32_t world_size = 1;
  int32_t node = 0;
  std::vector<Buffer> buffers;
  std::vector<Op> init_ops;  // compute ops on persistent buffers, once, before the first step
  std::vector<Op> ops;       // one step
  std::vector<Group> groups;
  std::vector<Param> params;
  int32_t loss_buffer = -1;        // R[1], holds the step's loss after the last op; -1: not on this rank
  int64_t tokens_per_step = 0;     // of the whole job
  v1::RunSpec run;                 // resolved: every field is set
  DType real = DType::kF32;        // the R above
  int64_t memory_limit_bytes = 0;  // 0: none
  std::vector<v1::Fault> faults;   // kill_rank / hang_rank that this rank plays
};

// The position of `rank` in `group`, or -1.
int IndexInGroup(const Group& group, int rank);

// FLOPs and bytes of an op, from kind, dims and flags (the compiler fills op.flops and op.bytes with it).
// FLOP convention: GEMM 2mnk; attention counts the causal half: forward 2*B*H*T*(T+1)*D (two products),
// backward five products; element-wise kinds count their arithmetic per element.
struct OpCost {
  int64_t flops = 0;
  int64_t bytes = 0;
};
OpCost CostOf(const Op& op, DType real);

// Elements of the scratch operand of kAttention (T*T) and kAttentionBackward (2*T*T).
int64_t AttentionScratchElems(OpKind kind, int64_t seq_len);

// "forward gemm layer 3 mb 1": what a person is shown.
std::string Describe(const Op& op);

}  // namespace ringside::plan
