// Which kind of parallelism a group of ranks belongs to. Programs name their groups more finely ("dp_tp":
// data parallel and tensor parallel at once, "embedding": the two stages that share the tied table); figures
// are given by family.
#pragma once

#include <array>
#include <string_view>

namespace ringside::trace {

inline constexpr std::array<std::string_view, 5> kAxisFamilies = {"dp", "tp", "pp", "cp", "ep"};

// One of kAxisFamilies; an axis that is not known is its own family.
constexpr std::string_view FamilyOf(std::string_view axis) {
  if (axis == "embedding") return "pp";  // it is there because the pipeline parts the tied tables
  if (axis == "world" || axis.substr(0, 3) == "dp_") return "dp";
  return axis;
}

}  // namespace ringside::trace
