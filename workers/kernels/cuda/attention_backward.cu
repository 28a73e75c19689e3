// With P = exp(scale q k - lse) and O = P V: dV = P^T dO, dP = dO V^T, dS = scale P (dP - rowsum(dO * O)),
// dQ = dS K, dK = dS^T Q. Two kernels that compute P anew: one owns queries, one owns keys, so that every sum
// has one owner and no atomics are needed.
#include "workers/kernels/cuda/attention.cuh"

namespace ringside::kernels::cuda {
namespace {

constexpr int kRowsOfBlock = 32;

template <class E>
struct BackwardArgs {
  const E *dout, *q, *k, *out;
  const Stat<E>* lse;
  E *dq, *dk;
  AttentionShape s;
  bool accumulate;
};

// grid: (blocks of queries, batch * h)
template <int W, class E>
__global__ __launch_bounds__(kRowsOfBlock* kQuad) void QueryGradientKernel(BackwardArgs<E> a) {
  using S = Stat<E>;
  constexpr int kShare = W / kQuad, kRows = kTileRows<S>;
  __shared__ S keys[kRows][W], values[kRows][W];
  const AttentionShape& s = a.s;
  const int lane = threadIdx.x % kQuad;
  const int64_t b = blockIdx.y / s.h, head = blockIdx.y % s.h, kv_head = head / (s.h / s.g);
  const int64_t block_first = int64_t{blockIdx.x} * kRowsOfBlock, i = block_first + threadIdx.x / kQuad;
  const bool is_query = i < s.t;
  const int64_t position = is_query ? PositionOfQuery(s, i) : -1;
  const int64_t last = block_first + kRowsOfBlock < s.t ? block_first + kRowsOfBlock - 1 : s.t - 1;
  const int64_t last_position = PositionOfQuery(s, last);
  const int64_t q_at = (b * s.t + i) * (s.h + 2 * s.g) * s.d + head * s.d;
  const int64_t out_at = ((b * s.t + i) * s.h + head) * s.d;
  const E* k_head = a.k + b * s.t * s.kv_row + kv_head * s.d;

  S query[kShare], d_out[kShare], gradient[kShare], dot_out = 0;
  LoadShare<kShare>(is_query ? a.out + out_at : nullptr, s.d, lane, query);
  LoadShare<kShare>(is_query ? a.dout + out_at : nullptr, s.d, lane, d_out);
#pragma unroll
  for (int r = 0; r < kShare; ++r) dot_out += query[r] * d_out[r], gradient[r] = 0;
  dot_out = QuadSum(dot_out);
  LoadShare<kShare>(is_query ? a.q + q_at : nullptr, s.d, lane, query);
  const S scale = S(1) / sqrt(static_cast<S>(s.d));
  const S lse = is_query ? a.lse[(b * s.h + head) * s.t + i] : S(0);

  for (int64_t first = 0; first < s.t && PositionOfKey(s, first) <= last_position; first += kRows) {
    __syncthreads();
    LoadTile<W>(k_head, s.kv_row, first, s.t, s.d, keys);
    LoadTile<W>(k_head + s.g * s.d, s.kv_row, first, s.t, s.d, values);
    __syncthreads();
    for (int j = 0; j < kRows; ++j) {
      const S score = scale * DotShare<kShare>(query, keys[j], lane);
      const S d_prob = DotShare<kShare>(d_out, values[j], lane);
      if (first + j >= s.t || PositionOfKey(s, first + j) > position) continue;
      AddShare<kShare>(scale * exp(score - lse) * (d_prob - dot_out), keys[j], lane, gradient);
    }
  }
  if (!is_query) return;
#pragma unroll
  for (int r = 0; r < kShare; ++r) {
    const int x = ElementOf(r, lane);
    if (x >= s.d) continue;
    E& into = a.dq[q_at + x];
    into = Round<E>(a.accumulate ? Load(into) + gradient[r] : gradient[r]);
  }
}

// grid: (blocks of keys, batch * g). All query heads of the key's group, one after the other.
template <int W, class E>
__global__ __launch_bounds__(kRowsOfBlock* kQuad) void KeyGradientKernel(BackwardArgs<E> a) {
  using S = Stat<E>;
  constexpr int kShare = W / kQuad, kRows = kTileRows<S>;
  __shared__ S queries[kRows][W], d_outs[kRows][W], dots[kRows], lses[kRows];
  const AttentionShape& s = a.s;
  const int lane = threadIdx.x % kQuad;
  const int64_t b = blockIdx.y / s.g, kv_head = blockIdx.y % s.g, group = s.h / s.g;
  const int64_t q_row = (s.h + 2 * s.g) * s.d, out_row = s.h * s.d;
  const int64_t block_first = int64_t{blockIdx.x} * kRowsOfBlock, j = block_first + threadIdx.x / kQuad;
  const bool is_key = j < s.t;
  const int64_t position = is_key ? PositionOfKey(s, j) : INT64_MAX;  // nobody sees it
  const int64_t first_position = PositionOfKey(s, block_first);
  const int64_t k_at = (b * s.t + j) * s.kv_row + kv_head * s.d;
  const S scale = S(1) / sqrt(static_cast<S>(s.d));

  S key[kShare], value[kShare], d_key[kShare], d_value[kShare];
  LoadShare<kShare>(is_key ? a.k + k_at : nullptr, s.d, lane, key);
  LoadShare<kShare>(is_key ? a.k + k_at + s.g * s.d : nullptr, s.d, lane, value);
#pragma unroll
  for (int r = 0; r < kShare; ++r) d_key[r] = 0, d_value[r] = 0;

  for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
    const E* q_head = a.q + b * s.t * q_row + head * s.d;
    const E* d_out_head = a.dout + b * s.t * out_row + head * s.d;
    const E* out_head = a.out + b * s.t * out_row + head * s.d;
    for (int64_t first = 0; first < s.t; first += kRows) {
      const int64_t last = first + kRows < s.t ? first + kRows - 1 : s.t - 1;
      if (PositionOfQuery(s, last) < first_position) continue;  // see none of this block's keys
      __syncthreads();
      LoadTile<W>(q_head, q_row, first, s.t, s.d, queries);
      LoadTile<W>(d_out_head, out_row, first, s.t, s.d, d_outs);
      __syncthreads();
      // rowsum(dO * O) of the tile's queries: a warp to a row.
      for (int row = threadIdx.x / 32; row < kRows; row += blockDim.x / 32) {
        const int64_t i = first + row;
        S dot = 0;
        if (i < s.t) {
          for (int64_t x = threadIdx.x % 32; x < s.d; x += 32) {
            dot += d_outs[row][x] * Load(out_head[i * out_row + x]);
          }
        }
        dot = WarpSum(dot);
        if (threadIdx.x % 32 == 0) {
          dots[row] = dot;
          lses[row] = i < s.t ? a.lse[(b * s.h + head) * s.t + i] : S(0);
        }
      }
      __syncthreads();
      for (int row = 0; row < kRows; ++row) {
        const S score = scale * DotShare<kShare>(key, queries[row], lane);
        const S d_prob = DotShare<kShare>(value, d_outs[row], lane);
        if (first + row >= s.t || PositionOfQuery(s, first + row) < position) continue;
        const S prob = exp(score - lses[row]);
        AddShare<kShare>(scale * prob * (d_prob - dots[row]), queries[row], lane, d_key);
        AddShare<kShare>(prob, d_outs[row], lane, d_value);
      }
    }
  }
  if (!is_key) return;
#pragma unroll
  for (int r = 0; r < kShare; ++r) {
    const int x = ElementOf(r, lane);
    if (x >= s.d) continue;
    a.dk[k_at + x] = Round<E>(d_key[r]);
    a.dk[k_at + s.g * s.d + x] = Round<E>(d_value[r]);
  }
}

}  // namespace

