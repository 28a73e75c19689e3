// What this machine has, found out without changing it. Every probe is quick (a few seconds at the very most)
// and none fails: what cannot be found out counts as missing.
#pragma once

#include <string>
#include <vector>

namespace ringside::cli {

struct Finding {
  std::string part;  // "mpi"
  bool works = false;
  bool required = false;  // without it `ringside run` cannot work
  std::string found;      // what is there, or what is not
  std::string cost;       // what its absence costs; empty where it works
};

Finding ProbeCpu();
Finding ProbeMemory();
Finding ProbeKernels();
Finding ProbeWorker();
Finding ProbeMpi();
Finding ProbeVirtualNodes();
Finding ProbeSlurm();
Finding ProbeGpu();
Finding ProbeCudaToolkit();
Finding ProbeNccl();
Finding ProbeProfile();
Finding ProbeDisk();

// All of the above, in that order.
std::vector<Finding> ProbeAll();

// What must be the same for a calibration to hold: CPU family, model and stepping, number of cores.
std::string MachineInWords();

// Model name as /proc/cpuinfo has it; "unknown CPU" where it has none.
std::string CpuModel();

}  // namespace ringside::cli
