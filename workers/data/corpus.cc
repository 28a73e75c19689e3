#include "workers/data/corpus.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "base/check.h"
#include "workers/kernels/random.h"

namespace ringside::data {
namespace {

constexpr uint32_t kStream = 0x636f7270;  // apart from the streams of kernels/random.h
constexpr int kRounds = 4;
constexpr int64_t kHeldOutParts = 10;  // one of so many

}  // namespace

int64_t Permute(int64_t i, int64_t n, uint64_t seed, uint64_t key) {
  RINGSIDE_CHECK(i >= 0 && i < n);
  int half_bits = 1;
  while (int64_t{1} << (2 * half_bits) < n) ++half_bits;
  const uint64_t mask = (uint64_t{1} << half_bits) - 1;
  auto at = static_cast<uint64_t>(i);
  do {
    uint64_t left = at >> half_bits, right = at & mask;
    for (uint32_t round = 0; round < kRounds; ++round) {
      const kernels::PhiloxCounter words =
          kernels::Philox4x32({static_cast<uint32_t>(right), static_cast<uint32_t>(key),
                               static_cast<uint32_t>(key >> 32) ^ round << 28, kStream},
                              {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
      const uint64_t mixed = left ^ (words[0] & mask);
      left = right;
      right = mixed;
    }
    at = left << half_bits | right;
  } while (at >= static_cast<uint64_t>(n));
  return static_cast<int64_t>(at);
}

absl::StatusOr<std::unique_ptr<Corpus>> Corpus::Open(const std::string& path, const Options& options) {
  if (options.vocab < kByteVocabulary) {
    return absl::InvalidArgumentError(
        fmt::format("model.vocab: {} is less than the {} tokens that a text of bytes needs", options.vocab,
                    kByteVocabulary));
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    const std::string message = fmt::format("cannot open the corpus {}: {}", path, std::strerror(error));
    return error == ENOENT || error == ENOTDIR ? absl::NotFoundError(message)
                                               : absl::PermissionDeniedError(message);
  }
  const absl::Cleanup close = [fd] { ::close(fd); };
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(fmt::format("the corpus {} is no regular file", path));
  }
  std::unique_ptr<Corpus> corpus(new Corpus(options));
  const int64_t size = status.st_size, held_out = size / kHeldOutParts;
  const auto windows = [&](int64_t bytes) { return std::max<int64_t>(0, bytes - 1) / options.seq_len; };
  corpus->training_bytes_ = size - held_out;
  corpus->training_windows_ = windows(corpus->training_bytes_);
  corpus->held_out_windows_ = windows(held_out);
  if (corpus->training_windows_ < 1 || corpus->held_out_windows_ < 1) {
    return absl::InvalidArgumentError(fmt::format(
        "the corpus {} is too short: {} bytes, but a window of model.seq_len + 1 = {} bytes must fit "
        "into its last tenth, which is held out; take at least {} bytes",
        path, size, options.seq_len + 1, kHeldOutParts * (options.seq_len + 1)));
  }
  if (options.dataset_samples > 0) {
    corpus->training_windows_ = std::min(corpus->training_windows_, options.dataset_samples);
  }
  void* base = ::mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (base == MAP_FAILED) {
    return absl::UnavailableError(fmt::format("cannot map the corpus {}: {}", path, std::strerror(errno)));
  }
  corpus->bytes_ = static_cast<const uint8_t*>(base);
  corpus->size_ = size;
  return corpus;
}

Corpus::~Corpus() {
  if (bytes_ != nullptr) ::munmap(const_cast<uint8_t*>(bytes_), static_cast<size_t>(size_));
}

int64_t Corpus::WindowBegin(int64_t sample) const {
  if (sample >= kernels::kFirstHeldOut) {
    return training_bytes_ + (sample - kernels::kFirstHeldOut) % held_out_windows_ * options_.seq_len;
  }
  const int64_t epoch = sample / training_windows_;
  return Permute(sample % training_windows_, training_windows_, options_.seed, static_cast<uint64_t>(epoch)) *
         options_.seq_len;
}

void Corpus::Tokens(int64_t sample, int64_t seq_len, int64_t vocab, int32_t* tokens, int32_t* targets) const {
  RINGSIDE_CHECK(seq_len == options_.seq_len && vocab == options_.vocab);
  const uint8_t* window = bytes_ + WindowBegin(sample);
  for (int64_t t = 0; t < seq_len; ++t) {
    tokens[t] = window[t];
    targets[t] = window[t + 1];
  }
}

absl::StatusOr<std::unique_ptr<Corpus>> CorpusFor(const plan::Program& program, const std::string& path) {
  for (const plan::Op& op : program.ops) {
    if (op.kind != plan::OpKind::kLoadBatch) continue;
    return Corpus::Open(path, {.seq_len = op.dims[1] * op.dims[5],
                               .vocab = op.dims[4],
                               .seed = program.run.seed(),
                               .dataset_samples = program.run.dataset_samples()});
  }
  return std::unique_ptr<Corpus>();
}

}  // namespace ringside::data
