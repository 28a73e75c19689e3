// Asks a judge outside of Ringside about the answers of a cohort, if `grade --judge` is given: opinions stand
// beside the scores and change none.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "evaluator/bank/bank.h"
#include "evaluator/cohort/store.h"
#include "ringside/v1/judge.pb.h"

namespace ringside::cli {

// By the answer's id. Every answer in words that could be graded is asked about once: opinions are kept in
// OUT/opinions.jsonl as they come, and those that are there are not asked for again; errors are. Empty
// without options.judge_url. CANCELLED: what came is kept.
absl::StatusOr<std::map<std::string, v1::JudgeOpinion>> AskJudge(
    const cohort::CohortStore& store, const evaluator::Bank& bank, const std::string& out,
    const GradeOptions& options, const std::function<bool()>& cancelled,
    const std::function<void(const std::string& doing)>& progress);

}  // namespace ringside::cli
