#include "workers/checkpoint/tensor_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/status_macros.h"

namespace ringside::checkpoint {
namespace {

using plan::DType;

// Where the values of `kind` are best taken from; nothing: nowhere.
std::optional<Kind> BestKind(const plan::Param& param, Kind kind, DType wanted, const TensorSource& source) {
  const auto own = source.TypeOf(param, kind);
  if (kind == Kind::kMaster && !own) return Kind::kWeights;
  if (kind == Kind::kWeights && own && *own != wanted) {
    const auto masters = source.TypeOf(param, Kind::kMaster);
    if (masters && plan::SizeOf(*masters) > plan::SizeOf(*own)) return Kind::kMaster;
  }
  return own ? std::optional(kind) : std::nullopt;
}

}  // namespace

absl::Status ForEachRun(const plan::Param& param, Elements elements,
                        const std::function<absl::Status(int64_t, int64_t, int64_t)>& run) {
  const int64_t row = param.mid_count * param.inner;  // consecutive in both
  const int64_t global_row = param.mid_total * param.inner;
  const bool whole = param.mid_count == param.mid_total;
  for (int64_t at = elements.begin; at < elements.end;) {
    const int64_t n = whole ? elements.end - at : std::min(elements.end, (at / row + 1) * row) - at;
    const int64_t global = at / row * global_row + param.mid_begin * param.inner + at % row;
    RINGSIDE_RETURN_IF_ERROR(run(global, at, n));
    at += n;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<std::string>> LoadState(const plan::Program& program,
                                                const std::vector<plan::Param>& state, LoadStates states,
                                                const TensorSource& source, const MemoryOf& memory) {
  std::set<std::string> conversions;
  for (const plan::Param& param : state) {
    const bool optional = IsOfControl(param.name);  // the run that saved may have had none to give
    if (optional && (states == LoadStates::kNo || !source.TypeOf(param, Kind::kWeights))) continue;
    if (!source.TypeOf(param, Kind::kWeights)) {
      return absl::NotFoundError(fmt::format(
          "{} has no tensor {}, which this model has: it is of another model", source.name(), param.name));
    }
    RINGSIDE_RETURN_IF_ERROR(source.CheckShape(param));
    for (const Kind kind : {Kind::kWeights, Kind::kMaster, Kind::kM, Kind::kV}) {
      const plan::Piece piece = PieceOf(param, kind);
      if (piece.view.elems == 0) continue;
      if (states == LoadStates::kNo && (kind == Kind::kM || kind == Kind::kV)) continue;
      const DType dtype = program.buffers[piece.view.buffer].dtype;
      const auto from = BestKind(param, kind, dtype, source);
      if (!from) {
        return absl::NotFoundError(
            fmt::format("{} has no optimizer state {} of {}: it was trained with another optimizer",
                        source.name(), Name(kind), param.name));
      }
      const DType from_type = *source.TypeOf(param, *from);
      if (from_type != dtype) {
        conversions.insert(fmt::format("{} {} -> {}", Name(kind), plan::Name(from_type), plan::Name(dtype)));
      }
      std::byte* const base = memory(piece.view);
      RINGSIDE_RETURN_IF_ERROR(ForEachRun(param, {piece.begin, piece.begin + piece.view.elems},
                                          [&](int64_t global, int64_t local, int64_t n) {
                                            return source.Read(
                                                param, *from, global, n, dtype,
                                                base + (local - piece.begin) * plan::SizeOf(dtype));
                                          }));
    }
  }
  return conversions;
}

}  // namespace ringside::checkpoint
