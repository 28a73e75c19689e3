// Timeline -> v1::Trace, as the workers would have left it.
#pragma once

#include <vector>

#include "plan/program.h"
#include "ringside/v1/device.pb.h"
#include "ringside/v1/trace.pb.h"
#include "sim/model/machine.h"

namespace ringside::sim {

v1::Trace BuildTrace(const std::vector<plan::Program>& programs, const std::vector<FlatProgram>& flat,
                     const Timeline& timeline, const v1::DeviceProfile& profile);

}  // namespace ringside::sim
