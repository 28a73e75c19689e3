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

enum class DType : uint8_t { kF32, kF64, kI32, kBf16, kF16 };
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
// What statistics, losses and optimizer states are kept in beside tensors of `real`: f32 where that is
// narrower, else the same.
DType StatType(DType real);
DType RealOf(v1::Precision precision);     // REQUIRES: a known one
std::string_view Name(Category category);  // "weights"

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

// What an op does. Operands and dims of each kind, in order; N = rows = tokens of a micro-batch here.
// "+=" under kAccumulate, "=" without. R = the program's real type, S = StatType(R), I = i32.
// Rows of a micro-batch are [B, T] where T is this rank's share of a sequence; `cp, cp_rank` say which
// positions that are (plan/sequence_slice.h).
enum class OpKind : uint8_t {
  // -- data and initial values
  kLoadBatch,   // -> tokens I[B,T], targets I[B,T]; dims {B, T, first_sample, samples_per_step, vocab, cp,
                //    cp_rank}: row b of step s holds sample s * samples_per_step + first_sample + b.
                //    kHeldOut: of the samples kept for evaluation; kShuffle: targets of another sample
  kFill,        // -> out R[n]; dims {n}; scalars {value}
  kFillStat,    // -> out S[n]; dims {n}; scalars {value}
  kInitNormal,  // -> out R[outer, mid_count, inner]; dims {param_id, outer, mid_total, mid_begin,
                //    mid_count, inner, begin, count}: the elements [begin, begin + count) of that, dense;
                //    scalars {stddev}: N(0, stddev) keyed by global index
  kConvert,     // x R[n] -> out S[n]; dims {n}
  // -- forward
  kEmbedding,    // tokens I[N], table R[v_count, C] -> out R[N, C]; dims {N, C, v_begin, v_count};
                 //    rows of tokens outside [v_begin, v_begin + v_count) are zero
  kAddPosition,  // x R[N, C] (in place), table R[T * cp, C]; dims {N, C, T, cp, cp_rank, row_begin}: row n of
                 //    x is row row_begin + n of the micro-batch
  kLayerNorm,    // x R[N,C], gamma R[C], beta R[C] -> y R[N,C], mean S[N], rstd S[N]; dims {N, C};
                 //    scalars {eps}
  kRmsNorm,      // x R[N,C], gamma R[C] -> y R[N,C], rstd S[N]; dims {N, C}; scalars {eps}
  kGemm,         // a, b, (bias R[n] with kBias) -> c R[m,n], (pre R[m,n] with kGelu); dims {m, n, k}
                 //    c = op(a) op(b) (+ bias); kTransA: a is [k,m]; kTransB: b is [n,k]; kAccumulate: c +=
                 //    kGelu: pre = the sum with bias, c = gelu(pre)
  kGelu,         // pre R[n] -> out R[n]; dims {n}
  kActivation,   // pre R[n] -> out R[n]; dims {n, Activation}
  kSwiglu,       // gate_up R[N, 2, F] -> out R[N, F] = silu(gate) * up; dims {N, F}
  kRope,       // qkv R[N, H_total, D] (in place, the first H_rotated heads); dims {N, H_rotated, H_total, D,
               //    T, cp, cp_rank}; scalars {theta}; kInverse: the backward pass
  kAttention,  // qkv R[N, H + 2 G, D] -> out R[N, H, D], lse S[B, H, T], scratch; dims {B, T, H, G, D};
               //    G key/value heads, each read by H / G query heads; causal, scale 1/sqrt(D); lse =
               //    log sum exp of the scaled scores
  kRingAttention,  // qkv R[N, H + 2 G, D], kv R[N, 2 G, D], out R[N, H, D], lse S[B, H, T], scratch; dims
                   //    {B, T, H, G, D, cp, q_rank, kv_rank}: the queries of q_rank's positions against the
                   //    keys and values of kv_rank's; kAccumulate: merged with what out and lse hold of
                   //    other keys
  kBiasResidual,   // x R[N,C], (bias R[C] with kBias), residual R[N,C] -> out R[N,C]; dims {N, C}
  kDropout,        // x R[N,C] (in place), (bias R[C] with kBias, added first); dims {N, C, T, cp, cp_rank,
  //    row_begin, first_sample, samples_per_step, site}; scalars {p}: mask keyed by global index
  kCopy,       // from R[rows, from_stride] -> to R[rows, to_stride] (= or +=); dims {rows, cols, from_stride,
               //    from_begin, to_stride, to_begin}: `cols` columns of every row
  kXentMax,    // logits R[N,V] -> row_max S[N]; dims {N, V}
  kXentSum,    // logits R[N,V], row_max S[N], targets I[N] -> stats S[N,2]; dims {N, V, v_begin};
               //    stats[n] = {sum exp(logit - max), logit of the target - max, 0 where it is not here}
  kXentLoss,   // logits R[N,V] (in place: becomes the gradient), row_max S[N], stats S[N,2],
               //    targets I[N], (control S[4] with kScaled), loss S[1] (+=); dims {N, V, v_begin}; scalars
               //    {scale, factor}: loss += scale * sum_n (log stats[n,0] - stats[n,1]); the gradient is
               //    multiplied by factor, and by control[0]
  kDeadShare,  // act R[N,F] -> out S[1] (= or +=): scale * columns that are zero in every row; dims {N, F};
               //    scalars {scale}
  // -- mixture of experts; K choices a token, E experts, rows of the dispatched buffer: expert by expert
  kRouter,      // logits R[N,E] -> probs S[N,E], slot I[N,K], choice I[N,K], weight S[N,K], load S[B,E];
                //    dims {N, E, K, T, capacity, cp}: softmax, the K most probable; a token's place with
                //    expert e is row e * (N/T * capacity) + b * capacity + (how many of sequence b came
                //    before), -1 beyond capacity; weight: the probabilities, normalised over the K where
                //    K > 1; load: share of the sequence's choices, of 1 / (K T cp) each
  kAuxLoss,     // probs S[N,E], load S[B,E], loss S[1] (+=); dims {N, E, T, cp}; scalars {scale}:
                //    scale * E * sum_b sum_e load[b,e] * mean over T cp positions of probs (those here)
  kDispatch,    // x R[N,C], slot I[N,K] -> out R[rows,C], zero where nobody is; dims {N, K, C, rows}
  kCombine,     // y R[rows,C], slot I[N,K], weight S[N,K] -> out R[N,C]; dims {N, K, C, rows}
  kExpertGemm,  // a R[G*m, k], w R[E, n, k] (or [E, k, n] without kTransB) -> c R[G*m, n]; dims {G, E, m, n,
  //    k}: block g of m rows times the weights of expert g % E; scalars {share of the rows that is
  //    expected to hold a token}
  // -- convolutional nets: images are [B, H, W, C], rows are pixels
  kLoadImages,  // -> pixels R[B, H*W*C], labels I[B]; dims {B, H, W, C, first_sample, samples_per_step,
                //    classes}; flags as kLoadBatch
  kIm2col,      // x R[B*H*W, C] -> cols R[B*Ho*Wo, k*k*C]; dims {B, H, W, C, k, stride}; padding k/2, zeros
  kColumnSums,  // x R[N,C] -> sums S[2,C]: sum and sum of squares of each column; dims {N, C}
  kBatchNorm,  // x R[N,C], sums S[2,C], gamma R[C], beta R[C] -> y R[N,C]; dims {N, C, count}; scalars {eps}:
               //    statistics over `count` rows, those of all ranks whose sums were added
  kMeanRows,   // x R[B*P, C] -> out R[B, C]; dims {B, P, C}
  // -- backward
  kEmbeddingBackward,      // tokens I[N], dout R[N,C], dtable R[v_count, C] (always +=); dims as kEmbedding
  kPositionBackward,       // dout R[N,C] -> dtable R[T * cp, C] (= or +=, zero where no row is); dims as
                           // kAddPosition
  kLayerNormBackward,      // dy R[N,C], x R[N,C], gamma R[C], mean S[N], rstd S[N], dx R[N,C] (always +=),
                           //    dgamma R[C], dbeta R[C] (= or +=); dims {N, C}
  kRmsNormBackward,        // dy R[N,C], x R[N,C], gamma R[C], rstd S[N], dx R[N,C] (always +=), dgamma R[C]
                           //    (= or +=); dims {N, C}
  kBiasGrad,               // dout R[N,C] -> dbias R[C] (= or +=); dims {N, C}
  kGeluBackward,           // pre R[n], dout R[n] (in place): dout *= gelu'(pre); dims {n}
  kActivationBackward,     // pre R[n], dout R[n] (in place); dims {n, Activation}
  kSwigluBackward,         // gate_up R[N,2,F], dout R[N,F] -> dgate_up R[N,2,F]; dims {N, F}
  kAttentionBackward,      // dout R[N,H,D], qkv R[N,H+2G,D], out R[N,H,D], lse S[B,H,T] -> dqkv R[N,H+2G,D],
                           //    scratch; dims {B, T, H, G, D}
  kRingAttentionBackward,  // dout R[N,H,D], qkv R[N,H+2G,D], kv R[N,2G,D], out R[N,H,D], lse S[B,H,T], dqkv
                           //    R[N,H+2G,D] (its query part, = or +=), dkv R[N,2G,D] (=), scratch; dims as
                           //    kRingAttention; out and lse are those of all keys
  kCombineBackward,   // dout R[N,C], y R[rows,C], slot I[N,K], weight S[N,K] -> dy R[rows,C], dweight S[N,K];
                      //    dims {N, K, C, rows}
  kDispatchBackward,  // dxe R[rows,C], slot I[N,K] -> dx R[N,C]; dims {N, K, C, rows}
  kRouterBackward,    // probs S[N,E], slot I[N,K], choice I[N,K], dweight S[N,K], load S[B,E], (control S[4]
                      // with
                      //    kScaled) -> dlogits R[N,E]; dims {N, E, K, T, cp}; scalars {scale of the aux loss}
  kExpertWeightGrad,  // dy R[G*m, n], x R[G*m, k] -> dw R[E, n, k] (= or +=); dims and scalars as
                      //    kExpertGemm
  kCol2im,            // dcols R[B*Ho*Wo, k*k*C] -> dx R[B*H*W, C] (= or +=); dims as kIm2col
  kBatchNormSums,  // dy R[N,C], x R[N,C], sums S[2,C] -> dsums S[2,C]: sum of dy, and of dy * normalised x;
                   //    dims {N, C, count}; scalars {eps}
  kBatchNormBackward,  // dy R[N,C], x R[N,C], sums S[2,C], dsums S[2,C], gamma R[C] -> dx R[N,C]; dims {N, C,
                       //    count}; scalars {eps}
  kBatchNormGrad,      // dsums S[2,C] -> dgamma R[C], dbeta R[C] (= or +=); dims {C}
  kMeanRowsBackward,   // dout R[B,C] -> dx R[B*P,C]; dims {B, P, C}
  // -- optimizer; hyper-parameters come from Program::run
  kSquareSum,  // g R[n] -> out S[1] (= or +=): the sum of squares; dims {n}
  kControl,    // square_sum S[1], control S[4] (in place); scalars {max_norm}: {loss scale, steps since it
               // changed,
  //    steps skipped, factor}. factor: what gradients are multiplied by, 1 / loss scale, less where
  //    the norm is beyond max_norm (0: no limit); NaN where the square sum is not finite: the
  //    optimizer then leaves everything as it is. kDynamic: the loss scale is halved then, and
  //    doubled after 2000 good steps
  kAdamW,  // w R[n], g R[n], (master S[n] with kMaster), m S[n], v S[n], (control S[4] with kScaled); dims
           // {n};
           //    kDecay: decoupled weight decay; kMaster: w is the rounded master
  kSgd,    // w R[n], g R[n], (master S[n] with kMaster), (control S[4] with kScaled); dims {n}; kDecay
  // -- control
  kJoin,  // nothing; a compute op that only waits for its deps
  // -- communication: dims {n}; elements of whatever type the buffer has
  kAllReduce,      // buf[n], scratch[s] over `group`; kMax: maximum, else sum; s >= ScratchElems of
                   //    its rounds (plan/collective.h)
  kReduceScatter,  // buf[n], scratch: as kAllReduce, but only the rank's own chunk (ChunkOf) is reduced in
                   //    the end, the others hold partial sums
  kAllGather,      // buf[n] over `group`: the rank's own chunk is given, in the end all are there
  kAllToAll,  // buf[n], out[n] over `group`, n a multiple of its size: chunk i of buf goes to member i, chunk
              //    i of out comes from it; a rank's own chunk of out is left as it is
  kRotate,    // buf[n], out[n] over `group`: buf goes to the next member, out comes from the one before
  kSend,      // buf[n] to `peer`
  kRecv,      // buf[n] from `peer`
};
inline constexpr int kNumOpKinds = static_cast<int>(OpKind::kRecv) + 1;

