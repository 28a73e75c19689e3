#include "workers/cuda/nccl_op.h"

#include "base/check.h"
#include "base/status_macros.h"
#include "plan/collective.h"

namespace ringside::workers::cuda {
namespace {

ncclDataType_t TypeOf(plan::DType dtype) {
  switch (dtype) {
    case plan::DType::kF32:
      return ncclFloat32;
    case plan::DType::kF64:
      return ncclFloat64;
    case plan::DType::kI32:
      return ncclInt32;
    case plan::DType::kBf16:
      return ncclBfloat16;
    case plan::DType::kF16:
      return ncclFloat16;
  }
  RINGSIDE_CHECK(false);
}

// A call's operands, and every NCCL call that they can need.
struct Start {
  const Nccl& nccl;
  const NcclChannels::Member& member;
  const plan::Op& op;
  std::byte* first;
  std::byte* second;
  cudaStream_t stream;
  ncclDataType_t type;
  int64_t elem_bytes;

  int64_t count() const { return op.dims[0]; }
  int members() const { return static_cast<int>(member.ranks.size()); }
  bool even() const { return count() % members() == 0; }
  int64_t chunk() const { return count() / members(); }
  ncclRedOp_t reduction() const { return op.Has(plan::kMax) ? ncclMax : ncclSum; }
  std::byte* At(std::byte* base, int64_t elem) const { return base + elem * elem_bytes; }

  absl::Status AllReduce() const {
    return nccl.Status(nccl.all_reduce(first, first, count(), type, reduction(), member.comm, stream),
                       "ncclAllReduce");
  }

  absl::Status ReduceScatter() const {
    if (even()) {
      return nccl.Status(nccl.reduce_scatter(first, At(first, member.index * chunk()), chunk(), type,
                                             reduction(), member.comm, stream),
                         "ncclReduceScatter");
    }
    return ForChunks([&](int root, const plan::Chunk& chunk) {
      std::byte* at = At(first, chunk.offset);
      return nccl.Status(nccl.reduce(at, at, chunk.count, type, reduction(), root, member.comm, stream),
                         "ncclReduce");
    });
  }

  absl::Status AllGather() const {
    if (even()) {
      return nccl.Status(
          nccl.all_gather(At(first, member.index * chunk()), first, chunk(), type, member.comm, stream),
          "ncclAllGather");
    }
    return ForChunks([&](int root, const plan::Chunk& chunk) {
      std::byte* at = At(first, chunk.offset);
      return nccl.Status(nccl.broadcast(at, at, chunk.count, type, root, member.comm, stream),
                         "ncclBroadcast");
    });
  }

  // A rank's own chunk stays where it is.
  absl::Status AllToAll() const {
    return InGroup([&]() -> absl::Status {
      for (int other = 0; other < members(); ++other) {
        if (other == member.index) continue;
        RINGSIDE_RETURN_IF_ERROR(Send(At(first, other * chunk()), chunk(), other));
        RINGSIDE_RETURN_IF_ERROR(Recv(At(second, other * chunk()), chunk(), other));
      }
      return absl::OkStatus();
    });
  }

  absl::Status Rotate() const {
    return InGroup([&]() -> absl::Status {
      RINGSIDE_RETURN_IF_ERROR(Send(first, count(), (member.index + 1) % members()));
      return Recv(second, count(), (member.index + members() - 1) % members());
    });
  }

  absl::Status Send(const std::byte* from, int64_t elems, int to) const {
    return nccl.Status(nccl.send(from, elems, type, to, member.comm, stream), "ncclSend");
  }
  absl::Status Recv(std::byte* to, int64_t elems, int from) const {
    return nccl.Status(nccl.recv(to, elems, type, from, member.comm, stream), "ncclRecv");
  }

  template <class Calls>
  absl::Status InGroup(const Calls& calls) const {
    RINGSIDE_RETURN_IF_ERROR(nccl.Status(nccl.group_start(), "ncclGroupStart"));
    absl::Status status = calls();
    status.Update(nccl.Status(nccl.group_end(), "ncclGroupEnd"));
    return status;
  }
  template <class Call>
  absl::Status ForChunks(const Call& call) const {
    return InGroup([&]() -> absl::Status {
      for (int i = 0; i < members(); ++i) {
        const plan::Chunk chunk = plan::ChunkOf(count(), members(), i);
        if (chunk.count > 0) RINGSIDE_RETURN_IF_ERROR(call(i, chunk));
      }
      return absl::OkStatus();
    });
  }
};

}  // namespace

absl::Status StartOp(const Nccl& nccl, const NcclChannels::Member& member, const plan::Op& op,
                     plan::DType dtype, std::byte* first, std::byte* second, cudaStream_t stream) {
  const Start start{nccl, member, op, first, second, stream, TypeOf(dtype), plan::SizeOf(dtype)};
  switch (op.kind) {
    case plan::OpKind::kAllReduce:
      return start.AllReduce();
    case plan::OpKind::kReduceScatter:
      return start.ReduceScatter();
    case plan::OpKind::kAllGather:
      return start.AllGather();
    case plan::OpKind::kAllToAll:
      return start.AllToAll();
    case plan::OpKind::kRotate:
      return start.Rotate();
    case plan::OpKind::kSend:
      return start.Send(first, op.dims[0], 1 - member.index);  // a channel of two
    case plan::OpKind::kRecv:
      return start.Recv(first, op.dims[0], 1 - member.index);
    default:
      break;
  }
  RINGSIDE_CHECK(false && "not a communication op");
}

}  // namespace ringside::workers::cuda
