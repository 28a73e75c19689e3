#include "plan/presets.h"

namespace ringside::plan {

const std::vector<ModelPreset>& ModelPresets() {
  constexpr auto kGpt2 = v1::ARCHITECTURE_GPT2, kLlama = v1::ARCHITECTURE_LLAMA;
  constexpr auto kResnet = v1::ARCHITECTURE_RESNET;
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
      {"llama-nano", 4, 64, 4, 176, 256, 32, "ours: unit tests, milliseconds a step", kLlama, 2},
      {"llama-tiny", 4, 256, 4, 688, 1024, 64, "ours: 3.5 M parameters, demos on a laptop", kLlama, 2},
      {"llama-1b", 16, 2048, 32, 8192, 128256, 8192, "Meta 2024, Llama 3.2 1B model card", kLlama, 8, 500000,
       0, 0, true},
      {"llama2-7b", 32, 4096, 32, 11008, 32000, 4096, "Touvron et al. 2023b", kLlama},
      {"llama2-13b", 40, 5120, 40, 13824, 32000, 4096, "Touvron et al. 2023b", kLlama},
      {"llama2-70b", 80, 8192, 64, 28672, 32000, 4096, "Touvron et al. 2023b", kLlama, 8},
      {"llama3-8b", 32, 4096, 32, 14336, 128256, 8192, "Grattafiori et al. 2024, table 3", kLlama, 8, 500000},
      {"llama3-70b", 80, 8192, 64, 28672, 128256, 8192, "Grattafiori et al. 2024, table 3", kLlama, 8,
       500000},
      {"llama3-405b", 126, 16384, 128, 53248, 128256, 8192, "Grattafiori et al. 2024, table 3", kLlama, 8,
       500000},
      {"moe-nano", 4, 64, 4, 128, 256, 32, "ours: unit tests", kGpt2, 0, 0, 4, 2},
      {"moe-tiny", 4, 256, 4, 512, 1024, 64, "ours: 8 experts, 2 a token, demos on a laptop", kLlama, 2, 0, 8,
       2},
      {"mixtral-8x7b", 32, 4096, 32, 14336, 32000, 32768, "Jiang et al. 2024, table 1", kLlama, 8, 1000000, 8,
       2},
      {"mixtral-8x22b", 56, 6144, 48, 16384, 32768, 65536, "Mistral AI 2024, model configuration", kLlama, 8,
       1000000, 8, 2},
      {"resnet-nano", 3, 8, 1, 8, 10, 8, "ours: unit tests, milliseconds a step", kResnet},
      {"resnet-tiny", 6, 16, 1, 16, 10, 32, "ours: 0.2 M parameters, demos on a laptop", kResnet},
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
