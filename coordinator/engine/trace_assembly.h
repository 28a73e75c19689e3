// Puts together what the ranks have sent into the job's Trace.
#pragma once

#include <string>
#include <vector>

#include "coordinator/engine/work.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::coordinator {

// Ranks by rank. Long ParamValues, which workers send in pieces, become one entry per parameter; the
// launcher's name and note go into the environment's notes.
v1::Trace AssembleTrace(const Work& work, std::vector<v1::RankTrace> ranks, v1::Environment environment,
                        const std::string& launcher_note);

}  // namespace ringside::coordinator
