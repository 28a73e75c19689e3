// A text to train on, byte by byte: token = byte. A sample is a window of seq_len + 1 bytes, of which the
// last is only a target; windows follow each other, so that every byte is a target once an epoch.
//
// The first nine tenths of the file are for training. Epoch e is a permutation of their windows that is a
// function of (seed, e) alone, so that any rank finds any sample, whatever the layout and wherever the run
// begins. The last tenth is held out: no byte of it is in a training window.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/kernels/data_source.h"

namespace ringside::data {

inline constexpr int64_t kByteVocabulary = 256;

// The image of i under a permutation of [0, n) that is chosen by `key`: a Feistel network of four rounds
// (Luby and Rackoff 1988) over the next power of four, walked until it is below n (Black and Rogaway 2002).
// REQUIRES: 0 <= i < n.
int64_t Permute(int64_t i, int64_t n, uint64_t seed, uint64_t key);

class Corpus : public kernels::DataSource {
 public:
  struct Options {
    int64_t seq_len = 0;
    int64_t vocab = 0;
    uint64_t seed = 0;
    int64_t dataset_samples = 0;  // of the windows only the first so many; 0: all
  };
  // Maps the file. NOT_FOUND, PERMISSION_DENIED: it cannot be opened. INVALID_ARGUMENT: it is too short for a
  // window of either kind, or vocab is less than 256.
  static absl::StatusOr<std::unique_ptr<Corpus>> Open(const std::string& path, const Options& options);
  ~Corpus() override;
  Corpus(const Corpus&) = delete;
  Corpus& operator=(const Corpus&) = delete;

  // REQUIRES: seq_len and vocab are those of the options.
  void Tokens(int64_t sample, int64_t seq_len, int64_t vocab, int32_t* tokens,
              int32_t* targets) const override;

  // The first byte of the sample's window.
  int64_t WindowBegin(int64_t sample) const;
  int64_t training_windows() const { return training_windows_; }
  int64_t held_out_windows() const { return held_out_windows_; }

 private:
  explicit Corpus(const Options& options) : options_(options) {}

  const Options options_;
  const uint8_t* bytes_ = nullptr;
  int64_t size_ = 0, training_bytes_ = 0;
  int64_t training_windows_ = 0, held_out_windows_ = 0;
};

// The corpus for a program's kLoadBatch ops; null where it has none. Errors as Corpus::Open.
absl::StatusOr<std::unique_ptr<Corpus>> CorpusFor(const plan::Program& program, const std::string& path);

}  // namespace ringside::data
