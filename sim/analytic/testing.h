// A problem to change, for tests and benchmarks.
#pragma once

#include "sim/analytic/problem.h"
#include "sim/catalogue/catalogue.h"

namespace ringside::sim::analytic::testing {

// A 7-billion LLaMA with 2048 tokens on 64 H100 with Megatron.
inline Problem Llama(const char* device = "H100-80GB", const char* stack = "megatron_te") {
  const v1::Catalogue& catalogue = BuiltInCatalogue();
  Problem problem;
  problem.device = FindDevice(catalogue, device);
  problem.stack = FindStack(catalogue, stack);
  problem.fabric = {FindLink(catalogue, problem.device->scale_up()),
                    FindLink(catalogue, problem.device->scale_out()), 8};
  ModelShape& model = problem.model;
  model.layers = 32, model.hidden = 4096, model.heads = model.kv_heads = 32, model.head_dim = 128;
  model.ffn = 11008, model.vocab = 32000;
  Plan& plan = problem.plan;
  plan.dp = 64, plan.zero = 1, plan.seq_len = 2048, plan.micro_batch = 1, plan.global_batch = 512;
  return problem;
}

}  // namespace ringside::sim::analytic::testing
