#include "workers/kernels/cuda/attention.cuh"

namespace ringside::kernels::cuda {
namespace {

constexpr int kQueries = 64;  // of a block

// grid: (blocks of queries, batch * h). One quad to a query; online softmax (Milakov and Gimelshein 2018).
template <int W, class E>
__global__ __launch_bounds__(kQueries* kQuad) void ForwardKernel(const E* q, const E* k, E* out, Stat<E>* lse,
                                                                 AttentionShape s, bool accumulate) {
  using S = Stat<E>;
  constexpr int kShare = W / kQuad, kRows = kTileRows<S>;
  __shared__ S keys[kRows][W], values[kRows][W];
  const int lane = threadIdx.x % kQuad;
  const int64_t b = blockIdx.y / s.h, head = blockIdx.y % s.h, kv_head = head / (s.h / s.g);
  const int64_t q_row = (s.h + 2 * s.g) * s.d;
  const int64_t block_first = int64_t{blockIdx.x} * kQueries, i = block_first + threadIdx.x / kQuad;
  const bool is_query = i < s.t;
  const int64_t position = is_query ? PositionOfQuery(s, i) : -1;  // -1 sees nothing
  // Positions grow with the index on either side: what the last query does not see, none does.
  const int64_t last = block_first + kQueries < s.t ? block_first + kQueries - 1 : s.t - 1;
  const int64_t last_position = PositionOfQuery(s, last);
  const E* k_head = k + b * s.t * s.kv_row + kv_head * s.d;

  S query[kShare], sum_v[kShare], max = -INFINITY, sum = 0;
  LoadShare<kShare>(is_query ? q + (b * s.t + i) * q_row + head * s.d : nullptr, s.d, lane, query);
  const S scale = S(1) / sqrt(static_cast<S>(s.d));
#pragma unroll
  for (int r = 0; r < kShare; ++r) query[r] *= scale, sum_v[r] = 0;

  for (int64_t first = 0; first < s.t && PositionOfKey(s, first) <= last_position; first += kRows) {
    __syncthreads();
    LoadTile<W>(k_head, s.kv_row, first, s.t, s.d, keys);
    LoadTile<W>(k_head + s.g * s.d, s.kv_row, first, s.t, s.d, values);
    __syncthreads();
    for (int j = 0; j < kRows; ++j) {
      const S score = DotShare<kShare>(query, keys[j], lane);  // all lanes: it shuffles
      if (first + j >= s.t || PositionOfKey(s, first + j) > position) continue;
      if (score > max) {
        const S shrink = exp(max - score);
        sum *= shrink;
#pragma unroll
        for (int r = 0; r < kShare; ++r) sum_v[r] *= shrink;
        max = score;
      }
      // A NaN score has not raised the maximum, which may still be -inf: the NaN stays.
      const S p = exp(score - max);
      sum += p;
      AddShare<kShare>(p, values[j], lane, sum_v);
    }
  }
  if (!is_query) return;
  E* out_i = out + ((b * s.t + i) * s.h + head) * s.d;
  S& lse_i = lse[(b * s.h + head) * s.t + i];
  const S before = accumulate ? lse_i : -INFINITY;
  if (sum == 0) {  // sees none of these keys
    if (accumulate) return;
    for (int r = 0; r < kShare; ++r) {
      if (ElementOf(r, lane) < s.d) out_i[ElementOf(r, lane)] = Round<E>(0);
    }
    if (lane == 0) lse_i = -INFINITY;
    return;
  }
  S row_lse = max + log(sum), weight_before = 0, weight = S(1) / sum;
  if (before > -INFINITY) {
    const S larger = before > row_lse ? before : row_lse, smaller = before > row_lse ? row_lse : before;
    const S merged = larger + log1p(exp(smaller - larger));
    weight_before = exp(before - merged);
    weight *= exp(row_lse - merged);
    row_lse = merged;
  }
#pragma unroll
  for (int r = 0; r < kShare; ++r) {
    const int x = ElementOf(r, lane);
    if (x >= s.d) continue;
    const S held = weight_before > 0 ? weight_before * Load(out_i[x]) : S(0);
    out_i[x] = Round<E>(held + weight * sum_v[r]);
  }
  // Every lane of the quad has read `before` by now: they are of one warp, and converge here.
  __syncwarp(0xfu << (threadIdx.x % 32 / kQuad * kQuad));
  if (lane == 0) lse_i = row_lse;
}

}  // namespace

template <class E>
void Attention<E>::Forward(const Launch& l, const E* q, const E* k, E* out, S* lse,
                           const AttentionShape& shape, bool accumulate) {
  const dim3 grid(static_cast<unsigned>((shape.t + kQueries - 1) / kQueries),
                  static_cast<unsigned>(shape.batch * shape.h));
  WithWidth(shape.d, [&](auto width) {
    Start(l, ForwardKernel<decltype(width)::value, E>, grid, kQueries * kQuad, q, k, out, lse, shape,
          accumulate);
  });
}

#define RINGSIDE_ATTENTION_FORWARD(E) \
  template void Attention<E>::Forward(const Launch&, const E*, const E*, E*, S*, const AttentionShape&, bool)
RINGSIDE_ATTENTION_FORWARD(float);
RINGSIDE_ATTENTION_FORWARD(double);
RINGSIDE_ATTENTION_FORWARD(__nv_bfloat16);
RINGSIDE_ATTENTION_FORWARD(__half);
#undef RINGSIDE_ATTENTION_FORWARD

}  // namespace ringside::kernels::cuda
