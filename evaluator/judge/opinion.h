// Reads what a judge replied: strict JSON, or nothing.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "ringside/v1/bank.pb.h"
#include "ringside/v1/judge.pb.h"

namespace ringside::judge {

// `reply` is the text of the model. Of several JSON objects in it the last counts: a model that thinks aloud
// or quotes the answer does so before. It must have exactly mark, reason and points, with every point of the
// question once and all numbers in 0..1. INVALID_ARGUMENT: "the judge's answer could not be used: REASON".
absl::StatusOr<v1::JudgeOpinion> ReadOpinion(const v1::TheoryQuestion& question, std::string_view reply);

// The text of the model in the body of a chat completion. The same error.
absl::StatusOr<std::string> ReadCompletion(std::string_view body);

}  // namespace ringside::judge
