// `ringside checkpoint export DIR OUT.safetensors`: a model that was trained here, for other programs.
#include "cli/command.h"
#include "cli/output.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "workers/checkpoint/index.h"
#include "workers/checkpoint/model_file.h"

namespace ringside::cli {

int CheckpointExport(const CheckpointCommandOptions& options) {
  const std::string newest = checkpoint::LatestCheckpoint(options.checkpoint).value_or(options.checkpoint);
  const auto index = checkpoint::ReadIndex(newest);
  if (!index.ok()) return Fail(index.status());
  if (absl::Status exported = checkpoint::ExportModel(newest, options.out); !exported.ok())
    return Fail(exported);
  const Output output(options.json);
  output.Print(fmt::format("{}: the weights after step {} of {}\n", options.out, index->step, newest));
  const absl::Status written = output.WriteJson({{"file", options.out}, {"step", index->step}});
  return written.ok() ? kExitOk : Fail(written);
}

}  // namespace ringside::cli
