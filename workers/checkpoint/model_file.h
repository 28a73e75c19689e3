// GPT-2 as Hugging Face keeps it: one safetensors file whose tensors are called as ours are, but for
// ".weight" after wte and wpe, and whose matrices (Conv1D) are stored [in, out] where ours are [out, in].
// Names may begin with "transformer."; causal masks (attn.bias, attn.masked_bias) and the copy lm_head.weight
// of a tied output are passed over. Of wpe the first positions are taken where the file has more than the
// model.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/checkpoint/checkpoint_source.h"
#include "workers/checkpoint/safetensors.h"
#include "workers/checkpoint/tensor_source.h"

namespace ringside::checkpoint {

// The name there of a tensor that is called `name` here.
std::string ModelFileName(const std::string& name);
// Stored [in, out] there.
bool IsTransposed(std::string_view name);

class ModelFile : public TensorSource {
 public:
  // NOT_FOUND, PERMISSION_DENIED, DATA_LOSS: as SafetensorsFile::Open. INVALID_ARGUMENT: it is no GPT-2.
  static absl::StatusOr<std::unique_ptr<ModelFile>> Open(const std::string& path);

  const SafetensorsFile& file() const { return *file_; }

  const std::string& name() const override { return name_; }
  std::optional<plan::DType> TypeOf(const plan::Param& param, Kind kind) const override;  // weights alone
  absl::Status CheckShape(const plan::Param& param) const override;
  absl::Status Read(const plan::Param& param, Kind kind, int64_t begin, int64_t n, plan::DType dtype,
                    std::byte* to) const override;
  // What its tensors are called here.
  std::vector<std::string> TensorNames() const;

 private:
  ModelFile() = default;
  const TensorInfo* FindTensor(const plan::Param& param) const;

  std::string name_, prefix_;
  std::unique_ptr<SafetensorsFile> file_;
};

// Writes the weights of the checkpoint in `path` (a step's directory) as such a file, in the type they are
// stored in. INVALID_ARGUMENT: it is no GPT-2. Else as the source and SafetensorsWriter.
absl::Status ExportModel(const std::string& path, const std::string& out);

}  // namespace ringside::checkpoint
