// What a judge is asked. The answer is data: it stands between two fences whose random word it cannot know,
// and what models take for the edges of messages is broken up in it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ringside/v1/bank.pb.h"

namespace ringside::judge {

struct Prompt {
  std::string system, user;
};

inline constexpr size_t kMaxAskedBytes = size_t{64} << 10;

// `random_word` is called until its word is not in the answer. INVALID_ARGUMENT: the answer is too long, or
// the question has no points.
absl::StatusOr<Prompt> PromptFor(const v1::TheoryQuestion& question, std::string_view answer,
                                 const std::function<std::string()>& random_word);

// 32 hexadecimal digits of the machine's randomness.
std::string RandomWord();

}  // namespace ringside::judge
