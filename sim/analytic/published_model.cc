#include "sim/analytic/published_model.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <regex>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace ringside::sim::analytic {
namespace {

using absl::StrContains;

// The first number that `pattern` captures in `text`; 0: none.
double Find(const std::string& text, const char* pattern) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(pattern))) return 0;
  return std::strtod(match[1].str().c_str(), nullptr);
}

// Families whose MLPs are gated (SwiGLU, GeGLU).
bool IsGatedFamily(const std::string& name) {
  for (const char* family :
       {"llama", "mistral", "mixtral", "qwen", "gemma", "deepseek", "yi-", "internlm", "baichuan"})
    if (StrContains(name, family)) return true;
  return false;
}

// What name and note say holds; the rest is what comes nearest to the parameter count.
void NearestVariant(double parameters, const std::string& name, const std::string& note, ModelShape* model) {
  const bool says_untied = StrContains(note, "untied");
  const bool says_tied = !says_untied && StrContains(note, "tied");
  double best = 1e300;
  ModelShape nearest = *model;
  for (const bool gated : {false, true}) {
    if (!gated && IsGatedFamily(name)) continue;
    for (const bool tied : {true, false}) {
      if ((tied && says_untied) || (!tied && says_tied)) continue;
      ModelShape variant = *model;
      variant.gated = gated;
      variant.tied = tied;
      const double off = std::abs(ModelParameters(variant) / parameters - 1);
      if (off < best) best = off, nearest = variant;
    }
  }
  *model = nearest;
}

absl::Status AddExperts(const std::string& note, ModelShape* model) {
  model->experts = Find(note, R"((\d+) experts top-\d+)");
  model->experts_per_token = Find(note, R"(\d+ experts top-(\d+))");
  model->expert_ffn = Find(note, R"(expert_ffn (\d+))");
  if (!(model->experts > 0) || !(model->experts_per_token > 0) || !(model->expert_ffn > 0))
    return absl::UnimplementedError("model_name: the note does not say experts, top-k and expert_ffn");
  model->shared_ffn = Find(note, R"(shared expert\((\d+)\))");
  model->dense_layers = static_cast<int>(Find(note, R"(first (\d+) layers? dense)"));
  const double dense = Find(note, R"(dense\(ffn (\d+)\))");
  if (dense > 0) model->ffn = dense;
  if (StrContains(note, "MTP") && !StrContains(note, "ithout MTP") && !StrContains(note, "w/o MTP"))
    model->extra_predictions = 1;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelShape> ModelOfRun(const CsvRow& row) {
  ModelShape model;
  const std::string& note = row.Text("source_note");
  const std::string name = absl::AsciiStrToLower(row.Text("model_name"));
  if (StrContains(name, "mamba") || StrContains(name, "hybrid") || StrContains(note, "HYBRID"))
    return absl::UnimplementedError("model_name: state-space layers cannot be expressed");
  double layers = 0, parameters = 0;
  const struct {
    const char* column;
    double* out;
  } kCells[] = {{"layers", &layers},           {"hidden", &model.hidden},  {"heads", &model.heads},
                {"kv_heads", &model.kv_heads}, {"ffn_hidden", &model.ffn}, {"vocab", &model.vocab},
                {"params_b", &parameters}};
  for (const auto& [column, out] : kCells) {
    const std::string& text = row.Text(column);
    char* end = nullptr;
    *out = std::strtod(text.c_str(), &end);
    if (*end != '\0' || !std::isfinite(*out) || *out < 0)
      return absl::InvalidArgumentError(fmt::format("{}: \"{}\" is no number", column, text));
  }
  if (layers < 1 || model.hidden < 1 || model.heads < 1)
    return absl::UnimplementedError("model_name: layers, hidden and heads are not given");
  model.layers = static_cast<int>(layers);
  if (model.kv_heads < 1) model.kv_heads = model.heads;
  if (model.ffn < 1) model.ffn = 4 * model.hidden;
  if (model.vocab < 1) model.vocab = 50304;
  model.head_dim = Find(note, R"(head_dim (\d+))");
  if (!(model.head_dim > 0)) model.head_dim = model.hidden / model.heads;
  model.window = Find(note, R"(sliding window (\d+))");
  if (StrContains(note, "MLA")) {
    const double q = Find(note, R"(q_lora (\d+))"), kv = Find(note, R"(kv_lora (\d+))");
    model.latent = {q > 0 ? q : 1536, kv > 0 ? kv : 512, 128, 64, 128};
  }
  if (StrContains(note, "learned pos") || StrContains(name, "gpt")) {
    model.learned_positions = std::strtod(row.Text("seq_len").c_str(), nullptr);
    if (StrContains(name, "oss")) model.learned_positions = 0;
  }
  if (StrContains(name, "moe") || StrContains(note, "MoE")) {
    if (absl::Status added = AddExperts(note, &model); !added.ok()) return added;
  } else if (parameters > 0) {
    NearestVariant(parameters * 1e9, name, note, &model);
  }
  return model;
}

}  // namespace ringside::sim::analytic
