# cmake -DOUT=embedded.h -DDATA=sim/catalogue/data -P embed.cmake
# One header with the YAML files as string literals, in pieces that every compiler takes.
set(text "// Made by sim/catalogue/embed.cmake.\n#pragma once\n\nnamespace ringside::sim {\n\n")
foreach(name Devices Links Stacks)
  string(TOLOWER ${name} file)
  file(READ ${DATA}/${file}.yaml content)
  string(REPLACE "\n\n" "\n)yaml\"\nR\"yaml(\n" content "${content}")
  string(APPEND text "inline constexpr char kEmbedded${name}[] = R\"yaml(${content})yaml\";\n\n")
endforeach()
string(APPEND text "}  // namespace ringside::sim\n")
file(WRITE ${OUT} "${text}")
