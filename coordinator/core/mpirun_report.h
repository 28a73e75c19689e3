// Reads from mpirun's last words which rank brought the others down. mpirun reports the first process that
// went wrong and then ends the rest, so this is better evidence than the order in which streams broke.
// Texts as printed by Open MPI 4.1 and 5.0.
#pragma once

#include <optional>
#include <string_view>

namespace ringside::coordinator {

struct MpirunReport {
  int rank = -1;
  int signal = 0;        // the rank was ended by this signal; 0: it was not
  int exit_code = 0;     // the rank exited with this code; 0 with a signal
  bool aborted = false;  // the rank called MPI_Abort
};

// Nothing where the text names no rank.
std::optional<MpirunReport> ParseMpirunReport(std::string_view stderr_tail);

}  // namespace ringside::coordinator
