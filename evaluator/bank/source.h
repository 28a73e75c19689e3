// The files of a question bank as text: read from a folder, or those that were compiled in.
//
// A bank's folder holds theory/*.yaml (v1::BankFile), design/*.yaml (one v1::DesignQuestion each) and
// curriculum/*.yaml (v1::Curriculum, merged). Anything else in it is left alone.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::evaluator {

enum class BankPart { kCurriculum, kDesign, kTheory };

struct BankSource {
  BankPart part = BankPart::kTheory;
  std::string path;  // as messages show it
  std::string text;
};

inline constexpr int kMaxBankFiles = 1000;

// In the order of part and name, whatever the file system's order is. NOT_FOUND: there is no such folder, or
// no YAML file in any of the three. Also PERMISSION_DENIED and UNAVAILABLE as proto::ReadYamlText, and
// INVALID_ARGUMENT for more than kMaxBankFiles files.
absl::StatusOr<std::vector<BankSource>> ReadBankSources(const std::string& directory);

// Those of evaluator/bank when the program was built, in the same order; paths are "theory/NAME.yaml".
const std::vector<BankSource>& EmbeddedBankSources();

}  // namespace ringside::evaluator
