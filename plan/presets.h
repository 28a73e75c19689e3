// Model sizes people know by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringside::plan {

struct ModelPreset {
  std::string_view name;
  int layers, hidden, heads, ffn_hidden, vocab, seq_len;
  std::string_view source;  // where the figures are from
};

const std::vector<ModelPreset>& ModelPresets();

// nullptr if there is none of that name.
const ModelPreset* FindModelPreset(std::string_view name);

// "gpt2-nano, gpt2-tiny, ..."
std::string ModelPresetNames();

}  // namespace ringside::plan
