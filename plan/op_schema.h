// What the operands of each op kind are: their order, element type, whether they are read or written,
// and how many elements each must have. One table that the builder (hazards), the validator (sizes)
// and the cost function (traffic) read, so that an op kind is described once.
#pragma once

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "plan/program.h"

namespace ringside::plan {

enum class Access : uint8_t { kRead, kWrite, kReadWrite, kScratch };

enum class Element : uint8_t {
  kReal,
  kStat,
  kInt,
  kAny
};  // R, S and I of plan/program.h; any: as the buffer has it

struct OperandSpec {
  const char* name;
  Element element;
  Access access;
  int64_t elems;  // required; for kScratch: at least this many
};

struct OpSchema {
  int num_dims = 0;
  int num_scalars = 0;
  absl::InlinedVector<OperandSpec, 8> operands;
};

// INVALID_ARGUMENT if the op has the wrong number of dims or scalars, or a dim that is not positive
// where it must be (or so large that an operand cannot be counted).
absl::StatusOr<OpSchema> SchemaOf(const Op& op);

// The type of such an operand in a program of `real`. REQUIRES: not kAny.
DType TypeOf(Element element, DType real);

}  // namespace ringside::plan
