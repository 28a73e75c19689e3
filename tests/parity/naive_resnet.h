// The residual net written down a second time, in plain double loops over images, channels and pixels,
// without windows, programs or kernels: the independent witness of what the compiled programs compute.
// Forward only; gradients come from it by finite differences.
#pragma once

#include <map>
#include <vector>

#include "tests/parity/gather.h"

namespace ringside::parity {

struct Image {
  std::vector<double> pixels;  // [side, side, 3]
  int label = 0;
};

struct NaiveResnet {
  int layers, hidden, classes, side;
  bool sigmoid = false;  // instead of ReLU

  // Mean cross-entropy of `images`. Statistics of the norms are those of each run of `normalised_together`
  // images by itself. `model`: weights by parameter id: the stem's convolution, gain and bias 0..2, nine a
  // block from 3 (of the first and second convolution and of the skip), then the head's matrix and bias.
  double Loss(const std::map<int, Tensor>& model, const std::vector<Image>& images,
              int normalised_together) const;
};

}  // namespace ringside::parity