// Dim of kActivation.
enum class Activation : int64_t { kRelu = 0, kSigmoid = 1 };

enum OpFlags : uint32_t {
  kTransA = 1u << 0,
  kTransB = 1u << 1,
  kAccumulate = 1u << 2,
  kBias = 1u << 3,
  kGelu = 1u << 4,
  kDecay = 1u << 5,
  kMax = 1u << 6,
  kInverse = 1u << 7,
  kScaled = 1u << 8,
  kMaster = 1u << 9,
  kDynamic = 1u << 10,
  kHeldOut = 1u << 11,
  kShuffle = 1u << 12,
};
inline constexpr uint32_t kAllFlags = (1u << 13) - 1;

// How a collective goes its rounds (plan/collective.h).
enum class Algorithm : uint8_t { kRing, kRecursiveDoubling, kRabenseifner, kTree };
inline constexpr int kNumAlgorithms = static_cast<int>(Algorithm::kTree) + 1;
std::string_view Name(Algorithm algorithm);  // "ring", "recursive_doubling", ...

// Streams: one for compute, one per independent channel of communication.
enum class Stream : uint8_t {
  kCompute,
  kTp,
  kDp,
  kGather,  // weights of sharded parameters
  kCp,
  kEp,
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

enum class Phase : uint8_t { kInit, kForward, kBackward, kGradReduce, kOptimizer, kEval };
inline constexpr int kNumPhases = static_cast<int>(Phase::kEval) + 1;

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
  Algorithm algorithm = Algorithm::kRing;  // of a collective
  int32_t group = -1;                      // index into Program::groups
  int32_t peer = -1;                       // global rank of a send's or receive's other end
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

// Consecutive elements of a rank's part of a tensor, and where they lie: element begin + i is view's i-th.
struct Piece {
  View view;
  int64_t begin = 0;
};

// A parameter tensor or this rank's part of it. The global tensor is [outer, mid_total, inner]; the rank's
// part is [outer, mid_begin .. mid_begin + mid_count, inner], dense. Sharding over replicas leaves a rank
// pieces of its part, which may be empty.
struct Param {
  std::string name;
  int32_t id = -1;  // the same on every rank
  int64_t outer = 1, mid_total = 1, mid_begin = 0, mid_count = 1, inner = 1;
  bool decays = false;
  Piece weights;  // kept across steps
  Piece grad;     // fully reduced when the step ends; what this rank's optimizer updates
  // Optimizer states of the elements of `grad`, as far as the optimizer has them: empty views elsewhere.
  View master, m, v;

  int64_t elems() const { return outer * mid_count * inner; }  // of the part
};

// A figure of every step, read when its last op has ended: the trace keeps it by name.
struct Metric {
  std::string name;      // "loss", "grad_norm", ...
  View view;             // S[1]
  bool partial = false;  // the ranks' figures are to be added up
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
  int32_t loss_buffer = -1;  // S[1], holds the step's loss after the last op; -1: not on this rank
  std::vector<Metric> metrics;
  int64_t tokens_per_step = 0;     // of the whole job
  v1::RunSpec run;                 // resolved: every field is set
  DType real = DType::kF32;        // the R above; f32, f64, bf16 or f16
  int64_t memory_limit_bytes = 0;  // 0: none
  std::vector<v1::Fault> faults;   // those that this rank plays: kill, hang, straggler, jitter of its node
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

// Elements (of S) of the scratch operand of the attention ops: scores of a block of queries, twice.
inline constexpr int64_t kAttentionBlock = 64;
int64_t AttentionScratchElems(int64_t seq_len);

// "forward gemm layer 3 mb 1": what a person is shown.
std::string Describe(const Op& op);

}  // namespace ringside::plan
