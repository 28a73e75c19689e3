#include "plan/program_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/check.h"
#include "plan/collective.h"
#include "plan/op_schema.h"

namespace ringside::plan {
namespace {

bool Overlap(const View& a, const View& b) {
  return a.buffer == b.buffer && a.offset < b.offset + b.elems && b.offset < a.offset + a.elems;
}

void AddDep(int32_t dep, Op* op) {
  if (std::find(op->deps.begin(), op->deps.end(), dep) == op->deps.end()) op->deps.push_back(dep);
}

bool HasScratch(const Op& op) {
  return op.kind == OpKind::kAllReduce || op.kind == OpKind::kReduceScatter;
}

}  // namespace

View ProgramBuilder::AddBuffer(std::string name, Category category, int64_t elems, Element element,
                               bool temporary) {
  RINGSIDE_CHECK(elems > 0);
  const auto id = static_cast<int32_t>(program_.buffers.size());
  program_.buffers.push_back({std::move(name), category, TypeOf(element, program_.real), elems, -1, -1});
  temporary_.push_back(temporary);
  pending_.emplace_back();
  return {id, 0, elems};
}

View ProgramBuilder::AddPersistent(std::string name, Category category, int64_t elems, Element element) {
  return AddBuffer(std::move(name), category, elems, element, false);
}

View ProgramBuilder::AddTemp(std::string name, Category category, int64_t elems, Element element) {
  return AddBuffer(std::move(name), category, elems, element, true);
}

int ProgramBuilder::AddGroup(std::string axis, std::vector<int32_t> ranks) {
  auto& groups = program_.groups;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].axis == axis && groups[i].ranks == ranks) return static_cast<int>(i);
  }
  groups.push_back({std::move(axis), std::move(ranks)});
  return static_cast<int>(groups.size()) - 1;
}

void ProgramBuilder::EmitInit(Op op) {
  op.phase = Phase::kInit;
  const OpCost cost = CostOf(op, program_.real);
  op.flops = cost.flops, op.bytes = cost.bytes;
  program_.init_ops.push_back(std::move(op));
}

void ProgramBuilder::AddHazards(Op* op) {
  const auto schema = SchemaOf(*op);
  RINGSIDE_CHECK(schema.ok());
  RINGSIDE_CHECK(schema->operands.size() == op->operands.size());
  for (size_t i = 0; i < op->operands.size(); ++i) {
    const Access access = schema->operands[i].access;
    if (access == Access::kScratch) continue;  // shared by ops that run one after the other
    const View& view = op->operands[i];
    const bool writes = access != Access::kRead;
    if (access != Access::kWrite) {
      const auto writer = last_write_.find({view.buffer, view.offset});
      if (writer != last_write_.end()) AddDep(writer->second, op);
    }
    auto& pending = pending_[view.buffer];
    std::erase_if(pending, [this](const Pending& p) { return clock_.Ended(p.op); });
    for (const Pending& p : pending) {
      if (Overlap(p.view, view) && (writes || p.writes)) AddDep(p.op, op);
    }
  }
}

int ProgramBuilder::Emit(Op op) {
  AddHazards(&op);
  const OpCost cost = CostOf(op, program_.real);
  op.flops = cost.flops, op.bytes = cost.bytes;
  if (IsCommunication(op.kind)) {
    op.bytes = op.dims[0] * SizeOf(program_.buffers[op.operands[0].buffer].dtype);
  }
  const auto index = static_cast<int32_t>(program_.ops.size());
  const auto schema = SchemaOf(op);
  for (size_t i = 0; i < op.operands.size(); ++i) {
    const Access access = schema->operands[i].access;
    if (access == Access::kScratch) continue;
    const View& view = op.operands[i];
    if (access != Access::kRead) last_write_[{view.buffer, view.offset}] = index;
    if (IsCommunication(op.kind)) pending_[view.buffer].push_back({index, view, access != Access::kRead});
  }
  clock_.Advance(op);
  program_.ops.push_back(std::move(op));
  return index;
}

