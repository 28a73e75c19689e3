#include "tests/parity/naive_gpt.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ringside::parity {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

Row Norm(const Row& x, const Row& gamma, const Row& beta) {
  double mean = 0, variance = 0;
  for (double v : x) mean += v / static_cast<double>(x.size());
  for (double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  Row y(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    y[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * gamma[i] + beta[i];
  return y;
}

// w is [out, in].
Row Linear(const Row& x, const Row& w, const Row& bias) {
  Row y(bias.size());
  for (size_t o = 0; o < y.size(); ++o) {
    y[o] = bias[o];
    for (size_t i = 0; i < x.size(); ++i) y[o] += w[o * x.size() + i] * x[i];
  }
  return y;
}

double Gelu(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

Row Add(const Row& a, const Row& b) {
  Row sum(a);
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += b[i];
  return sum;
}

// Causal self-attention of one sequence; qkv rows hold q, k, v one after the other, each by heads.
Rows Attend(const Rows& qkv, int heads, int hidden) {
  const int d = hidden / heads;
  Rows out(qkv.size(), Row(hidden, 0.0));
  for (int h = 0; h < heads; ++h) {
    for (size_t i = 0; i < qkv.size(); ++i) {
      Row score(i + 1, 0.0);
      double total = 0;
      for (size_t j = 0; j <= i; ++j) {
        for (int e = 0; e < d; ++e) score[j] += qkv[i][h * d + e] * qkv[j][hidden + h * d + e];
        score[j] = std::exp(score[j] / std::sqrt(d));
        total += score[j];
      }
      for (size_t j = 0; j <= i; ++j) {
        for (int e = 0; e < d; ++e) out[i][h * d + e] += score[j] / total * qkv[j][2 * hidden + h * d + e];
      }
    }
  }
  return out;
}

}  // namespace

double NaiveGpt::Loss(const std::map<int, Tensor>& model, const std::vector<std::vector<int>>& sequences,
                      const std::vector<std::vector<int>>& targets) const {
  const auto w = [&model](int id) -> const Row& { return model.at(id).weights; };
  double loss = 0;
  for (size_t s = 0; s < sequences.size(); ++s) {
    Rows x(seq_len, Row(hidden));
    for (int t = 0; t < seq_len; ++t) {
      for (int c = 0; c < hidden; ++c) {
        x[t][c] = w(0)[static_cast<size_t>(sequences[s][t]) * hidden + c] +
                  w(1)[static_cast<size_t>(t) * hidden + c];
      }
    }
    for (int layer = 0; layer < layers; ++layer) {
      const int p = 2 + 12 * layer;
      Rows qkv;
      for (const Row& row : x) qkv.push_back(Linear(Norm(row, w(p), w(p + 1)), w(p + 2), w(p + 3)));
      const Rows attended = Attend(qkv, heads, hidden);
      for (int t = 0; t < seq_len; ++t) {
        x[t] = Add(x[t], Linear(attended[t], w(p + 4), w(p + 5)));
        Row f = Linear(Norm(x[t], w(p + 6), w(p + 7)), w(p + 8), w(p + 9));
        std::transform(f.begin(), f.end(), f.begin(), Gelu);
        x[t] = Add(x[t], Linear(f, w(p + 10), w(p + 11)));
      }
    }
    const int f = 2 + 12 * layers;
    for (int t = 0; t < seq_len; ++t) {
      const Row logits = Linear(Norm(x[t], w(f), w(f + 1)), w(0), Row(vocab, 0.0));
      double total = 0;
      for (double l : logits) total += std::exp(l);
      loss += std::log(total) - logits[targets[s][t]];
    }
  }
  return loss / static_cast<double>(sequences.size() * seq_len);
}

}  // namespace ringside::parity
