// The kernels that a program asks for: by its precision and RunSpec.kernels.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/device.h"
#include "workers/kernels/kernels.h"
#include "workers/kernels/number.h"

namespace ringside::workers {

// Those of one element type; never empty.
class KernelSet {
 public:
  template <class R>
  explicit KernelSet(std::unique_ptr<kernels::Kernels<R>> kernels, std::unique_ptr<Device> device = nullptr)
      : device_(std::move(device)), kernels_(std::move(kernels)) {}

  std::string Describe() const {
    const std::string of_device = device_ == nullptr ? "" : device_->Describe();
    return std::visit([](const auto& kernels) { return kernels->Describe(); }, kernels_) + of_device;
  }
  // Where their operands lie; nullptr: in the memory of this process.
  Device* device() const { return device_.get(); }
  // use(kernels::Kernels<R>&), for the R that they are of.
  template <class Use>
  auto Visit(Use use) const {
    return std::visit([&use](const auto& kernels) { return use(*kernels); }, kernels_);
  }

 private:
  std::unique_ptr<Device> device_;
  std::variant<std::unique_ptr<kernels::Kernels<float>>, std::unique_ptr<kernels::Kernels<double>>,
               std::unique_ptr<kernels::Kernels<kernels::Bf16>>,
               std::unique_ptr<kernels::Kernels<kernels::F16>>>
      kernels_;
};

// fp64 implies the reference kernels on a CPU. RINGSIDE_DEVICE=cuda in the environment: the kernels of a GPU
// (docs/gpu.md) unless the choice is the reference. Call it before other threads start (kernels.h says why).
// UNAVAILABLE: a library or GPU is missing; UNIMPLEMENTED: built without CUDA.
absl::StatusOr<KernelSet> MakeKernels(plan::DType real, v1::KernelChoice choice);

}  // namespace ringside::workers
