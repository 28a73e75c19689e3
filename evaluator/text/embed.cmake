# cmake -DOUT=x.h -DFILE=data.txt -DNAME=kEmbeddedX -DNAMESPACE=ringside::x -P embed.cmake
# One header with a text file as a string literal, in pieces that every compiler takes.
file(READ ${FILE} content)
string(REPLACE "\n\n" "\n)text\"\nR\"text(\n" content "${content}")
get_filename_component(file ${FILE} NAME)
file(WRITE ${OUT} "// Made of ${file} by evaluator/text/embed.cmake.\n#pragma once\n\nnamespace ${NAMESPACE} {\n\n"
  "inline constexpr char ${NAME}[] = R\"text(${content})text\";\n\n}  // namespace ${NAMESPACE}\n")
