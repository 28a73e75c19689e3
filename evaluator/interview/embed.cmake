# cmake -DOUT=embedded_pushes.h -DPUSHES=evaluator/interview/pushes.yaml -P embed.cmake
file(READ ${PUSHES} content)
string(REPLACE "\n  - id: " "\n)yaml\"\nR\"yaml(  - id: " content "${content}")
file(WRITE ${OUT} "// Made by evaluator/interview/embed.cmake.
#pragma once

namespace ringside::evaluator {

inline constexpr char kPushesYaml[] = R\"yaml(${content})yaml\";

}  // namespace ringside::evaluator
")
