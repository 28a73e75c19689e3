// Programs of a single collective, and inputs whose sums are exact in any order (after nccl-tests): whole
// numbers so small that no partial sum is rounded, whatever the type.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "plan/collective.h"
#include "plan/program.h"

namespace ringside::workers {

// The op is ops[0], its operands are buffers 0 and 1, its group is all ranks.
inline plan::Program CollectiveProgram(plan::OpKind kind, plan::Algorithm algorithm, plan::DType dtype,
                                       int64_t count, int rank, int size, bool max = false) {
  plan::Program program;
  program.rank = rank;
  program.world_size = size;
  plan::Group& group = program.groups.emplace_back();
  group.axis = "dp";
  for (int r = 0; r < size; ++r) group.ranks.push_back(r);
  plan::Op& op = program.ops.emplace_back();
  op.kind = kind;
  op.stream = plan::Stream::kDp;
  op.algorithm = algorithm;
  if (max) op.flags = plan::kMax;
  op.group = 0;
  op.dims = {count};
  const bool out = kind == plan::OpKind::kAllToAll || kind == plan::OpKind::kRotate;
  const int64_t second = out ? count : plan::ScratchElems(plan::RoundsOf(op, program.groups, rank));
  for (const int64_t elems : {count, second}) {
    op.operands.push_back({static_cast<int32_t>(program.buffers.size()), 0, elems});
    plan::Buffer& buffer = program.buffers.emplace_back();
    buffer.dtype = dtype, buffer.elems = elems;
  }
  return program;
}

inline int ExactInput(int rank, int64_t i) {
  return static_cast<int>((rank * 7 + i * 13) % 15) - 7;  // |sum of 16| <= 112: exact even in bf16
}

// Elements of any type by their value.
inline void Put(plan::DType dtype, std::vector<std::byte>* into, int64_t i, int value) {
  const auto put = [&](const auto& element) {
    std::memcpy(into->data() + i * static_cast<int64_t>(sizeof(element)), &element, sizeof(element));
  };
  switch (dtype) {
    case plan::DType::kF32:
      return put(static_cast<float>(value));
    case plan::DType::kF64:
      return put(static_cast<double>(value));
    case plan::DType::kI32:
      return put(static_cast<int32_t>(value));
    case plan::DType::kF16:
      return put(static_cast<_Float16>(static_cast<float>(value)));
    case plan::DType::kBf16:
      return put(static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(value)) >> 16));
  }
}

// What ExactInput becomes on `rank`; -1000 where it is not defined.
inline int ExactOutput(plan::OpKind kind, bool max, int64_t count, int rank, int size, int64_t i) {
  const auto reduced = [&] {
    int out = ExactInput(0, i);
    for (int r = 1; r < size; ++r) out = max ? std::max(out, ExactInput(r, i)) : out + ExactInput(r, i);
    return out;
  };
  const int64_t chunk = count / size;
  const plan::Chunk mine = plan::ChunkOf(count, size, rank);
  switch (kind) {
    case plan::OpKind::kAllReduce:
      return reduced();
    case plan::OpKind::kReduceScatter:
      return i >= mine.offset && i < mine.offset + mine.count ? reduced() : -1000;
    case plan::OpKind::kAllGather: {
      int owner = 0;
      while (i >= plan::ChunkOf(count, size, owner).offset + plan::ChunkOf(count, size, owner).count) ++owner;
      return ExactInput(owner, i);
    }
    case plan::OpKind::kAllToAll:
      return i / chunk == rank ? -1000 : ExactInput(static_cast<int>(i / chunk), rank * chunk + i % chunk);
    default:  // rotate
      if (size == 1) return -1000;
      return ExactInput((rank + size - 1) % size, i);
  }
}

}  // namespace ringside::workers
