#include "tests/parity/gather.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/status_macros.h"

namespace ringside::parity {
namespace {

// Writes one rank's piece into the global tensor; NaN marks what is not there yet.
absl::Status Scatter(const plan::Param& p, const plan::Piece& piece, const std::vector<double>& values,
                     int rank, std::vector<double>* global) {
  if (static_cast<int64_t>(values.size()) != piece.view.elems) {
    return absl::InternalError(fmt::format("rank {} left {} values of {}", rank, values.size(), p.name));
  }
  global->resize(p.outer * p.mid_total * p.inner, std::numeric_limits<double>::quiet_NaN());
  for (int64_t at = 0; at < piece.view.elems; ++at) {
    const int64_t e = piece.begin + at;
    const int64_t o = e / (p.mid_count * p.inner), m = p.mid_begin + e / p.inner % p.mid_count,
                  i = e % p.inner;
    double& to = (*global)[(o * p.mid_total + m) * p.inner + i];
    if (!std::isnan(to) && to != values[at]) {
      return absl::InternalError(
          fmt::format("{}[{},{},{}]: rank {} has {}, another {}", p.name, o, m, i, rank, values[at], to));
    }
    to = values[at];
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
      RINGSIDE_RETURN_IF_ERROR(
          Scatter(param, param.weights, found->second.first, rank.rank(), &tensor.weights));
      RINGSIDE_RETURN_IF_ERROR(Scatter(param, param.grad, found->second.second, rank.rank(), &tensor.grads));
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
