// A small residual net (He et al. 2016) with batch normalisation (Ioffe and Szegedy 2015): its shapes and its
// parameter tensors.
//
//   stem    3x3 convolution from 3 channels to `hidden`, norm, ReLU
//   blocks  3x3 convolution, norm, ReLU, 3x3 convolution, norm, + skip, ReLU. The blocks are three groups of
//   a
//           third each; the first block of the second and of the third group halves the image (stride 2) and
//           doubles the channels, and has a 1x1 convolution of stride 2 with a norm as its skip. (With
//           model.activation sigmoid: a sigmoid in place of every ReLU.)
//   head    mean over the image, linear to `vocab` classes
//
// Images are [B, H, W, C], so that a row is a pixel; a convolution's weights are [out, k * k * in].
//
// First values: convolutions N(0, sqrt(2 / (k k in))) (He et al. 2015), the head's matrix N(0, init_std),
// gains 1, biases 0. A convolution has no bias: the norm behind it would take it out again.
#pragma once

#include <vector>

#include "plan/model_tensors.h"

namespace ringside::plan {

inline constexpr int64_t kImageChannels = 3;

// A convolution and the norm behind it. Params are indices into the list of tensors.
struct ConvShape {
  int64_t side = 0;  // height and width of what comes in
  int64_t in = 0, out = 0, kernel = 0, stride = 1;
  int w = -1, gamma = -1, beta = -1;

  int64_t out_side() const { return (side + stride - 1) / stride; }
  int64_t window() const { return kernel * kernel * in; }
  int64_t macs() const { return out_side() * out_side() * window() * out; }  // multiply-adds an image
};

struct ResnetBlockShape {
  ConvShape first, second, skip;  // skip.kernel 0: the identity
  int unit = -1;
  bool projects() const { return skip.kernel > 0; }
};

struct ResnetTensors {
  std::vector<ModelTensor> tensors;  // in the order of the flat buffers; ids are the same on every rank
  ConvShape stem;
  std::vector<ResnetBlockShape> blocks;
  int64_t head_side = 0, head_in = 0;
  int head_w = -1, head_b = -1;
  int head_unit = -1, stem_unit = -1, num_units = 0;
};

// REQUIRES: architecture resnet. Every rank has all of it.
ResnetTensors ResnetTensorsOf(const Resolved& resolved);

// The same as the list that the stores are laid out from.
StageTensors ResnetStageTensors(const Resolved& resolved);

}  // namespace ringside::plan
