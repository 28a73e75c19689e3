// Proofs about programs, before anything runs them.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "plan/program.h"

namespace ringside::plan {

// One program by itself: operand counts, element types and sizes per kind, views inside buffers, deps that
// point backwards, lifetimes that cover every use, communication on communication streams.
// INVALID_ARGUMENT names rank, op and reason. A worker calls it on every program it is sent.
absl::Status ValidateProgram(const Program& program);

// All programs together: every send has its receive, collectives of a group come in the same order with
// the same size on every member, and no schedule of the streams can deadlock even if every exchange is a
// rendezvous (proved by running the partial order to its end).
absl::Status ValidatePrograms(const std::vector<Program>& programs);

}  // namespace ringside::plan
