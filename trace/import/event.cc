#include "trace/import/event.h"

#include <charconv>
#include <cmath>

namespace ringside::trace {
namespace {

// 73 years: until 2043, counted from 1970. A base, a start and a duration can be added without overflow.
constexpr int64_t kMaxMicroseconds = INT64_MAX / 4000;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Spellings that the fast ways do not know: exponents.
std::optional<double> DoubleOf(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<int64_t> NanosecondsOf(std::string_view text, bool* has_fraction) {
  *has_fraction = false;
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  if (at == end || !IsDigit(*at)) return std::nullopt;
  int64_t whole = 0;
  for (; at != end && IsDigit(*at); ++at) {
    whole = whole * 10 + (*at - '0');
    if (whole > kMaxMicroseconds) return std::nullopt;
  }
  int64_t ns = whole * 1000;
  if (at != end && *at == '.') {
    ++at;
    int64_t unit = 100;
    bool round_up = false;
    for (; at != end && IsDigit(*at); ++at, unit /= 10) {
      if (*at != '0') *has_fraction = true;
      if (unit >= 1) {
        ns += unit * (*at - '0');
        if (unit == 1) round_up = at + 1 != end && at[1] >= '5' && at[1] <= '9';
      }
    }
    if (round_up) ++ns;
  }
  if (at != end) {
    const std::optional<double> value = DoubleOf(text);
    if (!value || std::fabs(*value) > static_cast<double>(kMaxMicroseconds)) return std::nullopt;
    *has_fraction = *value != std::floor(*value);
    return static_cast<int64_t>(std::llround(*value * 1000));
  }
  return negative ? -ns : ns;
}

std::optional<int64_t> IntegerOf(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return value;
  const std::optional<double> real = DoubleOf(text);
  if (!real || std::fabs(*real) > 9e18) return std::nullopt;
  return static_cast<int64_t>(*real);
}

std::optional<int64_t> TraceEvent::integer(std::string_view key) const {
  const EventArg* found = arg(key);
  return found == nullptr ? std::nullopt : IntegerOf(found->text);
}

}  // namespace ringside::trace
