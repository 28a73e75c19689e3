// What the bank's commands share.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "evaluator/bank/bank.h"

namespace ringside::cli {

// The folder's, or where that is empty the program's own.
absl::StatusOr<evaluator::Bank> BankOf(const std::string& directory);

}  // namespace ringside::cli
