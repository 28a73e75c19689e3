// Where the values of global tensors come from, and how a rank's pieces are filled from there: each rank
// reads the ranges that its pieces need and nothing else, whatever layout wrote them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "plan/program.h"
#include "workers/checkpoint/ownership.h"

namespace ringside::checkpoint {

// The first byte of a view of a persistent buffer.
using MemoryOf = std::function<std::byte*(const plan::View&)>;

class TensorSource {
 public:
  virtual ~TensorSource() = default;

  // How it says which it is in messages.
  virtual const std::string& name() const = 0;
  // The type of the values; nothing: it has none of that kind of this tensor.
  virtual std::optional<plan::DType> TypeOf(const plan::Param& param, Kind kind) const = 0;
  // INVALID_ARGUMENT: the tensor has another shape there; names tensor and both shapes.
  virtual absl::Status CheckShape(const plan::Param& param) const = 0;
  // Elements [begin, begin + n) of the global tensor, row-major, as `dtype`. DATA_LOSS: some are missing.
  // REQUIRES: TypeOf and CheckShape said yes.
  virtual absl::Status Read(const plan::Param& param, Kind kind, int64_t begin, int64_t n, plan::DType dtype,
                            std::byte* to) const = 0;
};

// Calls run(global, local, n) for the longest runs of a part's elements [begin, end) that are consecutive in
// the global tensor, too: element local + i of the part is element global + i of the tensor, i in [0, n).
absl::Status ForEachRun(const plan::Param& param, Elements elements,
                        const std::function<absl::Status(int64_t, int64_t, int64_t)>& run);

enum class LoadStates { kYes, kNo };  // optimizer states, too?

// Fills what `state` (ownership.h) has in memory. Weights come from the master weights where those alone have
// their precision, master weights from the weights where there are no masters. With LoadStates::kNo the
// moments stay as they are. Returns the conversions that were made, e.g. "weights f32 -> bf16". NOT_FOUND: a
// tensor, or a moment, that the source does not have. Else the errors of the source.
absl::StatusOr<std::set<std::string>> LoadState(const plan::Program& program,
                                                const std::vector<plan::Param>& state, LoadStates states,
                                                const TensorSource& source, const MemoryOf& memory);

}  // namespace ringside::checkpoint
