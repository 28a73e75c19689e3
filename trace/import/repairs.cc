#include "trace/import/repairs.h"

#include <numeric>

#include "fmt/format.h"

namespace ringside::trace {
namespace {

struct Words {
  const char* name;
  const char* repair;
};

constexpr Words kWords[kNumFaults] = {
    {"control characters in strings", "read as blanks"},
    {"invalid escapes in strings", "the backslash is read as a slash"},
    {"NaN or Infinity", "the fields are read as absent"},
    {"times that are no numbers or too large", "read as absent"},
    {"trailing commas", "ignored"},
    {"missing commas between events", "added"},
    {"damaged events", "left out"},
    {"elements that are no events", "left out"},
    {"text behind the end of the trace", "ignored"},
    {"early end of the file", "what came before it is read"},
    {"damage in the compressed data", "what came before it is read"},
};

}  // namespace

const char* FaultName(Fault fault) {
  return kWords[static_cast<int>(fault)].name;
}

int64_t Repairs::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), int64_t{0});
}

std::vector<std::string> Repairs::Lines() const {
  std::vector<std::string> lines;
  for (int i = 0; i < kNumFaults; ++i) {
    if (counts_[i] != 0)
      lines.push_back(fmt::format("{} {}: {}", counts_[i], kWords[i].name, kWords[i].repair));
  }
  return lines;
}

}  // namespace ringside::trace
