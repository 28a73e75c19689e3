#include "plan/resnet/tensors.h"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>

namespace ringside::plan {
namespace {

using Init = ModelTensor::Init;

constexpr int kGroups = 3;
constexpr int kConvSlots = 3;                // ids of a convolution: weights, gain, bias
constexpr int kBlockSlots = 3 * kConvSlots;  // a skip's are left out where it is the identity

int Add(std::string name, int id, int unit, int64_t rows, int64_t inner, Init init, double stddev,
        ResnetTensors* net) {
  ModelTensor tensor;
  tensor.param.name = std::move(name), tensor.param.id = id;
  tensor.param.mid_total = tensor.param.mid_count = rows, tensor.param.inner = inner;
  tensor.param.decays = inner > 1;
  tensor.init = init, tensor.stddev = stddev, tensor.unit = unit;
  net->tensors.push_back(std::move(tensor));
  return static_cast<int>(net->tensors.size()) - 1;
}

// The norm first: its gradients are finished before the convolution's.
void Place(const std::string& conv_name, const std::string& norm_name, int id, int unit, ConvShape* conv,
           ResnetTensors* net) {
  conv->gamma = Add(norm_name + ".weight", id + 1, unit, conv->out, 1, Init::kOne, 0, net);
  conv->beta = Add(norm_name + ".bias", id + 2, unit, conv->out, 1, Init::kZero, 0, net);
  conv->w = Add(conv_name + ".weight", id, unit, conv->out, conv->window(), Init::kNormal,
                std::sqrt(2.0 / static_cast<double>(conv->window())), net);
}

ResnetBlockShape BlockShape(const Resolved& r, int layer, int64_t side, int64_t in) {
  const auto group = [&r](int l) { return kGroups * l / r.layers; };
  const bool shrinks = layer > 0 && group(layer) != group(layer - 1);
  const int64_t out = shrinks ? 2 * in : in, stride = shrinks ? 2 : 1;
  ResnetBlockShape block;
  block.first = {side, in, out, 3, stride};
  block.second = {block.first.out_side(), out, out, 3, 1};
  if (shrinks) block.skip = {side, in, out, 1, stride};
  return block;
}

void PlaceBlock(int layer, int unit, ResnetBlockShape* block, ResnetTensors* net) {
  const std::string name = fmt::format("layers.{}.", layer);
  const int id = kConvSlots + kBlockSlots * layer;
  block->unit = unit;
  Place(name + "conv2", name + "bn2", id + kConvSlots, unit, &block->second, net);
  Place(name + "conv1", name + "bn1", id, unit, &block->first, net);
  if (block->projects()) {
    Place(name + "downsample.0", name + "downsample.1", id + 2 * kConvSlots, unit, &block->skip, net);
  }
}

}  // namespace

ResnetTensors ResnetTensorsOf(const Resolved& r) {
  ResnetTensors net;
  net.stem = {r.seq_len, kImageChannels, r.hidden, 3, 1};
  int64_t side = r.seq_len, channels = r.hidden;
  for (int layer = 0; layer < r.layers; ++layer) {
    net.blocks.push_back(BlockShape(r, layer, side, channels));
    side = net.blocks.back().second.out_side(), channels = net.blocks.back().second.out;
  }
  net.head_side = side, net.head_in = channels;
  // In the order in which a backward pass finishes them.
  const int after_blocks = kConvSlots + kBlockSlots * r.layers;
  net.head_unit = net.num_units++;
  net.head_b = Add("fc.bias", after_blocks + 1, net.head_unit, r.vocab, 1, Init::kZero, 0, &net);
  net.head_w = Add("fc.weight", after_blocks, net.head_unit, r.vocab, channels, Init::kNormal,
                   r.scenario.model().init_std(), &net);
  for (int layer = r.layers - 1; layer >= 0; --layer) {
    PlaceBlock(layer, net.num_units++, &net.blocks[layer], &net);
  }
  net.stem_unit = net.num_units++;
  Place("conv1", "bn1", 0, net.stem_unit, &net.stem, &net);
  return net;
}

StageTensors ResnetStageTensors(const Resolved& r) {
  ResnetTensors net = ResnetTensorsOf(r);
  StageTensors stage;
  stage.tensors = std::move(net.tensors);
  for (const ResnetBlockShape& block : net.blocks) {
    stage.blocks.emplace_back();
    stage.blocks.back().unit = block.unit;
  }
  stage.num_units = net.num_units;
  return stage;
}

}  // namespace ringside::plan