template <class E>
void Attention<E>::Backward(const Launch& l, const E* dout, const E* q, const E* k, const E* out,
                            const S* lse, E* dq, E* dk, const AttentionShape& shape, bool accumulate) {
  const BackwardArgs<E> args{dout, q, k, out, lse, dq, dk, shape, accumulate};
  const auto blocks = static_cast<unsigned>((shape.t + kRowsOfBlock - 1) / kRowsOfBlock);
  const dim3 query_grid(blocks, static_cast<unsigned>(shape.batch * shape.h));
  const dim3 key_grid(blocks, static_cast<unsigned>(shape.batch * shape.g));
  WithWidth(shape.d, [&](auto width) {
    constexpr int W = decltype(width)::value;
    Start(l, QueryGradientKernel<W, E>, query_grid, kRowsOfBlock * kQuad, args);
    Start(l, KeyGradientKernel<W, E>, key_grid, kRowsOfBlock * kQuad, args);
  });
}

#define RINGSIDE_ATTENTION_BACKWARD(E)                                                                      \
  template void Attention<E>::Backward(const Launch&, const E*, const E*, const E*, const E*, const S*, E*, \
                                       E*, const AttentionShape&, bool)
RINGSIDE_ATTENTION_BACKWARD(float);
RINGSIDE_ATTENTION_BACKWARD(double);
RINGSIDE_ATTENTION_BACKWARD(__nv_bfloat16);
RINGSIDE_ATTENTION_BACKWARD(__half);
#undef RINGSIDE_ATTENTION_BACKWARD

}  // namespace ringside::kernels::cuda
