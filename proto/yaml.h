// YAML <-> any ringside.v1 message, by reflection: scenarios, questions, answers, device profiles.
//
// The form: field names as in the .proto (lowerCamel JSON names are read, too), enum values in lower case
// without the prefix that all values of the enum share (PRECISION_FP32 is `fp32`), bytes as base64, a proto
// map as a YAML map. Reading is strict: unknown and duplicate keys, wrong types, numbers outside the field's
// range or not finite, two members of a oneof, empty values, tags, several documents, text that is not UTF-8
// and files beyond kMaxYamlBytes or the nesting and node limits are all refused.
//
// Errors are INVALID_ARGUMENT with one line, `FILE:LINE:COL: plan.tp: expected a whole number, got "four"`.
// Everything here is stateless and may be called from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace ringside::proto {

inline constexpr size_t kMaxYamlBytes = 1 << 20;
inline constexpr int kMaxYamlDepth = 64;
inline constexpr int kMaxYamlNodes = 200'000;  // aliases count with all they stand for

// Replaces *message; after an error its content is unspecified. `file_name` is used in errors only.
absl::Status ParseYaml(std::string_view text, std::string_view file_name, google::protobuf::Message* message);

// Also NOT_FOUND, PERMISSION_DENIED or UNAVAILABLE, with the system's reason, where the file cannot be read.
absl::Status ReadYamlFile(const std::string& path, google::protobuf::Message* message);
absl::StatusOr<std::string> ReadYamlText(const std::string& path);

// The canonical form; ParseYaml reads it back to an equal message if every number is finite. An enum that is
// explicitly UNSPECIFIED is left out, as is everything that is not set.
std::string WriteYaml(const google::protobuf::Message& message);

// The line (from 1) where `field_path`, e.g. "plan.tp" or "faults[1].slow_link.gbps", stands in `text`; where
// it does not stand there, the line of its nearest parent that does. INVALID_ARGUMENT if `text` is not YAML.
absl::StatusOr<int> LineOfField(std::string_view text, std::string_view field_path);

// Puts `FILE:LINE: ` before an error that begins with a field path ("plan.tp: 3 does not divide ..."), which
// is how later checks of a message that came from `text` report. Keeps the status code; OK stays OK.
absl::Status LocateError(const absl::Status& error, std::string_view text, std::string_view file_name);

}  // namespace ringside::proto
