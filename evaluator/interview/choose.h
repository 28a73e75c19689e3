// Which question comes next.
#pragma once

#include <optional>
#include <string>

#include "evaluator/interview/context.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

struct Choice {
  std::string id;
  std::string reason;  // one clause, kept with the question
};

// Of the phase under way; nullopt: it has no more. Among the questions of its groups that were not asked and
// whose time is there, in this order of weight: topics of the setup's focus, the level that the answers call
// for, not asked in earlier sessions, topics not yet asked about; what is still equal is drawn by the seed.
//
// The warm-up decides what follows it: weak answers are followed by the group warm-up-probe, strong ones by
// warm-up-strong. The phase "architecture" keeps to session.deep_topics. "practical" is a debugging round,
// then a plan that is run or a design in words. The diagnostic goes through its list.
std::optional<Choice> ChooseNext(const InterviewContext& context, const v1::InterviewSession& session);

// One or two architectures to go into, of those that the bank asks about: one after a strong warm-up, else
// two. "attention" and "transformers" go together.
std::vector<std::string> ChooseDeepTopics(const InterviewContext& context,
                                          const v1::InterviewSession& session);

// Questions of the phase under way that were put and not swapped away.
int AskedInPhase(const v1::InterviewSession& session);

}  // namespace ringside::evaluator
