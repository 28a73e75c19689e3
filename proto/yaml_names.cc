#include "proto/yaml_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace ringside::proto::yaml_internal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

size_t PrefixLength(const EnumDescriptor& type) {
  std::string common = type.value(0)->name();
  for (int i = 1; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    const auto end = std::mismatch(common.begin(), common.end(), name.begin(), name.end()).first;
    common.erase(end, common.end());
  }
  const size_t underscore = common.rfind('_');
  return underscore == std::string::npos ? 0 : underscore + 1;
}

// Lower case without separators, so that MicroBatch, micro-batch and micro_batch are the same word.
std::string Folded(std::string_view word) {
  std::string folded;
  for (const char c : word) {
    if (c != '_' && c != '-' && c != ' ')
      folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

// Edits that turn `a` into `b`: insert, delete, replace, swap two neighbours (optimal string alignment).
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({replaced, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string ShortName(const EnumValueDescriptor& value) {
  std::string name = value.name().substr(PrefixLength(*value.type()));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

bool IsUnspecified(const EnumValueDescriptor& value) {
  return value.number() == 0 && ShortName(value) == "unspecified";
}

const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& type, std::string_view short_name) {
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor* value = type.value(i);
    if (!IsUnspecified(*value) && ShortName(*value) == short_name) return value;
  }
  return nullptr;
}

std::vector<std::string> EnumChoices(const EnumDescriptor& type) {
  std::vector<std::string> choices;
  for (int i = 0; i < type.value_count(); ++i) {
    if (!IsUnspecified(*type.value(i))) choices.push_back(ShortName(*type.value(i)));
  }
  return choices;
}

const FieldDescriptor* FindField(const Descriptor& type, std::string_view key) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->name() == key || type.field(i)->json_name() == key) return type.field(i);
  }
  return nullptr;
}

std::vector<std::string> FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return names;
}

std::string Suggest(std::string_view word, const std::vector<std::string>& known, std::string_view noun) {
  const std::string folded = Folded(word.substr(0, 64));
  const std::string* nearest = nullptr;
  size_t least = std::max<size_t>(1, folded.size() / 3) + 1;
  for (const std::string& name : known) {
    const size_t distance = EditDistance(folded, Folded(name));
    if (distance < least) {
      least = distance;
      nearest = &name;
    }
  }
  if (nearest != nullptr) return fmt::format("did you mean {}?", *nearest);
  return known.empty() ? fmt::format("{}: none", noun) : fmt::format("{}: {}", noun, fmt::join(known, ", "));
}

}  // namespace ringside::proto::yaml_internal
