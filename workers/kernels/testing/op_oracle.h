// Runs single ops on kernels of any element type and on the double-precision reference, with the same inputs:
// tests of a topic hold for every implementation and type.
//
// Operands travel as doubles that the element type represents exactly. Bounds use two units: kUnit of float,
// in which all arithmetic is done at least, and the type's own, by which a result is rounded when it is
// written.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/op_schema.h"
#include "workers/kernels/dispatch.h"
#include "workers/kernels/number.h"
#include "workers/kernels/testing/oracle.h"

namespace ringside::kernels::testing {

using Operand = std::vector<double>;

inline plan::Op MakeOp(plan::OpKind kind, std::initializer_list<int64_t> dims,
                       std::initializer_list<double> scalars = {}, uint32_t flags = 0) {
  plan::Op op;
  op.kind = kind, op.dims = dims, op.scalars = scalars, op.flags = flags;
  return op;
}

// What an implementation of any type looks like to a test.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual double Unit() const = 0;       // unit roundoff of R
  virtual double Underflow() const = 0;  // what rounding changes a number near zero by, at most
  virtual double Round(double value) const = 0;
  // Operands before -> operands after.
  virtual std::vector<Operand> Run(const plan::Op& op, const std::vector<Operand>& operands,
                                   const StepContext& context) = 0;
};

template <class R>
class TypedSubject : public Subject {
 public:
  explicit TypedSubject(std::unique_ptr<Kernels<R>> kernels) : kernels_(std::move(kernels)) {}

  double Unit() const override {
    if constexpr (std::is_same_v<R, double>) return 0x1p-53;
    if constexpr (std::is_same_v<R, Bf16>) return 0x1p-8;
    if constexpr (std::is_same_v<R, F16>) return 0x1p-11;
    return kUnit;
  }
  double Underflow() const override { return std::is_same_v<R, F16> ? 0x1p-25 : 0x1p-127; }
  double Round(double value) const override { return static_cast<double>(static_cast<R>(value)); }

  std::vector<Operand> Run(const plan::Op& op, const std::vector<Operand>& operands,
                           const StepContext& context) override {
    const auto schema = plan::SchemaOf(op);
    EXPECT_TRUE(schema.ok()) << schema.status().ToString();
    std::vector<std::vector<std::byte>> memory;
    for (size_t i = 0; i < operands.size(); ++i) {
      memory.emplace_back(operands[i].size() * sizeof(double) + 8);
      With(schema->operands[i].element, memory[i].data(), [&](auto* to) {
        for (size_t x = 0; x < operands[i].size(); ++x)
          to[x] = static_cast<std::remove_reference_t<decltype(*to)>>(operands[i][x]);
      });
    }
    plan::Op run = op;
    run.operands.resize(operands.size());
    Execute(*kernels_, run, &memory, context);
    std::vector<Operand> after = operands;
    for (size_t i = 0; i < operands.size(); ++i) {
      With(schema->operands[i].element, memory[i].data(), [&](auto* from) {
        for (size_t x = 0; x < operands[i].size(); ++x) after[i][x] = static_cast<double>(from[x]);
      });
    }
    return after;
  }

 protected:
  // On operands that are in `memory`, wherever the kernels want them.
  virtual void Execute(Kernels<R>& kernels, const plan::Op& op, std::vector<std::vector<std::byte>>* memory,
                       const StepContext& context) {
    std::vector<void*> pointers;
    for (std::vector<std::byte>& operand : *memory) pointers.push_back(operand.data());
    RunOp(kernels, op, absl::MakeConstSpan(pointers), context);
  }

 private:
  template <class Use>
  static void With(plan::Element element, void* data, const Use& use) {
    if (element == plan::Element::kInt) return use(static_cast<int32_t*>(data));
    if (element == plan::Element::kStat) return use(static_cast<typename StatOf<R>::Type*>(data));
    use(static_cast<R*>(data));
  }

  const std::unique_ptr<Kernels<R>> kernels_;
};

struct SubjectMaker {
  const char* name;
  std::function<absl::StatusOr<std::unique_ptr<Subject>>()> make;  // an error: why it cannot be had here
};

template <class R>
SubjectMaker ReferenceSubject(const char* name) {
  return {name, []() -> absl::StatusOr<std::unique_ptr<Subject>> {
            return std::make_unique<TypedSubject<R>>(MakeReferenceKernels<R>());
          }};
}
template <class R>
SubjectMaker FastSubject(const char* name, GemmLibrary library) {
  return {name, [library]() -> absl::StatusOr<std::unique_ptr<Subject>> {
            FastKernelOptions options;
            options.gemm = library;
            auto kernels = MakeFastKernels<R>(options);
            if (!kernels.ok()) return kernels.status();
            return std::make_unique<TypedSubject<R>>(*std::move(kernels));
          }};
}

