#include "coordinator/core/mpirun_report.h"

#include <charconv>

namespace ringside::coordinator {
namespace {

// The number that follows `label` (and blanks) in text, from `from` on.
std::optional<int> NumberAfter(std::string_view text, std::string_view label, size_t from = 0) {
  const size_t at = text.find(label, from);
  if (at == std::string_view::npos) return std::nullopt;
  size_t begin = at + label.size();
  while (begin < text.size() && text[begin] == ' ') ++begin;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  return value;
}

// "mpirun noticed that process rank 2 with PID 0 on node vm exited on signal 9 (Killed)."
std::optional<MpirunReport> ParseSignal(std::string_view text) {
  constexpr std::string_view kStart = "noticed that process rank ";
  const size_t at = text.find(kStart);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rank = NumberAfter(text, kStart);
  const auto signal = NumberAfter(text, "exited on signal ", at);
  if (!rank || !signal) return std::nullopt;
  return MpirunReport{.rank = *rank, .signal = *signal};
}

// "  Process name: [[30398,1],2]\n  Exit code:    3"
std::optional<MpirunReport> ParseExitCode(std::string_view text) {
  const size_t at = text.find("Process name: [[");
  if (at == std::string_view::npos) return std::nullopt;
  const auto rank = NumberAfter(text, "],", at);
  const auto code = NumberAfter(text, "Exit code:", at);
  if (!rank || !code) return std::nullopt;
  return MpirunReport{.rank = *rank, .exit_code = *code};
}

// "MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD ... with errorcode 5."
std::optional<MpirunReport> ParseAbort(std::string_view text) {
  constexpr std::string_view kStart = "MPI_ABORT was invoked on rank ";
  const size_t at = text.find(kStart);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rank = NumberAfter(text, kStart);
  if (!rank) return std::nullopt;
  return MpirunReport{
      .rank = *rank, .exit_code = NumberAfter(text, "with errorcode ", at).value_or(1), .aborted = true};
}

}  // namespace

std::optional<MpirunReport> ParseMpirunReport(std::string_view text) {
  if (auto report = ParseAbort(text)) return report;
  if (auto report = ParseSignal(text)) return report;
  return ParseExitCode(text);
}

}  // namespace ringside::coordinator
