// Workers of a cohort behind gRPC: evaluators elsewhere, or processes of this program on this machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/cohort/batch.h"

namespace ringside::cli {

// An evaluator at `address` (`ringside serve` prints it).
std::unique_ptr<cohort::GradeWorker> RemoteGradeWorker(const std::string& address);

// A process of its own (`ringside grade-worker`) that listens on a socket in `directory`. It is started when
// it is first needed, again where it died, and goes with the thread that called Grade.
std::unique_ptr<cohort::GradeWorker> ProcessGradeWorker(const std::string& directory, int number,
                                                        const std::string& bank, const std::string& profile);

}  // namespace ringside::cli
