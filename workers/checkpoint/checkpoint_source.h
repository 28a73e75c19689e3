// The tensors of a checkpoint, whatever layout wrote it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "workers/checkpoint/index.h"
#include "workers/checkpoint/safetensors.h"
#include "workers/checkpoint/tensor_source.h"

namespace ringside::checkpoint {

// The metadata of a stored slice: which elements of which tensor it is. Its key is the slice's name in the
// file.
std::string DescribeSlice(const plan::Param& param, const Slice& slice);

class CheckpointSource : public TensorSource {
 public:
  // Maps every file of the checkpoint in `path` (a step's directory). Sizes are compared with the index,
  // and that no element is missing; contents are not (VerifyFile). NOT_FOUND: there is none. DATA_LOSS: it is
  // damaged, and where.
  static absl::StatusOr<std::unique_ptr<CheckpointSource>> Open(const std::string& path);

  const Index& index() const { return index_; }

  const std::string& name() const override { return name_; }
  std::optional<plan::DType> TypeOf(const plan::Param& param, Kind kind) const override;
  absl::Status CheckShape(const plan::Param& param) const override;
  absl::Status Read(const plan::Param& param, Kind kind, int64_t begin, int64_t n, plan::DType dtype,
                    std::byte* to) const override;

 private:
  struct StoredSlice {
    int64_t mid_begin, mid_count;
    Elements elements;  // of that part
    plan::DType dtype;
    const std::byte* data;
  };
  using Key = std::pair<std::string, Kind>;

  CheckpointSource() = default;
  absl::Status AddFile(const std::string& path, const IndexedFile& indexed);
  absl::Status CheckComplete() const;

  std::string name_;
  Index index_;
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::map<Key, std::vector<StoredSlice>> slices_;
};

}  // namespace ringside::checkpoint
