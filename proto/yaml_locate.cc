// Where a field stands in a file, for errors that are found after reading it.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/status_macros.h"
#include "proto/yaml.h"
#include "proto/yaml_tree.h"

namespace ringside::proto {
namespace {

using yaml_internal::Node;

// Field names are compared without case and underscores, which makes snake_case and lowerCamel equal.
bool SameField(std::string_view a, std::string_view b) {
  const auto next = [](std::string_view* text) -> int {
    while (text->starts_with('_')) text->remove_prefix(1);
    if (text->empty()) return -1;
    const int c = std::tolower(static_cast<unsigned char>(text->front()));
    text->remove_prefix(1);
    return c;
  };
  while (true) {
    const int c = next(&a);
    if (c != next(&b)) return false;
    if (c < 0) return true;
  }
}

// Takes the first element ("plan", "[1]") off the path.
std::string_view TakeElement(std::string_view* path) {
  if (path->starts_with('.')) path->remove_prefix(1);
  const size_t end =
      path->starts_with('[') ? path->find(']') + 1 : std::min(path->find_first_of(".["), path->size());
  const std::string_view element = path->substr(0, end == 0 ? path->size() : end);
  path->remove_prefix(element.size());
  return element;
}

const Node* ChildOf(const Node& node, std::string_view element, int* line) {
  if (element.starts_with('[')) {
    size_t index = 0;
    std::from_chars(element.data() + 1, element.data() + element.size(), index);
    if (node.kind != Node::Kind::kList || index >= node.items.size()) return nullptr;
    *line = node.items[index]->at.line;
    return node.items[index].get();
  }
  for (const Node::Entry& entry : node.entries) {
    if (!SameField(entry.key, element)) continue;
    *line = entry.at.line;
    return entry.value.get();
  }
  return nullptr;
}

int LineIn(const Node& root, std::string_view path) {
  int line = root.at.line;
  for (const Node* node = &root; node != nullptr && !path.empty();)
    node = ChildOf(*node, TakeElement(&path), &line);
  return line;
}

// "plan.tp" of "plan.tp: 3 does not divide ..."; empty if the text does not begin so.
std::string_view LeadingPath(std::string_view message) {
  const size_t end = message.find(": ");
  if (end == std::string_view::npos) return {};
  const std::string_view path = message.substr(0, end);
  const bool is_path = std::all_of(path.begin(), path.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.' || c == '[' || c == ']';
  });
  return is_path ? path : std::string_view{};
}

}  // namespace

absl::StatusOr<int> LineOfField(std::string_view text, std::string_view field_path) {
  RINGSIDE_ASSIGN_OR_RETURN(const auto root, yaml_internal::ParseTree(text, "text"));
  return LineIn(*root, field_path);
}

absl::Status LocateError(const absl::Status& error, std::string_view text, std::string_view file_name) {
  if (error.ok()) return error;
  const std::string_view message(error.message().data(), error.message().size());
  const std::string_view path = LeadingPath(message);
  const auto line = path.empty() ? absl::StatusOr<int>(0) : LineOfField(text, path);
  if (!line.ok() || *line == 0) return absl::Status(error.code(), fmt::format("{}: {}", file_name, message));
  return absl::Status(error.code(), fmt::format("{}:{}: {}", file_name, *line, message));
}

}  // namespace ringside::proto