// The CPU's. A test's source that is compiled with RINGSIDE_TEST_CUDA tests the GPU's instead
// (cuda/testing/cuda_subject.h, which is included at the end of this file).
#ifndef RINGSIDE_TEST_CUDA
inline auto AllSubjects() {
  return ::testing::Values(
      ReferenceSubject<float>("reference_f32"), FastSubject<float>("onednn_f32", GemmLibrary::kOneDnn),
      FastSubject<float>("openblas_f32", GemmLibrary::kOpenBlas), ReferenceSubject<Bf16>("reference_bf16"),
      FastSubject<Bf16>("onednn_bf16", GemmLibrary::kOneDnn),
      FastSubject<Bf16>("widened_bf16", GemmLibrary::kOpenBlas), ReferenceSubject<F16>("reference_f16"),
      FastSubject<F16>("widened_f16", GemmLibrary::kOneDnn));
}
#else
inline auto AllSubjects();
#endif
inline std::string SubjectName(const ::testing::TestParamInfo<SubjectMaker>& info) {
  return info.param.name;
}

class OpTest : public ::testing::TestWithParam<SubjectMaker> {
 protected:
  void SetUp() override {
    auto subject = GetParam().make();
    if (!subject.ok()) GTEST_SKIP() << subject.status();
    subject_ = *std::move(subject);
    u_ = subject_->Unit();
  }

  Operand Draw(int64_t n, double scale = 1.0) {
    std::uniform_real_distribution<double> uniform(-scale, scale);
    Operand values(n);
    for (double& value : values) value = subject_->Round(uniform(rng_));
    return values;
  }

  // Operands of an op: numbers in [-1, 1] where it reads, NaN where it only writes or scratches. Tests then
  // replace those that must be something else.
  std::vector<Operand> DrawOperands(const plan::Op& op) {
    const auto schema = plan::SchemaOf(op);
    EXPECT_TRUE(schema.ok()) << schema.status().ToString();
    std::vector<Operand> operands;
    for (const plan::OperandSpec& spec : schema->operands) {
      const bool reads = spec.access == plan::Access::kRead || spec.access == plan::Access::kReadWrite;
      operands.push_back(reads ? Draw(spec.elems) : Operand(spec.elems, NAN));
      if (spec.element == plan::Element::kInt) std::fill(operands.back().begin(), operands.back().end(), 0.0);
    }
    return operands;
  }

  // Runs both; actual_ and exact_ hold the operands afterwards.
  void Run(const plan::Op& op, const std::vector<Operand>& operands) {
    actual_ = subject_->Run(op, operands, context_);
    exact_ = oracle_.Run(op, operands, context_);
  }

  // bound(i, exact value): the error that element i of operand `index` may have, underflow aside. Never
  // satisfied by NaN.
  void Expect(int index, const std::string& what, const std::function<double(int64_t, double)>& bound) {
    const Operand &actual = actual_.at(index), &exact = exact_.at(index);
    for (size_t i = 0; i < exact.size(); ++i) {
      if (actual[i] == exact[i]) continue;  // also infinities
      const double error = std::abs(actual[i] - exact[i]);
      const double limit = bound(static_cast<int64_t>(i), exact[i]) + subject_->Underflow();
      ASSERT_TRUE(error <= limit) << what << "[" << i << "]: " << actual[i] << " instead of " << exact[i]
                                  << ", error " << error << " above " << limit;
    }
  }
  void ExpectEqual(int index, const std::string& what) {
    Expect(index, what, [](int64_t, double) { return 0.0; });
  }
  // Computed with an absolute error of `error` in float at most, then rounded to R.
  void ExpectRounded(int index, const std::string& what, double error) {
    Expect(index, what, [=, this](int64_t, double exact) { return u_ * std::abs(exact) + 1.01 * error; });
  }

  std::mt19937 rng_{20240501};
  double u_ = 0;
  StepContext context_;
  std::unique_ptr<Subject> subject_;
  TypedSubject<double> oracle_{MakeReferenceKernels<double>()};
  std::vector<Operand> actual_, exact_;
};

}  // namespace ringside::kernels::testing

#ifdef RINGSIDE_TEST_CUDA
#include "workers/kernels/cuda/testing/cuda_subject.h"
#endif
