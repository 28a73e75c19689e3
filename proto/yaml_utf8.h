// Is this text that a YAML file may hold? Internal to proto/yaml.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace ringside::proto::yaml_internal {

// INVALID_ARGUMENT with place and reason at the first byte that is not well-formed UTF-8 (RFC 3629: no
// overlong forms, no surrogates) or is a control character other than tab and line ends.
absl::Status CheckText(std::string_view text, std::string_view file_name);

}  // namespace ringside::proto::yaml_internal
