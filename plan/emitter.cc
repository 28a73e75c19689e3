#include "plan/emitter.h"

#include <fmt/format.h>

#include <utility>

namespace ringside::plan {

Op Emitter::Stamped(OpKind kind, uint32_t flags) const {
  Op op;
  op.kind = kind;
  op.phase = place_.phase;
  op.layer = static_cast<int16_t>(place_.layer);
  op.micro_batch = static_cast<int16_t>(place_.micro_batch);
  op.flags = flags;
  return op;
}

int Emitter::Send(Op op) {
  for (int32_t dep : std::exchange(extra_deps_, {})) op.deps.push_back(dep);
  return builder_->Emit(std::move(op));
}

int Emitter::Emit(OpKind kind, std::initializer_list<View> operands, std::initializer_list<int64_t> dims,
                  uint32_t flags, std::initializer_list<double> scalars) {
  return EmitWith(kind, std::vector<View>(operands), dims, flags, scalars);
}

int Emitter::EmitWith(OpKind kind, const std::vector<View>& operands, std::initializer_list<int64_t> dims,
                      uint32_t flags, std::initializer_list<double> scalars) {
  Op op = Stamped(kind, flags);
  op.operands.assign(operands.begin(), operands.end());
  op.dims.assign(dims.begin(), dims.end());
  op.scalars.assign(scalars.begin(), scalars.end());
  return Send(std::move(op));
}

int Emitter::Collective(OpKind kind, Stream stream, int group, const View& buf, uint32_t flags,
                        const View& out) {
  Op op = Stamped(kind, flags);
  op.stream = stream;
  op.group = group;
  for (int32_t dep : std::exchange(extra_deps_, {})) op.deps.push_back(dep);
  return builder_->EmitCollective(std::move(op), buf, out);
}

int Emitter::Transfer(OpKind kind, Stream stream, int peer, const View& buf) {
  Op op = Stamped(kind, 0);
  op.stream = stream;
  op.peer = peer;
  op.operands = {buf};
  op.dims = {buf.elems};
  return builder_->Emit(std::move(op));
}

View Emitter::Temp(const char* name, int64_t elems, Category category, Element element) {
  std::string full = name;
  if (place_.layer >= 0) full += fmt::format(" layer {}", place_.layer);
  if (place_.micro_batch >= 0) full += fmt::format(" mb {}", place_.micro_batch);
  return builder_->AddTemp(std::move(full), category, elems, element);
}

void Emitter::Copy(const View& from, const View& to, bool accumulate) {
  Emit(OpKind::kCopy, {from, to}, {1, from.elems, from.elems, 0, from.elems, 0},
       accumulate ? uint32_t{kAccumulate} : 0u);
}

}  // namespace ringside::plan
