#include "trace/analyze/collective.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace ringside::trace {
namespace {

// Letters alone, small: "_allgather_base" and "AllGather" are one operation.
std::string Plain(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return plain;
}

}  // namespace

int BytesOfType(std::string_view dtype) {
  static constexpr std::array<std::pair<std::string_view, int>, 22> kTypes = {{
      {"Float", 4},
      {"BFloat16", 2},
      {"Half", 2},
      {"Double", 8},
      {"Byte", 1},
      {"Char", 1},
      {"Short", 2},
      {"Int", 4},
      {"Long", 8},
      {"Bool", 1},
      {"ComplexFloat", 8},
      {"ComplexDouble", 16},
      {"UInt16", 2},
      {"UInt32", 4},
      {"UInt64", 8},
      {"Float8_e4m3fn", 1},
      {"Float8_e5m2", 1},
      {"Float8_e4m3fnuz", 1},
      {"Float8_e5m2fnuz", 1},
      {"Float8_e8m0fnu", 1},
      {"QInt8", 1},
      {"QUInt8", 1},
  }};
  for (const auto& [name, bytes] : kTypes) {
    if (name == dtype) return bytes;
  }
  return 0;
}

std::optional<Collective> CollectiveOf(const TraceEvent& event) {
  const EventArg* operation = event.arg("Collective name");
  if (operation == nullptr || operation->text.empty()) return std::nullopt;
  Collective collective;
  collective.operation = operation->text;
  if (const EventArg* group = event.arg("Process Group Name")) collective.group = group->text;
  if (const EventArg* dtype = event.arg("dtype")) collective.dtype = dtype->text;
  const int64_t size = event.integer("Group size").value_or(0);
  collective.group_size = size > 0 && size < (1 << 24) ? static_cast<int>(size) : 0;
  const int64_t elements =
      std::max(event.integer("In msg nelems").value_or(-1), event.integer("Out msg nelems").value_or(-1));
  const int bytes = BytesOfType(collective.dtype);
  if (elements >= 0 && elements < (int64_t{1} << 56) && bytes > 0) collective.bytes = elements * bytes;
  return collective;
}

std::string_view OperationInKernelName(std::string_view kernel) {
  if (kernel.find("nccl") == std::string_view::npos) return {};
  for (const std::string_view operation :
       {"AllReduce", "AllGather", "ReduceScatter", "SendRecv", "Broadcast", "AllToAll", "Reduce"}) {
    if (kernel.find(operation) != std::string_view::npos) return operation;
  }
  return {};
}

std::optional<double> BusFactor(std::string_view operation, int ranks) {
  if (ranks < 1) return std::nullopt;
  const std::string plain = Plain(operation);
  const double n = ranks;
  if (plain.find("allreduce") != std::string::npos) return 2 * (n - 1) / n;
  for (const char* name : {"allgather", "reducescatter", "alltoall"}) {
    if (plain.find(name) != std::string::npos) return (n - 1) / n;
  }
  if (plain == "gather" || plain == "scatter") return (n - 1) / n;
  for (const char* name : {"broadcast", "reduce", "send", "recv"}) {
    if (plain.starts_with(name)) return 1.0;
  }
  return std::nullopt;
}

}  // namespace ringside::trace
