// Somebody else's opinion of an answer in words, beside the score that the evidence gives. Nothing in
// Ringside asks a judge unless it is told to, and no score depends on one.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "ringside/v1/bank.pb.h"
#include "ringside/v1/judge.pb.h"

namespace ringside::judge {

class Judge {
 public:
  virtual ~Judge() = default;
  // Question, points and model are set in what it returns, `id` is not. Errors say why there is no opinion
  // and never hold a key. May take as long as the judge's time limit, times its tries.
  virtual absl::StatusOr<v1::JudgeOpinion> Ask(const v1::TheoryQuestion& question,
                                               std::string_view answer) = 0;
};

// The same, with what went wrong in `error`.
v1::JudgeOpinion OpinionOf(Judge& judge, const v1::TheoryQuestion& question, std::string_view id,
                           std::string_view answer);

}  // namespace ringside::judge
