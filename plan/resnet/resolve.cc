#include "plan/resnet/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/status_macros.h"
#include "plan/resnet/tensors.h"

namespace ringside::plan {
namespace {

constexpr int kMaxSide = 1 << 12, kMaxLayers = 1 << 12, kMaxChannels = 1 << 14;
constexpr double kMaxBufferElems = 1e12, kMaxFlops = 9e18;

absl::Status Bad(std::string_view field, std::string_view reason) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, reason));
}

absl::Status One(std::string_view field, int value) {
  if (value == 1) return absl::OkStatus();
  return Bad(field, fmt::format("is {}, but a resnet is data parallel only; use 1", value));
}

absl::Status AtMost(std::string_view field, int value, int most) {
  if (value >= 1 && value <= most) return absl::OkStatus();
  return Bad(field, fmt::format("{} is outside of 1..{} for a resnet", value, most));
}

}  // namespace

absl::Status ResolveResnetModel(v1::ModelSpec* model) {
  if (!model->has_heads()) model->set_heads(1);
  if (model->heads() != 1) return Bad("model.heads", "a resnet has no attention; leave it out");
  if (!model->has_ffn_hidden()) model->set_ffn_hidden(std::max(1, model->hidden()));
  if (!model->has_activation()) model->set_activation(v1::ACTIVATION_RELU);
  if (model->activation() != v1::ACTIVATION_RELU && model->activation() != v1::ACTIVATION_SIGMOID) {
    return Bad("model.activation", "a resnet has relu or sigmoid");
  }
  if (!model->has_tie_embeddings()) model->set_tie_embeddings(false);
  if (model->tie_embeddings()) return Bad("model.tie_embeddings", "a resnet has no embedding");
  if (model->dropout() > 0) return Bad("model.dropout", "a resnet has none; leave it out");
  if (model->experts() > 0) return Bad("model.experts", "a resnet has none; leave it out");
  if (model->has_layers()) RINGSIDE_RETURN_IF_ERROR(AtMost("model.layers", model->layers(), kMaxLayers));
  if (model->has_hidden()) RINGSIDE_RETURN_IF_ERROR(AtMost("model.hidden", model->hidden(), kMaxChannels));
  if (model->has_seq_len()) RINGSIDE_RETURN_IF_ERROR(AtMost("model.seq_len", model->seq_len(), kMaxSide));
  return absl::OkStatus();
}

absl::Status CheckResnetPlan(const v1::ParallelPlan& plan) {
  RINGSIDE_RETURN_IF_ERROR(One("plan.tp", plan.tp()));
  RINGSIDE_RETURN_IF_ERROR(One("plan.pp", plan.pp()));
  RINGSIDE_RETURN_IF_ERROR(One("plan.cp", plan.cp()));
  RINGSIDE_RETURN_IF_ERROR(One("plan.ep", plan.ep()));
  if (plan.sequence_parallel()) return Bad("plan.sequence_parallel", "a resnet has no sequences");
  if (plan.recompute() != v1::RECOMPUTE_NONE) return Bad("plan.recompute", "a resnet has none; use none");
  if (plan.has_schedule() && plan.schedule() != v1::SCHEDULE_1F1B && plan.schedule() != v1::SCHEDULE_GPIPE) {
    return Bad("plan.schedule", "a resnet has one stage; use 1f1b or gpipe");
  }
  return absl::OkStatus();
}

absl::Status CheckResnetRun(const v1::RunSpec& run) {
  if (run.data() != v1::DATA_SYNTHETIC) return Bad("run.data", "a resnet sees synthetic images only");
  return absl::OkStatus();
}

absl::Status CheckResnetSize(const Resolved& r, double max_ops_of_rank) {
  if (OpsOfRank(r) > max_ops_of_rank) {
    return Bad("plan.micro_batches",
               fmt::format("a rank would execute about {:.2g} ops a step, more than {:.2g}", OpsOfRank(r),
                           max_ops_of_rank));
  }
  double largest = 0, macs = 0;
  const double images = r.micro_batch;
  const ResnetTensors net = ResnetTensorsOf(r);
  const auto count = [&](const ConvShape& conv) {
    if (conv.kernel == 0) return;
    const double pixels = static_cast<double>(conv.out_side()) * static_cast<double>(conv.out_side());
    const double window = static_cast<double>(conv.window()), out = static_cast<double>(conv.out);
    largest = std::max({largest, images * pixels * std::max(window, out), window * out});
    macs += pixels * window * out;
  };
  count(net.stem);
  for (const ResnetBlockShape& block : net.blocks) count(block.first), count(block.second), count(block.skip);
  largest = std::max(largest, static_cast<double>(net.head_in) * r.vocab);
  macs += static_cast<double>(net.head_in) * r.vocab;
  if (largest > kMaxBufferElems) {
    return Bad(
        "model.seq_len",
        "a convolution, or the output, has more than 1e12 elements; use smaller images or micro-batches");
  }
  if (6 * macs * static_cast<double>(r.global_batch()) > kMaxFlops) {
    return Bad("plan", "a step is more floating-point operations than this version counts (9e18)");
  }
  return absl::OkStatus();
}

int64_t ResnetParameters(const Resolved& r) {
  int64_t parameters = 0;
  for (const ModelTensor& tensor : ResnetTensorsOf(r).tensors) parameters += tensor.param.elems();
  return parameters;
}

int64_t ResnetFlopsPerStep(const Resolved& r) {
  const ResnetTensors net = ResnetTensorsOf(r);
  int64_t macs = net.head_in * r.vocab;
  for (const ResnetBlockShape& block : net.blocks) {
    macs += block.first.macs() + block.second.macs() + (block.projects() ? block.skip.macs() : 0);
  }
  return (6 * macs + 4 * net.stem.macs()) * r.global_batch();
}

}  // namespace ringside::plan
