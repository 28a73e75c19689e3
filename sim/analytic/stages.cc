#include "sim/analytic/stages.h"

#include <algorithm>
#include <cmath>

namespace ringside::sim::analytic {

Stages CutStages(const Problem& problem) {
  const double layers = problem.model.layers + problem.model.extra_predictions, stages = problem.plan.pp;
  if (stages == 1) return {layers, layers, layers};
  const double parts = stages * problem.plan.chunks;
  const auto divides = [&](double n) { return std::fmod(n, parts) == 0; };
  if (problem.stack->balanced_ends()) {
    // Layers go to a stage until it has its share of the whole work.
    const ModelShape& m = problem.model;
    const double head = m.vocab * m.hidden / LayerParameters(m, m.experts > 0);
    const double share = (layers + head) / stages;
    const double most = std::min(std::ceil(share - 1e-9), layers);
    const double last = std::max(0.0, layers - std::ceil(share * (stages - 1) - 1e-9));
    const double middle =
        stages > 2 ? std::max(std::floor(share), (layers - most - last) / (stages - 2)) : most;
    return {most, middle, last};
  }
  if (!divides(layers) && divides(layers + 2)) {  // embedding and head each in the place of a layer
    const double each = (layers + 2) / stages;
    return {each - 1, each, each - 1};
  }
  const double each = layers / stages;
  return {each, each, each};
}

}  // namespace ringside::sim::analytic
