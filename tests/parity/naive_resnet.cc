#include "tests/parity/naive_resnet.h"

#include <algorithm>
#include <cmath>

namespace ringside::parity {
namespace {

// A batch of feature maps, [image][channel][y][x].
struct Maps {
  int images, channels, side;
  std::vector<double> values;

  Maps(int n, int c, int s)
      : images(n), channels(c), side(s), values(static_cast<size_t>(n) * c * s * s, 0.0) {}
  double& at(int n, int c, int y, int x) {
    return values[((static_cast<size_t>(n) * channels + c) * side + y) * side + x];
  }
  double padded(int n, int c, int y, int x) const {
    if (y < 0 || x < 0 || y >= side || x >= side) return 0.0;
    return values[((static_cast<size_t>(n) * channels + c) * side + y) * side + x];
  }
};

// w is [out][ky][kx][in].
Maps Convolve(const Maps& x, const std::vector<double>& w, int out, int k, int stride) {
  Maps y(x.images, out, (x.side + stride - 1) / stride);
  for (int n = 0; n < x.images; ++n) {
    for (int o = 0; o < out; ++o) {
      for (int py = 0; py < y.side; ++py) {
        for (int px = 0; px < y.side; ++px) {
          double sum = 0;
          for (int ky = 0; ky < k; ++ky) {
            for (int kx = 0; kx < k; ++kx) {
              for (int c = 0; c < x.channels; ++c) {
                sum += x.padded(n, c, py * stride + ky - k / 2, px * stride + kx - k / 2) *
                       w[((static_cast<size_t>(o) * k + ky) * k + kx) * x.channels + c];
              }
            }
          }
          y.at(n, o, py, px) = sum;
        }
      }
    }
  }
  return y;
}

// Every channel to mean 0 and variance 1 over images and pixels, then gain and bias.
void Normalise(const std::vector<double>& gain, const std::vector<double>& bias, Maps* x) {
  const double count = static_cast<double>(x->images) * x->side * x->side;
  for (int c = 0; c < x->channels; ++c) {
    const auto each = [&](auto visit) {
      for (int n = 0; n < x->images; ++n) {
        for (int y = 0; y < x->side; ++y) {
          for (int p = 0; p < x->side; ++p) visit(x->at(n, c, y, p));
        }
      }
    };
    double mean = 0, variance = 0;
    each([&](double& v) { mean += v / count; });
    each([&](double& v) { variance += (v - mean) * (v - mean) / count; });
    each([&](double& v) { v = (v - mean) / std::sqrt(variance + 1e-5) * gain[c] + bias[c]; });
  }
}

void Activate(bool sigmoid, Maps* x) {
  for (double& v : x->values) v = sigmoid ? 1 / (1 + std::exp(-v)) : std::max(v, 0.0);
}

}  // namespace

double NaiveResnet::Loss(const std::map<int, Tensor>& model, const std::vector<Image>& images,
                         int together) const {
  const auto w = [&model](int id) -> const std::vector<double>& { return model.at(id).weights; };
  const auto conv = [&](const Maps& x, int id, int out, int k, int stride) {
    Maps y = Convolve(x, w(id), out, k, stride);
    Normalise(w(id + 1), w(id + 2), &y);
    return y;
  };
  double loss = 0;
  for (size_t first = 0; first < images.size(); first += together) {
    Maps x(together, 3, side);
    for (int n = 0; n < together; ++n) {
      for (int y = 0; y < side; ++y) {
        for (int p = 0; p < side; ++p) {
          for (int c = 0; c < 3; ++c) x.at(n, c, y, p) = images[first + n].pixels[(y * side + p) * 3 + c];
        }
      }
    }
    x = conv(x, 0, hidden, 3, 1);
    Activate(sigmoid, &x);
    int width = hidden;
    for (int layer = 0; layer < layers; ++layer) {
      const int id = 3 + 9 * layer;
      const bool shrinks = layer > 0 && 3 * layer / layers != 3 * (layer - 1) / layers;
      if (shrinks) width *= 2;
      Maps branch = conv(x, id, width, 3, shrinks ? 2 : 1);
      Activate(sigmoid, &branch);
      branch = conv(branch, id + 3, width, 3, 1);
      const Maps skip = shrinks ? conv(x, id + 6, width, 1, 2) : x;
      for (size_t i = 0; i < branch.values.size(); ++i) branch.values[i] += skip.values[i];
      x = branch;
      Activate(sigmoid, &x);
    }
    const int head = 3 + 9 * layers;
    for (int n = 0; n < together; ++n) {
      std::vector<double> logits = w(head + 1);
      for (int c = 0; c < width; ++c) {
        double mean = 0;
        for (int y = 0; y < x.side; ++y) {
          for (int p = 0; p < x.side; ++p) mean += x.at(n, c, y, p) / (static_cast<double>(x.side) * x.side);
        }
        for (int o = 0; o < classes; ++o) logits[o] += w(head)[static_cast<size_t>(o) * width + c] * mean;
      }
      double total = 0;
      for (double l : logits) total += std::exp(l);
      loss += std::log(total) - logits[images[first + n].label];
    }
  }
  return loss / static_cast<double>(images.size());
}

}  // namespace ringside::parity
