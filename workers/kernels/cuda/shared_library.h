// Libraries of the CUDA toolkit that are loaded when a run asks for the device, not when a process starts:
// they cost a tenth of a second and 200 MB that a CPU run must not pay.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::kernels::cuda {

class SharedLibrary {
 public:
  // By its file name, from the loader's paths or from the toolkit that this was built with; stays loaded.
  // UNAVAILABLE: not there.
  static absl::StatusOr<SharedLibrary> Open(const std::string& file);

  // `*function` becomes the symbol of that name. UNAVAILABLE: the library has none.
  template <class Function>
  absl::Status Get(const char* name, Function* function) const {
    void* symbol = nullptr;
    absl::Status status = Find(name, &symbol);
    *function = reinterpret_cast<Function>(symbol);
    return status;
  }

 private:
  SharedLibrary(std::string file, void* handle) : file_(std::move(file)), handle_(handle) {}
  absl::Status Find(const char* name, void** symbol) const;

  std::string file_;
  void* handle_;
};

}  // namespace ringside::kernels::cuda
