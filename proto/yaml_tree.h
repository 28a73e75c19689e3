// YAML text as a tree of nodes that know where they stand. Internal to proto/yaml.
//
// Built from yaml-cpp's events rather than its nodes, so that size limits hold while parsing and duplicate
// keys are seen. An alias shares its target's node; the node count counts what it would expand to.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::proto::yaml_internal {

struct Position {
  int line = 1;
  int column = 1;
};

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };
  struct Entry {
    std::string key;
    Position at;
    std::shared_ptr<const Node> value;
  };

  Kind kind = Kind::kNull;
  Position at;
  std::string text;                                // scalar
  bool quoted = false;                             // scalar: "4" rather than 4
  std::vector<Entry> entries;                      // map, in the order of the file; keys are unique
  std::vector<std::shared_ptr<const Node>> items;  // list
  int expanded_nodes = 1;                          // this node and all below, aliases written out
};

// INVALID_ARGUMENT `FILE:LINE:COL: PATH: REASON`; an empty path is left out.
absl::Status ErrorAt(std::string_view file_name, Position at, std::string_view path, std::string_view reason);

// The one document in `text`, which is a map.
absl::StatusOr<std::shared_ptr<const Node>> ParseTree(std::string_view text, std::string_view file_name);

}  // namespace ringside::proto::yaml_internal
