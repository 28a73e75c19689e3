// Jobs in threads with checkpoints, imported weights or a text.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "workers/checkpoint/checkpointer.h"
#include "workers/local_cluster.h"

namespace ringside::checkpoint {

// Runs the programs with a Checkpointer each. `resaved_dir` not empty: what was restored is saved there again
// before the first step. `notes`, if given, gets those of rank 0.
inline absl::StatusOr<v1::Trace> RunWithCheckpoints(const std::vector<plan::Program>& programs,
                                                    const CheckpointOptions& options,
                                                    const std::string& resaved_dir = "",
                                                    std::vector<std::string>* notes = nullptr) {
  std::mutex mutex;
  std::vector<std::unique_ptr<Checkpointer>> checkpointers;
  Checkpointer* of_rank_0 = nullptr;
  workers::LocalClusterOptions cluster;
  cluster.kernels = v1::KERNELS_REFERENCE;
  cluster.hooks = [&](const plan::Program& program, workers::Transport* transport,
                      workers::RunControl* control) {
    CheckpointOptions again = options;
    again.dir = resaved_dir;
    std::lock_guard lock(mutex);
    Checkpointer* main =
        checkpointers.emplace_back(std::make_unique<Checkpointer>(program, transport, control, options))
            .get();
    Checkpointer* resaver =
        checkpointers.emplace_back(std::make_unique<Checkpointer>(program, transport, control, again)).get();
    if (program.rank == 0) of_rank_0 = main;
    workers::RunHooks hooks = main->Hooks();
    if (resaved_dir.empty()) return hooks;
    hooks.before_first_step = [main, resaver](const workers::MemoryOf& memory) -> absl::StatusOr<int32_t> {
      auto first = main->Restore(memory);
      if (!first.ok()) return first;
      if (absl::Status saved = resaver->Save(*first, memory); !saved.ok()) return saved;
      return first;
    };
    return hooks;
  };
  auto trace = workers::RunInThreads(programs, cluster);
  if (notes != nullptr && of_rank_0 != nullptr) *notes = of_rank_0->notes();
  return trace;
}

}  // namespace ringside::checkpoint
