// What embed.cmake makes of the data files of this folder.
#pragma once

#include <vector>

namespace ringside::evaluator {

struct EmbeddedBankFile {
  const char* path;  // "theory/attention.yaml"
  const char* text;
};

// Ordered by path.
std::vector<EmbeddedBankFile> EmbeddedBankFiles();

}  // namespace ringside::evaluator
