// What calibration traces say, and the laws that are fitted to it. Pure functions of programs and traces: a
// synthetic trace with known constants must give these constants back. Several traces of the same programs,
// taken at different times, are pooled. Where something is repeated, the median is taken: what is predicted
// with it is a step in which what usually disturbs, disturbs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/device.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::sim {

// Duration over ranks and steps after the warm-up, by op of the program (the same list on every rank);
// 0 where the op is communication. INVALID_ARGUMENT: the trace does not belong to the programs.
absl::StatusOr<std::vector<double>> ComputeNs(const std::vector<plan::Program>& programs,
                                              const std::vector<v1::Trace>& traces);

// Mean over a step's compute ops of the time between the end of the compute op before and its own start. For
// a rank that has nobody to wait for, the only one of its traces.
double OverheadNs(const plan::Program& program, const std::vector<v1::Trace>& traces);

// Median of a step, from the last rank's end to the last rank's end.
double StepNs(const std::vector<v1::Trace>& traces, int warmup);

// GEMM points, the laws of all compute kinds, gemm_gflops and memory_gbps, from one undisturbed rank.
void FitKernels(const plan::Program& program, const std::vector<double>& ns, v1::DeviceProfile* profile);

// Contention per law, from the same program on all cores at once.
void FitContention(const plan::Program& program, const std::vector<double>& alone_ns,
                   const std::vector<double>& together_ns, v1::DeviceProfile* profile);

// One law per kind of communication in the programs of MessagePrograms, appended to the profile if it has no
// law of that link, kind, group and number of ranks yet.
absl::Status FitMessages(const std::vector<plan::Program>& programs, const std::vector<v1::Trace>& traces,
                         const std::string& link, int group_size, v1::DeviceProfile* profile);

}  // namespace ringside::sim
