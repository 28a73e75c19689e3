// Faults of trace files that a reader works around, counted. A file is never read as if it had been whole:
// who shows its figures shows these, too.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside::trace {

enum class Fault : uint8_t {
  kControlCharacter,   // unescaped in a string; read as a blank
  kInvalidEscape,      // such as "C:\dir"; the backslash is read as a slash
  kNotANumber,         // NaN or Infinity; the field is read as absent
  kBadNumber,          // a time beyond 73 years or no number at all; read as absent
  kTrailingComma,      // before a closing bracket
  kMissingComma,       // between two events
  kDamagedEvent,       // no JSON: left out, reading goes on at the next event
  kNotAnEvent,         // an element of the list of events that is no object; left out
  kTrailingText,       // behind the end of the trace; ignored
  kTruncated,          // the file ends early
  kDamagedCompression  // the compressed data ends or breaks early; what came before is read
};
inline constexpr int kNumFaults = 11;

// In few words, for a count before it: "control characters in strings".
const char* FaultName(Fault fault);

class Repairs {
 public:
  void Add(Fault fault, int64_t count = 1) { counts_[static_cast<int>(fault)] += count; }
  int64_t count(Fault fault) const { return counts_[static_cast<int>(fault)]; }
  int64_t total() const;
  // One line a fault that occurred: "3 control characters in strings: read as blanks".
  std::vector<std::string> Lines() const;

 private:
  std::array<int64_t, kNumFaults> counts_{};
};

}  // namespace ringside::trace
