// Small work for tests.
#pragma once

#include <string>

#include "ringside/v1/scenario.pb.h"

namespace ringside::coordinator {

// A transformer of a few hundred parameters on `dp` data-parallel ranks.
inline v1::Scenario TinyScenario(int dp, int steps = 4) {
  v1::Scenario scenario;
  scenario.set_name("tiny-dp" + std::to_string(dp));
  auto* model = scenario.mutable_model();
  model->set_layers(1);
  model->set_hidden(8);
  model->set_heads(2);
  model->set_vocab(16);
  model->set_seq_len(4);
  scenario.mutable_plan()->set_dp(dp);
  scenario.mutable_run()->set_steps(steps);
  scenario.mutable_run()->set_warmup(1);
  return scenario;
}

}  // namespace ringside::coordinator
