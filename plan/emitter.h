// Says once what the ops that follow belong to (phase, layer, micro-batch), so that what emits them says only
// what is computed from what.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "plan/program_builder.h"

namespace ringside::plan {

class Emitter {
 public:
  explicit Emitter(ProgramBuilder* builder) : builder_(builder) {}

  struct Place {
    Phase phase = Phase::kForward;
    int layer = -1, micro_batch = -1;
  };
  void Enter(const Place& place) { place_ = place; }
  void EnterLayer(int layer) { place_.layer = layer; }
  const Place& place() const { return place_; }

  int Emit(OpKind kind, std::initializer_list<View> operands, std::initializer_list<int64_t> dims,
           uint32_t flags = 0, std::initializer_list<double> scalars = {});
  // Where the number of operands varies.
  int EmitWith(OpKind kind, const std::vector<View>& operands, std::initializer_list<int64_t> dims,
               uint32_t flags = 0, std::initializer_list<double> scalars = {});
  // Nothing, and -1, where the group has one member.
  int Collective(OpKind kind, Stream stream, int group, const View& buf, uint32_t flags = 0,
                 const View& out = {});
  int Transfer(OpKind kind, Stream stream, int peer, const View& buf);

  // The next op also waits for these.
  void Await(int32_t op) { extra_deps_.push_back(op); }

  // A buffer of the step, named after where we are.
  View Temp(const char* name, int64_t elems, Category category = Category::kActivations,
            Element element = Element::kReal);
  View TempStat(const char* name, int64_t elems) {
    return Temp(name, elems, Category::kActivations, Element::kStat);
  }
  View TempInt(const char* name, int64_t elems) {
    return Temp(name, elems, Category::kActivations, Element::kInt);
  }

  // out = from, or out += from.
  void Copy(const View& from, const View& to, bool accumulate = false);

  ProgramBuilder& builder() { return *builder_; }

 private:
  Op Stamped(OpKind kind, uint32_t flags) const;
  int Send(Op op);

  ProgramBuilder* const builder_;
  Place place_;
  std::vector<int32_t> extra_deps_;
};

}  // namespace ringside::plan
