// plan::Program <-> its wire form. FromProto refuses what it does not understand (unknown kind, stream,
// dtype, category) with INVALID_ARGUMENT and the place, then calls ValidateProgram.
#pragma once

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/program.pb.h"

namespace ringside::plan {

v1::Program ToProto(const Program& program);
absl::StatusOr<Program> FromProto(const v1::Program& program);

}  // namespace ringside::plan
