// What a trace says of the machine it was measured on.
#pragma once

#include <string>

#include "plan/program.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::workers {

// CPU, cores and version; `kernels` and `transport` as they describe themselves.
v1::Environment DescribeEnvironment(const std::string& kernels, const std::string& transport);

// Notes what a reader of `trace` would otherwise take for granted, e.g. that not all spans were kept.
void AddNotes(const plan::Program& program, const v1::RankTrace& trace, v1::Environment* environment);

std::string HostName();

}  // namespace ringside::workers
