// Names the one cause of a failed attempt among the many signs that arrive together: when one rank dies,
// mpirun ends the others, their streams break within the same millisecond, and some still report that a
// peer is gone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/core/types.h"

namespace ringside::coordinator {

// One sign of trouble from one rank, in the order of arrival.
struct Sign {
  int rank = 0;
  std::optional<v1::Failure> reported;  // what the rank said itself; absent: its stream broke
  std::string last_seen;                // "last seen at step 5, op 118 forward gemm layer 3 mb 1"
  int step = -1;
  std::string op;
};

// Whether a rank's own report may well be the echo of another rank's death.
bool MayBeConsequence(const v1::Failure& failure);

// In this order: a rank's own report of an own fault that came before any death; a death by signal that
// mpirun reports; any own report; an exit code that mpirun reports; an echo; the first stream that broke;
// the launcher's end. `position` of a rank that left no sign comes from `last_seen_of`.
v1::Failure NameCause(const std::vector<Sign>& signs, const std::optional<LauncherExit>& exit,
                      const std::vector<Sign>& last_seen_of);

// What mpirun's processes said last as one line of at most `max_chars`, each line once; mpirun's own boxed
// explanations only where there is nothing else.
std::string Excerpt(const std::string& stderr_tail, size_t max_chars = 400);

// "SIGKILL"; "signal 77" where it has no name.
std::string SignalName(int signal);

}  // namespace ringside::coordinator
