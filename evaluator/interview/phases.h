// Of which parts an interview consists, and where a question of the bank belongs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluator/interview/context.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// Groups of the bank that the phases know by name.
inline constexpr std::string_view kWarmUp = "warm-up";
inline constexpr std::string_view kWarmUpProbe = "warm-up-probe";
inline constexpr std::string_view kWarmUpStrong = "warm-up-strong";
inline constexpr std::string_view kArchitecture = "architecture";
inline constexpr std::string_view kPractical = "practical";
inline constexpr std::string_view kRapidFire = "rapid-fire";

// Those of the curriculum for a whole interview; one phase of its own for the other modes. Never empty.
std::vector<v1::InterviewPhase> PhasesOf(const v1::Curriculum& curriculum, v1::InterviewMode mode);

bool Draws(const v1::InterviewPhase& phase, std::string_view group);

// "debug/NAME", "design/ID", "push-..." and ids of the bank; null: there is none such.
const v1::TheoryQuestion* FindQuestion(const InterviewContext& context, std::string_view id);

// The rubric's area that answers to such a question in such a phase count for.
std::string AreaOf(const v1::Curriculum& curriculum, const v1::InterviewPhase& phase,
                   const v1::TheoryQuestion& question);

// Questions that follow from an answer rather than from a phase (pushes.yaml).
const v1::BankFile& Pushes();

}  // namespace ringside::evaluator
