// How fields and enum values are called in YAML. Shared by reader and writer; internal to proto/yaml.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace ringside::proto::yaml_internal {

// PRECISION_FP32 -> "fp32": without the prefix, up to an underscore, that all values of the enum share.
std::string ShortName(const google::protobuf::EnumValueDescriptor& value);

// The zero that stands for "not said".
bool IsUnspecified(const google::protobuf::EnumValueDescriptor& value);

// The value of that short name, never the UNSPECIFIED zero; nullptr if there is none.
const google::protobuf::EnumValueDescriptor* FindEnumValue(const google::protobuf::EnumDescriptor& type,
                                                           std::string_view short_name);

// Short names a file may use.
std::vector<std::string> EnumChoices(const google::protobuf::EnumDescriptor& type);

// By name or JSON name; nullptr if there is none.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& type,
                                                   std::string_view key);

std::vector<std::string> FieldNames(const google::protobuf::Descriptor& type);

// "did you mean tp?" if one of `known` is near to `word`, else "<noun>: a, b, c".
std::string Suggest(std::string_view word, const std::vector<std::string>& known, std::string_view noun);

}  // namespace ringside::proto::yaml_internal
