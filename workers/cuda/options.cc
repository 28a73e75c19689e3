#include "workers/cuda/options.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace ringside::workers::cuda {
namespace {

bool IsSet(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && std::string_view(value) == "1";
}

// -1: not there.
int Number(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? -1 : std::atoi(value);
}

}  // namespace

CudaOptions OptionsFromEnvironment(int devices) {
  CudaOptions options;
  options.context.device = Number("RINGSIDE_CUDA_DEVICE");
  if (options.context.device < 0) {
    options.context.device = std::max(0, Number("OMPI_COMM_WORLD_LOCAL_RANK")) % std::max(1, devices);
  }
  options.context.fast_math = IsSet("RINGSIDE_CUDA_FAST");
  options.graphs = IsSet("RINGSIDE_CUDA_GRAPHS");
  options.synchronous = IsSet("RINGSIDE_CUDA_SYNC");
  return options;
}

int RanksOnNode(int world_size) {
  const int local = Number("OMPI_COMM_WORLD_LOCAL_SIZE");
  return local > 0 ? std::min(local, world_size) : world_size;
}

}  // namespace ringside::workers::cuda
