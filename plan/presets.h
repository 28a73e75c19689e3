// Model sizes people know by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ringside/v1/scenario.pb.h"

namespace ringside::plan {

struct ModelPreset {
  std::string_view name;
  int layers, hidden, heads, ffn_hidden, vocab, seq_len;
  std::string_view source;  // where the figures are from
  v1::Architecture architecture = v1::ARCHITECTURE_GPT2;
  int kv_heads = 0;       // 0: as many as heads
  double rope_theta = 0;  // 0: the default
  int experts = 0, experts_per_token = 0;
  bool tied = false;  // where that is not the architecture's default
};

const std::vector<ModelPreset>& ModelPresets();

// nullptr if there is none of that name.
const ModelPreset* FindModelPreset(std::string_view name);

// "gpt2-nano, gpt2-tiny, ..."
std::string ModelPresetNames();

}  // namespace ringside::plan
