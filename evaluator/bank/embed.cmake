# cmake -DOUT=embedded.cc -DDATA=evaluator/bank -P embed.cmake
# One source with the YAML files as string literals, in pieces that every compiler takes.
file(GLOB files RELATIVE ${DATA} ${DATA}/curriculum/*.yaml ${DATA}/design/*.yaml ${DATA}/theory/*.yaml)
list(SORT files)
set(text "// Made by evaluator/bank/embed.cmake.\n#include \"evaluator/bank/embedded.h\"\n\n")
string(APPEND text "namespace ringside::evaluator {\n\nstd::vector<EmbeddedBankFile> EmbeddedBankFiles() {\n  return {\n")
foreach(file IN LISTS files)
  file(READ ${DATA}/${file} content)
  string(REPLACE "\n\n" "\n)yaml\"\nR\"yaml(\n" content "${content}")
  string(APPEND text "{\"${file}\", R\"yaml(${content})yaml\"},\n")
endforeach()
string(APPEND text "  };\n}\n\n}  // namespace ringside::evaluator\n")
file(WRITE ${OUT} "${text}")