int32_t ProgramBuilder::ScratchOf(Stream stream, DType dtype) {
  const auto [it, is_new] = scratch_.try_emplace({static_cast<int>(stream), static_cast<int>(dtype)}, -1);
  if (is_new) {
    const Element element = dtype == program_.real ? Element::kReal : Element::kStat;
    it->second = AddPersistent(fmt::format("scratch {} {}", Name(stream), Name(dtype)),
                               Category::kCommunication, 1, element)
                     .buffer;  // grown by SizeScratch
  }
  return it->second;
}

int ProgramBuilder::EmitCollective(Op op, const View& buf, const View& out) {
  RINGSIDE_CHECK(IsCollective(op.kind));
  const int members = static_cast<int>(program_.groups[op.group].ranks.size());
  if (members == 1) return -1;
  const DType dtype = program_.buffers[buf.buffer].dtype;
  op.dims = {buf.elems};
  op.algorithm = ChooseAlgorithm(op.kind, buf.elems, SizeOf(dtype), members, algorithm_);
  op.operands = {buf};
  if (HasScratch(op)) {
    op.operands.push_back({ScratchOf(op.stream, dtype), 0, 1});
  } else if (op.kind == OpKind::kAllToAll || op.kind == OpKind::kRotate) {
    op.operands.push_back(out);
  }
  return Emit(std::move(op));
}

void ProgramBuilder::SizeScratch() {
  // Equal collectives (every layer's, every micro-batch's) have equal rounds, and thousands of members many.
  std::map<std::tuple<OpKind, Algorithm, int32_t, int64_t>, int64_t> known;
  for (const Op& op : program_.ops) {
    if (!HasScratch(op)) continue;
    Buffer& scratch = program_.buffers[op.operands[1].buffer];
    const auto [it, is_new] = known.try_emplace({op.kind, op.algorithm, op.group, op.dims[0]}, 0);
    if (is_new) it->second = ScratchElems(RoundsOf(op, program_.groups, program_.rank));
    scratch.elems = std::max(scratch.elems, it->second);
  }
  for (Op& op : program_.ops) {
    if (HasScratch(op)) op.operands[1].elems = program_.buffers[op.operands[1].buffer].elems;
  }
}

void ProgramBuilder::SetLifetimes() {
  // By buffer: the ops that use it and have not surely ended yet.
  std::vector<std::vector<int32_t>> open(program_.buffers.size());
  std::vector<int32_t> last_use(program_.buffers.size(), -1);
  for (int32_t i = 0; i < static_cast<int32_t>(program_.ops.size()); ++i) {
    for (const View& view : program_.ops[i].operands) last_use[view.buffer] = i;
  }
  std::vector<int32_t> waiting;  // step buffers past their last use that communication may still touch
  StreamClock clock;
  for (int32_t i = 0; i < static_cast<int32_t>(program_.ops.size()); ++i) {
    const Op& op = program_.ops[i];
    clock.Advance(op);
    for (const View& view : op.operands) {
      if (!temporary_[view.buffer]) continue;
      Buffer& buffer = program_.buffers[view.buffer];
      if (buffer.first_op < 0) buffer.first_op = i;
      auto& uses = open[view.buffer];
      if (uses.empty() || uses.back() != i) uses.push_back(i);
      if (last_use[view.buffer] == i &&
          std::find(waiting.begin(), waiting.end(), view.buffer) == waiting.end()) {
        waiting.push_back(view.buffer);
      }
    }
    if (op.stream != Stream::kCompute) continue;
    std::erase_if(waiting, [&](int32_t id) {
      for (int32_t use : open[id]) {
        if (!clock.Ended(use)) return false;
      }
      program_.buffers[id].last_op = i;
      return true;
    });
  }
  RINGSIDE_CHECK(waiting.empty());
}

Program ProgramBuilder::Finish() {
  Op join;
  join.kind = OpKind::kJoin;
  join.phase = program_.ops.empty() ? Phase::kForward : program_.ops.back().phase;
  for (int s = 1; s < kNumStreams; ++s) {
    const int32_t tail = clock_.tails()[s];
    if (tail >= 0 && !clock_.Ended(tail)) join.deps.push_back(tail);
  }
  if (!join.deps.empty()) Emit(std::move(join));
  SizeScratch();
  SetLifetimes();
  return std::move(program_);
}

}  // namespace ringside::plan
