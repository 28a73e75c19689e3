#include "workers/kernels/data_source.h"

#include "workers/kernels/synthetic_data.h"

namespace ringside::kernels {
namespace {

class SyntheticData final : public DataSource {
 public:
  SyntheticData(uint64_t seed, int64_t dataset_samples) : seed_(seed), dataset_samples_(dataset_samples) {}

  void Tokens(int64_t sample, int64_t seq_len, int64_t vocab, int32_t* tokens,
              int32_t* targets) const override {
    const bool repeats = dataset_samples_ > 0 && sample < kFirstHeldOut;
    FillSample(tokens, targets, seq_len, repeats ? sample % dataset_samples_ : sample, vocab, seed_);
  }

 private:
  const uint64_t seed_;
  const int64_t dataset_samples_;
};

}  // namespace

std::unique_ptr<DataSource> MakeSyntheticData(const v1::RunSpec& run) {
  return std::make_unique<SyntheticData>(run.seed(), run.dataset_samples());
}

}  // namespace ringside::kernels
