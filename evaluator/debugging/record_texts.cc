#include "evaluator/debugging/record_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "plan/compile.h"
#include "plan/mesh.h"
#include "workers/kernels/data_source.h"
#include "workers/kernels/synthetic_images.h"

namespace ringside::evaluator {
namespace {

constexpr int64_t kSamples = 8;
constexpr int64_t kTokensShown = 12;

const plan::Op* LoadOf(const plan::Program& program) {
  for (const plan::Op& op : program.ops) {
    const bool loads = op.kind == plan::OpKind::kLoadBatch || op.kind == plan::OpKind::kLoadImages;
    if (loads && !op.Has(plan::kHeldOut)) return &op;
  }
  return nullptr;
}

bool IsImages(const plan::Op& op) {
  return op.kind == plan::OpKind::kLoadImages;
}

int64_t Wrapped(int64_t sample, const v1::RunSpec& run) {
  return run.dataset_samples() > 0 ? sample % run.dataset_samples() : sample;
}

int32_t LabelOfImage(const plan::Op& op, int64_t sample, const v1::RunSpec& run) {
  std::vector<float> pixels(static_cast<size_t>(op.dims[1] * op.dims[2] * op.dims[3]));
  int32_t label = 0;
  kernels::FillImage(pixels.data(), &label, op.dims[1], op.dims[2], op.dims[3], op.dims[6],
                     Wrapped(sample, run), run.seed());
  return label;
}

struct Tokens {
  std::vector<int32_t> tokens, targets;
};

Tokens TokensOf(const plan::Op& op, int64_t sample, const v1::RunSpec& run) {
  const int64_t length = op.dims[1] * op.dims[5];
  Tokens row{std::vector<int32_t>(static_cast<size_t>(length)),
             std::vector<int32_t>(static_cast<size_t>(length))};
  kernels::MakeSyntheticData(run)->Tokens(sample, length, op.dims[4], row.tokens.data(), row.targets.data());
  return row;
}

std::string Some(const std::vector<int32_t>& values) {
  const auto count = std::min<size_t>(kTokensShown, values.size());
  return fmt::format("{} ...",
                     fmt::join(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count), " "));
}

// What the model is given with sample `sample` of the first step.
int64_t TargetOf(const plan::Op& op, int64_t sample) {
  return op.Has(plan::kShuffle) ? sample + 1 : sample;
}

std::string ImageLabels(const plan::Op& op, const v1::RunSpec& run) {
  std::string text = "image   label given   what a person sees in it\n";
  for (int64_t sample = 0; sample < kSamples; ++sample) {
    text += fmt::format("{:<7} class {:<7} class {}\n", sample, LabelOfImage(op, TargetOf(op, sample), run),
                        LabelOfImage(op, sample, run));
  }
  return text;
}

std::string TokenLabels(const plan::Op& op, const v1::RunSpec& run) {
  const Tokens row = TokensOf(op, 0, run), targets = TokensOf(op, TargetOf(op, 0), run);
  int64_t shifted = 0;
  for (size_t i = 0; i + 1 < row.tokens.size(); ++i)
    shifted += targets.targets[i] == row.tokens[i + 1] ? 1 : 0;
  return fmt::format("tokens   {}\ntargets  {}\n{} of {} targets are the token that comes next\n",
                     Some(row.tokens), Some(targets.targets), shifted, row.tokens.size() - 1);
}

std::string Samples(const plan::Op& op, const v1::RunSpec& run) {
  std::string text =
      run.dataset_samples() > 0
          ? fmt::format("the data set has {} samples; they begin again after that\n", run.dataset_samples())
          : "new samples at every step\n";
  if (IsImages(op)) {
    std::vector<float> pixels(static_cast<size_t>(op.dims[1] * op.dims[2] * op.dims[3]));
    for (int64_t sample = 0; sample < 4; ++sample) {
      int32_t label = 0;
      kernels::FillImage(pixels.data(), &label, op.dims[1], op.dims[2], op.dims[3], op.dims[6], sample,
                         run.seed());
      double sum = 0, squares = 0;
      for (const float pixel : pixels) sum += pixel, squares += double{pixel} * pixel;
      const double mean = sum / static_cast<double>(pixels.size());
      text +=
          fmt::format("image {}: {} x {} x {}, mean {:.2f}, mean square {:.2f}, no value missing\n", sample,
                      op.dims[1], op.dims[2], op.dims[3], mean, squares / static_cast<double>(pixels.size()));
    }
    return text;
  }
  for (int64_t sample = 0; sample < 4; ++sample) {
    text += fmt::format("sample {}: {}\n", sample, Some(TokensOf(op, sample, run).tokens));
  }
  return text;
}

std::string ByRank(const std::vector<plan::Program>& programs, const v1::RunSpec& run) {
  std::string text = "samples of the first step\n";
  for (size_t rank = 0; rank < programs.size(); ++rank) {
    std::vector<int64_t> samples;
    for (const plan::Op& op : programs[rank].ops) {
      const bool images = op.kind == plan::OpKind::kLoadImages;
      if ((!images && op.kind != plan::OpKind::kLoadBatch) || op.Has(plan::kHeldOut)) continue;
      for (int64_t b = 0; b < op.dims[0]; ++b)
        samples.push_back(Wrapped((images ? op.dims[4] : op.dims[2]) + b, run));
    }
    text += fmt::format(
        "rank {}: {}\n", rank,
        samples.empty() ? "none (it gets activations)" : fmt::format("{}", fmt::join(samples, " ")));
  }
  return text;
}

std::string Places(const v1::Scenario& scenario) {
  const auto resolved = plan::Resolve(scenario);
  RINGSIDE_CHECK(resolved.ok());  // its programs were compiled
  std::string text;
  for (int rank = 0; rank < resolved->world_size(); ++rank) {
    const plan::Coordinates at = plan::CoordinatesOf(*resolved, rank);
    text += fmt::format("rank {}: node {}, replica {}, tensor-parallel {}, stage {}\n", rank,
                        plan::NodeOf(*resolved, rank), at.dp, at.tp, at.pp);
  }
  return text;
}

}  // namespace

std::vector<v1::RecordedText> RecordTexts(const v1::Scenario& scenario,
                                          const std::vector<plan::Program>& programs, std::string_view id) {
  std::vector<v1::RecordedText> texts;
  const auto add = [&](std::string_view evidence, std::string text) {
    v1::RecordedText recorded;
    recorded.set_id(std::string(evidence));
    recorded.set_run(std::string(id));
    recorded.set_text(std::move(text));
    texts.push_back(std::move(recorded));
  };
  RINGSIDE_CHECK(!programs.empty());
  const v1::RunSpec& run = programs.front().run;
  if (const plan::Op* load = LoadOf(programs.front()); load != nullptr) {
    add("data-samples", Samples(*load, run));
    add("labels", IsImages(*load) ? ImageLabels(*load, run) : TokenLabels(*load, run));
  }
  add("rank-data", ByRank(programs, run));
  add("placement", Places(scenario));
  return texts;
}

}  // namespace ringside::evaluator
