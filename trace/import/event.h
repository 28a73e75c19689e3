// One event of a Chrome trace as its file has it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ringside::trace {

// A scalar of an event's "args"; lists and objects in there are left out.
struct EventArg {
  std::string_view key;
  std::string_view text;  // numbers as the file spells them; true, false, null
  bool is_string = false;
};

// The views hold until the visitor returns.
struct TraceEvent {
  char phase = 0;  // 'X' complete, 'i' instant, 'M' metadata, 's' and 'f' ends of an arrow, ...; 0: absent
  std::string_view name;
  std::string_view category;
  std::string_view id;
  std::string_view process;  // "pid", a number or a name
  std::string_view thread;   // "tid"

  // "ts" and "dur", which are microseconds with decimals, exact to the nanosecond (which a double is not, at
  // the 10^15 us of absolute times). From the file's own base: TraceMetadata::base_time_ns.
  std::optional<int64_t> start_ns;
  std::optional<int64_t> duration_ns;
  bool has_fraction = false;  // one of them is spelled with a fraction of a microsecond

  std::span<const EventArg> args;

  // nullptr: not there.
  const EventArg* arg(std::string_view key) const {
    for (const EventArg& a : args) {
      if (a.key == key) return &a;
    }
    return nullptr;
  }
  // As a whole number, also where it is spelled as a string or with decimals.
  std::optional<int64_t> integer(std::string_view key) const;
};

// "12.345" (us) -> 12345 (ns), rounded at the fourth decimal. Empty: no number, or beyond +-73 years.
std::optional<int64_t> NanosecondsOf(std::string_view microseconds, bool* has_fraction);
std::optional<int64_t> IntegerOf(std::string_view text);

}  // namespace ringside::trace
