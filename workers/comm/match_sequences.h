// Before the first step: do all ranks mean the same communication?
//
// A rank that would begin another collective than its peers hangs or, worse, adds up what does not belong
// together. Every rank sends rank 0 the whole sequence of every channel (channels.h): kind, elements, type,
// reduction and algorithm of each op. Rank 0 compares and tells all.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "plan/program.h"
#include "ringside/v1/worker.pb.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

v1::CommSequences SequencesOf(const plan::Program& program);

// FAILED_PRECONDITION: names the first sequence number at which two ranks differ, and what each has.
// `by_rank`: of all ranks of the job.
absl::Status CompareSequences(const std::vector<v1::CommSequences>& by_rank);

// Collective over all ranks of the job, on the control channel; all return the same. CANCELLED: `stop`.
absl::Status MatchSequences(const plan::Program& program, Transport& transport,
                            const std::atomic<bool>& stop);

}  // namespace ringside::workers
