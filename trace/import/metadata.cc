#include "trace/import/metadata.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include "nlohmann/json.hpp"

namespace ringside::trace {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxRanks = 1 << 24;
constexpr size_t kMaxListed = 4096;  // groups and devices

std::optional<int> RankIn(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  int64_t value = -1;
  if (found->is_number_integer()) {
    value = found->get<int64_t>();
  } else if (found->is_string()) {  // some tools spell numbers so
    const std::string& text = found->get_ref<const std::string&>();
    if (text.empty() || text.size() > 8 ||
        !std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
      return std::nullopt;
    }
    value = std::stoll(text);
  }
  if (value < 0 || value >= kMaxRanks) return std::nullopt;
  return static_cast<int>(value);
}

std::string TextIn(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool ReadDistributedInfo(const Json& value, TraceMetadata* metadata) {
  if (!value.is_object()) return false;
  metadata->has_distributed_info = true;
  metadata->rank = RankIn(value, "rank");
  metadata->world_size = RankIn(value, "world_size");
  metadata->backend = TextIn(value, "backend");
  metadata->nccl_version = TextIn(value, "nccl_version");
  const auto groups = value.find("pg_config");
  if (groups == value.end()) return true;
  if (!groups->is_array()) return false;
  for (const Json& group : *groups) {
    if (!group.is_object() || metadata->groups.size() == kMaxListed) return false;
    metadata->groups.push_back(
        {TextIn(group, "pg_name"), TextIn(group, "pg_desc"), RankIn(group, "pg_size").value_or(0)});
  }
  return true;
}

bool ReadDevices(const Json& value, TraceMetadata* metadata) {
  if (!value.is_array()) return false;
  for (const Json& device : value) {
    if (!device.is_object() || metadata->devices.size() == kMaxListed) return false;
    metadata->devices.push_back(TextIn(device, "name"));
  }
  return true;
}

}  // namespace

bool IsMetadata(std::string_view key) {
  return key == "distributedInfo" || key == "deviceProperties" || key == "baseTimeNanoseconds";
}

bool ReadMember(std::string_view key, std::string_view text, TraceMetadata* metadata) {
  const Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return false;
  if (key == "distributedInfo") return ReadDistributedInfo(value, metadata);
  if (key == "deviceProperties") return ReadDevices(value, metadata);
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<uint64_t>() > (uint64_t{1} << 62)) return false;
  // Room for a file's own times on top.
  constexpr int64_t kMaxBase = std::numeric_limits<int64_t>::max() / 4;
  const int64_t base = value.get<int64_t>();
  if (base < -kMaxBase || base > kMaxBase) return false;
  metadata->base_time_ns = base;
  return true;
}

std::optional<int> RankInFileName(std::string_view path) {
  const std::string_view name = path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0
  std::optional<int> rank;
  for (const std::string_view word : {"rank", "worker"}) {
    for (size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
      size_t digit = at + word.size();
      if (digit < name.size() && (name[digit] == '_' || name[digit] == '-' || name[digit] == '.')) ++digit;
      const size_t first = digit;
      int value = 0;
      while (digit < name.size() && std::isdigit(static_cast<unsigned char>(name[digit])) != 0 &&
             value < kMaxRanks) {
        value = value * 10 + (name[digit++] - '0');
      }
      if (digit > first && value < kMaxRanks) rank = value;
    }
    if (rank) return rank;
  }
  return rank;
}

}  // namespace ringside::trace
