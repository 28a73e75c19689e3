// Where the samples of a run come from: a function of the sample's number alone, so that no layout changes
// what is trained on.
#pragma once

#include <cstdint>
#include <memory>

#include "ringside/v1/scenario.pb.h"

namespace ringside::kernels {

// Samples kept for evaluation are counted from here: no training run gets this far.
inline constexpr int64_t kFirstHeldOut = int64_t{1} << 60;

// Thread-safe.
class DataSource {
 public:
  virtual ~DataSource() = default;
  // tokens [T], targets [T]: targets[t] is the token after tokens[t]; all in [0, vocab).
  virtual void Tokens(int64_t sample, int64_t seq_len, int64_t vocab, int32_t* tokens,
                      int32_t* targets) const = 0;
};

// The synthetic language of `run` (synthetic_data.h); run.dataset_samples limits how many samples there are.
std::unique_ptr<DataSource> MakeSyntheticData(const v1::RunSpec& run);

}  // namespace ringside::kernels
