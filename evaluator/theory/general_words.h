// Content words of everyday explanations, which say little about any subject: "use", "make", "different".
#pragma once

#include <string_view>

namespace ringside::theory {

bool IsGeneralStem(std::string_view stem);

}  // namespace ringside::theory
