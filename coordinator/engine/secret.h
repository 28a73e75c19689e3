// Names and secrets that cannot be guessed or collide.
#pragma once

#include <string>
#include <string_view>

namespace ringside::coordinator {

std::string
NewJobId();  // "j" and 12 hexadecimal digits: short enough for a namespace, unique over all machines
std::string NewSecret();  // 32 hexadecimal digits

// In time that does not depend on where they differ.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace ringside::coordinator
