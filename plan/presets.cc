#include "plan/presets.h"

namespace ringside::plan {

const std::vector<ModelPreset>& ModelPresets() {
  static const auto* const kPresets = new std::vector<ModelPreset>{
      {"gpt2-nano", 4, 64, 4, 256, 256, 32, "ours: unit tests, milliseconds a step"},
      {"gpt2-tiny", 4, 256, 4, 1024, 1024, 64, "ours: 3.4 M parameters, demos on a laptop"},
      {"gpt2-mini", 6, 384, 6, 1536, 50257, 256, "ours: 30 M parameters, the real vocabulary"},
      {"gpt2-124m", 12, 768, 12, 3072, 50257, 1024, "Radford et al. 2019, table 2 (smallest)"},
      {"gpt2-355m", 24, 1024, 16, 4096, 50257, 1024, "Radford et al. 2019, table 2"},
      {"gpt2-774m", 36, 1280, 20, 5120, 50257, 1024, "Radford et al. 2019, table 2"},
      {"gpt2-1558m", 48, 1600, 25, 6400, 50257, 1024, "Radford et al. 2019, table 2"},
      {"gpt3-6.7b", 32, 4096, 32, 16384, 50257, 2048, "Brown et al. 2020, table 2.1"},
      {"gpt3-13b", 40, 5120, 40, 20480, 50257, 2048, "Brown et al. 2020, table 2.1 (width as in the text)"},
      {"gpt3-175b", 96, 12288, 96, 49152, 50257, 2048, "Brown et al. 2020, table 2.1"},
  };
  return *kPresets;
}

const ModelPreset* FindModelPreset(std::string_view name) {
  for (const ModelPreset& preset : ModelPresets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

std::string ModelPresetNames() {
  std::string names;
  for (const ModelPreset& preset : ModelPresets()) {
    if (!names.empty()) names += ", ";
    names += preset.name;
  }
  return names;
}

}  // namespace ringside::plan
