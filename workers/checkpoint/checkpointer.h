// One rank's part in writing and restoring checkpoints: collective over all ranks of a job, between steps.
//
// Saving: rank 0 makes the directory under a temporary name, every rank writes what it owns (ownership.h)
// into a file of its own and brings it to the disk, rank 0 adds index.json and renames. Whoever fails makes
// all fail, and nothing is left. Restoring: every rank checks its share of the files' checksums and reads the
// ranges that its pieces need.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/checkpoint/index.h"
#include "workers/run_control.h"
#include "workers/run_hooks.h"
#include "workers/transport/transport.h"

namespace ringside::checkpoint {

struct CheckpointOptions {
  std::string dir;            // empty: none are written, none are read
  int every = 0;              // steps; 0: none are written
  int keep = 2;               // newest ones; 0: all
  bool resume = false;        // begin with the newest one in `dir`, if there is one
  std::string init_from;      // a model file to take the first weights from (model_file.h); empty: none
  std::string scenario_json;  // what index.json says of the job; may be empty
};

class Checkpointer {
 public:
  // `program`, `transport` and `control` outlive it. `control` counts bytes as progress and can stop it.
  Checkpointer(const plan::Program& program, workers::Transport* transport, workers::RunControl* control,
               CheckpointOptions options);

  // Both bound to this, which must outlive the run.
  workers::RunHooks Hooks();

  // The step to begin with: 0, or where the newest checkpoint leaves off. INVALID_ARGUMENT: it is of another
  // model, or has no step left to do. NOT_FOUND, DATA_LOSS: something is missing or damaged. The message
  // names tensor and file.
  absl::StatusOr<int32_t> Restore(const workers::MemoryOf& memory);
  // `steps` were done. RESOURCE_EXHAUSTED: the disk is full; FAILED_PRECONDITION: it cannot be written.
  absl::Status Save(int32_t steps, const workers::MemoryOf& memory);

  // What a reader of the trace should know: where the run began, what was converted, what saving took. Each
  // begins with "checkpoints: ".
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Plan;  // which slices this rank writes, under which names
  absl::Status MakePlan();
  absl::Status TrySave(int32_t steps, const workers::MemoryOf& memory);
  absl::StatusOr<int32_t> Load(const std::string& path, const workers::MemoryOf& memory);
  absl::StatusOr<int32_t> LoadModelFile(const workers::MemoryOf& memory);
  absl::Status CheckSameTensors(const std::vector<std::string>& names, const std::string& where);
  absl::StatusOr<std::string> WriteFile(const std::string& partial, const workers::MemoryOf& memory);
  absl::Status Commit(int32_t steps, const std::string& partial, const std::vector<std::string>& reports);

  const plan::Program& program_;
  workers::Transport* const transport_;
  workers::RunControl* const control_;
  const CheckpointOptions options_;
  const std::vector<plan::Param> state_;
  std::shared_ptr<const Plan> plan_;  // made by the first Save
  std::vector<std::string> notes_;
  int saved_ = 0;
  int64_t saved_bytes_ = 0, saving_ns_ = 0;
};

}  // namespace ringside::checkpoint
