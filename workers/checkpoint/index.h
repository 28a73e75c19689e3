// A checkpoint on disk: DIR/step-00000012/ with index.json and one safetensors file per rank that had
// something to write. docs/checkpoints.md describes the format. It appears under that name by one rename,
// when everything in it is on the disk: what is there is complete.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "workers/checkpoint/ownership.h"

namespace ringside::checkpoint {

inline constexpr int kFormatVersion = 1;

struct IndexedTensor {
  std::array<int64_t, 3> shape{};               // outer, mid, inner
  std::array<std::string, kNumKinds> dtype_of;  // by kind, safetensors' names; empty: none
};

struct IndexedFile {
  std::string name;  // in the checkpoint's directory
  int64_t bytes = 0;
  uint32_t crc32 = 0;
};

struct Index {
  int32_t step = 0;  // steps that were done; the next one has this number
  int32_t world_size = 1;
  int64_t tokens_per_step = 0;
  uint64_t seed = 0;
  std::string scenario_json;  // as resolved; empty: it was not known
  std::map<std::string, IndexedTensor> tensors;
  std::vector<IndexedFile> files;
};

std::string ToJson(const Index& index);
// DATA_LOSS: it is none, and what is wrong; FAILED_PRECONDITION: of a newer version. `where` goes into
// messages.
absl::StatusOr<Index> ParseIndex(std::string_view json, const std::string& where);
// Of the checkpoint in directory `path`. NOT_FOUND: there is none.
absl::StatusOr<Index> ReadIndex(const std::string& path);

std::string StepDirectory(int32_t step);        // "step-00000012"
inline constexpr char kPartial[] = ".partial";  // ends the names of those under way

// The path of the newest complete checkpoint in `dir`. NOT_FOUND: there is none.
absl::StatusOr<std::string> LatestCheckpoint(const std::string& dir);

// Removes what interrupted writers have left in `dir`, and all but the newest `keep` checkpoints; 0: keeps
// all.
void SweepCheckpoints(const std::string& dir, int keep);

// Writes index.json into `partial`, brings all of it to the disk and renames it to `path`; one that is there
// is replaced. RESOURCE_EXHAUSTED: the disk is full; FAILED_PRECONDITION: it cannot be written, and why.
absl::Status CommitCheckpoint(const std::string& partial, const std::string& path, const Index& index);

// Reads a whole file of the checkpoint in `path` and compares size and checksum. DATA_LOSS: it is not what
// was written.
absl::Status VerifyFile(const std::string& path, const IndexedFile& file);

}  // namespace ringside::checkpoint
