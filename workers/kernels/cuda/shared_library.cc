#include "workers/kernels/cuda/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace ringside::kernels::cuda {

absl::StatusOr<SharedLibrary> SharedLibrary::Open(const std::string& file) {
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const std::string reason = handle == nullptr ? dlerror() : "";
  if (handle == nullptr) {
    handle = dlopen(fmt::format("{}/{}", RINGSIDE_CUDA_LIBRARY_DIR, file).c_str(), RTLD_NOW | RTLD_LOCAL);
  }
  if (handle == nullptr) {
    return absl::UnavailableError(fmt::format(
        "{} cannot be loaded ({}); put it on LD_LIBRARY_PATH or use RINGSIDE_DEVICE=cpu", file, reason));
  }
  return SharedLibrary(file, handle);
}

absl::Status SharedLibrary::Find(const char* name, void** symbol) const {
  *symbol = dlsym(handle_, name);
  if (*symbol != nullptr) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("{} has no {}: another version?", file_, name));
}

}  // namespace ringside::kernels::cuda
