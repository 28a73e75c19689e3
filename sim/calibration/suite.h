// The programs that a calibration runs. They are ordinary programs that the ordinary workers execute, so what
// is measured is what an op costs inside the executor: tracing, wake-ups and the state of the caches
// included.
#pragma once

#include <vector>

#include "plan/program.h"

namespace ringside::sim {

// How often each program's step is repeated.
struct Repeats {
  int warmup = 2;
  int steps = 8;  // without the warm-up
};

// Every compute kind at several sizes, GEMMs over a grid of shapes and transposes, each once a step, on data
// as warm as training's: parameters from pools larger than the caches, activations from smaller ones. The
// ranks are independent but for a barrier between kinds, so that all of them run the same kind at the same
// time.
std::vector<plan::Program> KernelPrograms(int ranks, const Repeats& repeats);

// Chains of equal messages of a few sizes, one chain after the other: all-reduces in groups of `group_size`
// (all groups at once), and sends from each even rank to the next.
std::vector<plan::Program> MessagePrograms(int ranks, int group_size, const Repeats& repeats);
inline constexpr int kChainLength = 8;

// A dependent chain of small GEMMs and all-reduces over all ranks: what waking up after a message costs.
std::vector<plan::Program> WakeupPrograms(int ranks, const Repeats& repeats);

// A stretch of a training step's compute ops on every `stride`-th rank, beginning with the first, while the
// others wait for its end. stride 1: all ranks compute.
std::vector<plan::Program> ComputePrograms(int ranks, int stride, const Repeats& repeats);

}  // namespace ringside::sim
