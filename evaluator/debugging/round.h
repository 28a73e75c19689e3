// One debugging round as a dialogue: the candidate asks for evidence step by step, then names cause and fix.
// No clock, no input or output; the state is a message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluator/debugging/answer_grader.h"
#include "evaluator/debugging/evidence.h"
#include "evaluator/debugging/round_library.h"

namespace ringside::evaluator {

// Of the score of a round: how the cause was looked for, and what was found. Who names the cause without
// having seen what shows it gets kGuessed of the second part.
inline constexpr double kOrderShare = 0.4;
inline constexpr double kDiagnosisShare = 0.6;
inline constexpr double kGuessed = 0.7;

// A cause or a fix is named by half of one of its points. A mark for words that name no cause is at most the
// first, one for words that name no fix at most the second: a finding is right or wrong, however much else is
// said.
inline constexpr double kMostWithoutCause = 0.3;
inline constexpr double kMostWithoutFix = 0.75;

// A candidate who goes on asking is told to decide.
inline constexpr int kMostRequests = 24;

struct Shown {
  std::vector<const EvidenceKind*> kinds;  // those that were not shown before are added to the state
  std::string text;
};

// What is said at the beginning: the briefing and the first look at the loss, which is no check of the
// candidate's.
std::string Briefing(const RoundData& round);

// Shows what was asked for and notes it. Kinds that were shown before are shown again and not noted again.
Shown ShowEvidence(const RoundData& round, const std::vector<const EvidenceKind*>& kinds, int64_t at_ms,
                   v1::DebuggingRoundState* state);

bool NamesCause(const RoundData& round, const v1::TheoryGrade& grade);
bool NamesFix(const RoundData& round, const v1::TheoryGrade& grade);

// What was found, 0..1, after Diagnose: the lower of the mark and the share of the points, within the limits
// above; kGuessed of it for a guess.
double Found(const RoundData& round, const v1::DebuggingRoundState& state);

// Judges cause and fix, the order of the checks, and both together; ends the round.
void Diagnose(const RoundData& round, std::string_view diagnosis, const AnswerGrader& grader,
              v1::DebuggingRoundState* state);

// The verdict for the candidate: order, what was found and missed, cause and fix, the mended run.
std::string VerdictText(const RoundData& round, const v1::DebuggingRoundState& state);

// {"round": ..., "score": ..., "order": ..., "requests": [...], ...}, a document for scripts.
std::string VerdictJson(const RoundData& round, const v1::DebuggingRoundState& state);

}  // namespace ringside::evaluator
