// What a piece of GPU work is, by its name: rules from a data file (data/kernel_classes.txt), since names of
// communication kernels change from release to release and libraries bring their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace re2 {
class RE2;
}

namespace ringside::trace {

enum class KernelClass : uint8_t { kCommunication, kMemory, kCompute, kOther };
inline constexpr int kNumKernelClasses = 4;
const char* KernelClassName(KernelClass c);  // "communication"

// Immutable: any thread may read.
class KernelClasses {
 public:
  // The rules that come with the program.
  static KernelClasses Default();
  // INVALID_ARGUMENT: "NAME:LINE: reason".
  static absl::StatusOr<KernelClasses> Parse(std::string_view text, std::string_view name);

  KernelClass Of(std::string_view kernel) const;

 private:
  struct Rule {
    KernelClass kernel_class;
    std::shared_ptr<const re2::RE2> pattern;
  };
  std::vector<Rule> rules_;
};

}  // namespace ringside::trace
