#include "tests/parity/gather.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/status_macros.h"
#include "plan/collective.h"

namespace ringside::parity {
namespace {

// Writes one rank's part into the global tensor, as far as it is in `known` (elements of the part); NaN marks
// what is not there yet.
absl::Status Scatter(const plan::Param& p, const std::vector<double>& part, plan::Chunk known, int rank,
                     std::vector<double>* global) {
  if (static_cast<int64_t>(part.size()) != p.outer * p.mid_count * p.inner) {
    return absl::InternalError(fmt::format("rank {} left {} values of {}", rank, part.size(), p.name));
  }
  global->resize(p.outer * p.mid_total * p.inner, std::numeric_limits<double>::quiet_NaN());
  for (int64_t o = 0, from = 0; o < p.outer; ++o) {
    for (int64_t m = p.mid_begin; m < p.mid_begin + p.mid_count; ++m) {
      for (int64_t i = 0; i < p.inner; ++i, ++from) {
        if (from < known.offset || from >= known.offset + known.count) continue;
        double& to = (*global)[(o * p.mid_total + m) * p.inner + i];
        const double value = part[from];
        if (!std::isnan(to) && to != value) {
          return absl::InternalError(
              fmt::format("{}[{},{},{}]: rank {} has {}, another {}", p.name, o, m, i, rank, value, to));
        }
        to = value;
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::map<int, Tensor>> GatherModel(const std::vector<plan::Program>& programs,
                                                  const v1::Trace& trace) {
  std::map<int, Tensor> model;
  for (const v1::RankTrace& rank : trace.ranks()) {
    const plan::Program& program = programs[rank.rank()];
    // A long tensor may come in several parts.
    std::map<int, std::pair<std::vector<double>, std::vector<double>>> values;
    for (const v1::ParamValues& v : rank.params()) {
      auto& [weights, grads] = values[v.param()];
      weights.insert(weights.end(), v.weights().begin(), v.weights().end());
      grads.insert(grads.end(), v.grads().begin(), v.grads().end());
    }
    for (const plan::Param& param : program.params) {
      const auto found = values.find(param.id);
      if (found == values.end()) {
        return absl::InternalError(fmt::format("rank {} left no values of {}", rank.rank(), param.name));
      }
      Tensor& tensor = model[param.id];
      tensor.name = param.name;
      const plan::Chunk all = {0, param.view.elems};
      const plan::Chunk owned = {param.owned_grad.offset - param.grad.offset, param.owned_grad.elems};
      RINGSIDE_RETURN_IF_ERROR(Scatter(param, found->second.first, all, rank.rank(), &tensor.weights));
      RINGSIDE_RETURN_IF_ERROR(Scatter(param, found->second.second, owned, rank.rank(), &tensor.grads));
    }
  }
  for (const auto& [id, tensor] : model) {
    for (const auto* values : {&tensor.weights, &tensor.grads}) {
      for (double v : *values) {
        if (std::isnan(v))
          return absl::InternalError(fmt::format("{}: an element is missing or NaN", tensor.name));
      }
    }
  }
  return model;
}

double RelativeDistance(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double distance = 0, scale = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    distance = std::max(distance, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return distance == 0 ? 0 : distance / scale;
}

absl::StatusOr<std::vector<double>> LossesOf(const v1::Trace& trace) {
  std::vector<double> losses;
  for (const v1::RankTrace& rank : trace.ranks()) {
    std::vector<double> mine;
    for (const v1::StepMark& step : rank.steps()) {
      if (step.has_loss()) mine.push_back(step.loss());
    }
    if (mine.empty()) continue;
    if (!losses.empty() && mine != losses) {
      return absl::InternalError(
          fmt::format("rank {} reports other losses than the ranks before it", rank.rank()));
    }
    losses = mine;
  }
  if (losses.empty()) return absl::InternalError("no rank reports a loss");
  return losses;
}

}  // namespace ringside::parity
