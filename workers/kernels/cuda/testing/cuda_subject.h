// The GPU's kernels as subjects of the op tests: operands go to its memory and back.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "workers/kernels/cuda/context.h"
#include "workers/kernels/cuda/cuda_kernels.h"
#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels::testing {

template <class R>
class CudaSubject final : public TypedSubject<R> {
 public:
  static absl::StatusOr<std::unique_ptr<Subject>> Make() {
    RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<cuda::Context> context, cuda::Context::Make({}));
    RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<Kernels<R>> kernels, cuda::MakeCudaKernels<R>(context.get()));
    return std::unique_ptr<Subject>(new CudaSubject(std::move(context), std::move(kernels)));
  }

 protected:
  void Execute(Kernels<R>& kernels, const plan::Op& op, std::vector<std::vector<std::byte>>* memory,
               const StepContext& step) override {
    std::vector<void*> pointers;
    for (const std::vector<std::byte>& operand : *memory) {
      void* at = nullptr;
      context_->Check(cudaMalloc(&at, operand.size()), "cudaMalloc of an operand");
      context_->CopyIn(at, operand.data(), static_cast<int64_t>(operand.size()));
      pointers.push_back(at);
    }
    RunOp(kernels, op, absl::MakeConstSpan(pointers), step);
    for (size_t i = 0; i < pointers.size(); ++i) {
      std::vector<std::byte>& operand = (*memory)[i];
      context_->Check(cudaMemcpyAsync(operand.data(), pointers[i], operand.size(), cudaMemcpyDeviceToHost,
                                      context_->stream()),
                      "cudaMemcpyAsync of an operand");
    }
    context_->Check(cudaStreamSynchronize(context_->stream()), "the op");
    for (void* at : pointers) cudaFree(at);
    EXPECT_EQ(context_->status(), absl::OkStatus()) << plan::Describe(op);
  }

 private:
  CudaSubject(std::unique_ptr<cuda::Context> context, std::unique_ptr<Kernels<R>> kernels)
      : TypedSubject<R>(std::move(kernels)), context_(std::move(context)) {}

  const std::unique_ptr<cuda::Context> context_;
};

inline auto AllSubjects() {
  return ::testing::Values(SubjectMaker{"cuda_f32", CudaSubject<float>::Make},
                           SubjectMaker{"cuda_bf16", CudaSubject<Bf16>::Make},
                           SubjectMaker{"cuda_f16", CudaSubject<F16>::Make});
}

}  // namespace ringside::kernels::testing
