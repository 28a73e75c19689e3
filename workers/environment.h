// What a trace says of the machine it was measured on.
#pragma once

#include <string>

#include "ringside/v1/trace.pb.h"

namespace ringside::workers {

// CPU, cores and version; `kernels` and `transport` as they describe themselves.
v1::Environment DescribeEnvironment(const std::string& kernels, const std::string& transport);

std::string HostName();

}  // namespace ringside::workers
