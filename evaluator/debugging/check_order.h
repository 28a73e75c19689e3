// How well somebody looked for the cause, judged by the order of what was asked to see.
//
// Three parts, each 0..1:
//   begin    - the first check was one to look at (1), to measure (0.5), another run (0); nothing was looked
//   at: 0 order    - of all pairs of checks with different costs, the share in which the cheaper one came
//   first; together,
//              half and half, with the pairs of `path` that were looked at in its order. Fewer than two
//              checks: as `begin`
//   coverage - share of `path` that was looked at
// The score is 0.25 begin + 0.40 order + 0.35 coverage, less 0.02 for every check beyond the path and four
// more (no more than 0.1 in all): to ask for everything is no method.
#pragma once

#include <string>
#include <vector>

namespace ringside::evaluator {

struct CheckOrder {
  double begin = 0, order = 0, coverage = 0, score = 0;
  std::vector<std::string> notes;  // one sentence each
};

// Ids of evidence.h; `asked` holds each once, in the order in which it was asked for.
CheckOrder JudgeCheckOrder(const std::vector<std::string>& asked, const std::vector<std::string>& path);

}  // namespace ringside::evaluator
