// What the demo's figures say, in sentences. Each is computed from the result and claims no more than it
// found.
#pragma once

#include <string>

#include "cli/demo.h"
#include "trace/summary.h"

namespace ringside::cli {

// "3.4 M parameters (4 blocks of width 256), 8 sequences of 64 tokens a step, on 4 MPI ranks that share 2
// cores"
std::string SetupSentence(const DemoResult& result);

// Which plan was fastest and slowest, and what the slowest one waited for.
std::string FastestSentence(const DemoResult& result);

// Whether peak memory and bytes sent were predicted to the byte, on every rank of every plan.
std::string ExactnessSentence(const DemoResult& result);

// By how much the losses of the plans differ: they compute the same. A warning where one is not finite.
std::string SameLossSentence(const DemoResult& result);

// How far the predicted speeds were off, and whether their order was right.
std::string PredictionSentence(const DemoResult& result);

// What the slow link did to the ring, or why this machine cannot show it.
std::string SlowLinkSentence(const DemoResult& result);

// Parts of the step, 0..1.
double ExposedShare(
    const trace::RunSummary& summary);  // communication that computation did not hide, all axes
double ShareOf(const trace::RunSummary& summary, const std::string& name);

// The rank whose peak memory is the largest.
const trace::RankSummary& FullestRank(const trace::RunSummary& summary);

// What a rank sends while a gradient all-reduce is under way, waiting for others included; mean over ranks
// and the measured steps, 10^9 bit/s.
double RingGbps(const ScenarioRun& run);

// The rate of node's link in the scenario, 10^9 bit/s; 0: not limited.
double LinkGbps(const ScenarioRun& run, int node);

}  // namespace ringside::cli
