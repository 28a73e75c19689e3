// YAML tree -> message.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "proto/yaml.h"
#include "proto/yaml_names.h"
#include "proto/yaml_tree.h"

namespace ringside::proto {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;
using yaml_internal::Node;

constexpr size_t kShownChars = 40;  // of a wrong value, in its error

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string Shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
    case Node::Kind::kScalar:
      break;
  }
  std::string text = node.text.substr(0, kShownChars);
  if (text.size() < node.text.size()) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
    text += "...";
  }
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  const bool numeric = !node.quoted && !text.empty() &&
                       (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '-' ||
                        text[0] == '+' || text[0] == '.');
  if (numeric) return text;
  return node.quoted ? fmt::format("the quoted text \"{}\"", text) : fmt::format("\"{}\"", text);
}

class Reader {
 public:
  explicit Reader(std::string_view file_name) : file_name_(file_name) {}

  absl::Status ReadMessage(const Node& node, const std::string& path, Message* message) const {
    if (node.kind != Node::Kind::kMap) return Error(node, path, Expected("a map", node));
    absl::flat_hash_set<const FieldDescriptor*> seen;
    const Reflection& reflection = *message->GetReflection();
    for (const Node::Entry& entry : node.entries) {
      const FieldDescriptor* field = yaml_internal::FindField(*message->GetDescriptor(), entry.key);
      if (field == nullptr) {
        const auto names = yaml_internal::FieldNames(*message->GetDescriptor());
        return yaml_internal::ErrorAt(
            file_name_, entry.at, Join(path, entry.key.substr(0, 80)),
            fmt::format("unknown key; {}", yaml_internal::Suggest(entry.key, names, "known keys")));
      }
      const std::string field_path = Join(path, field->name());
      if (!seen.insert(field).second) {
        return yaml_internal::ErrorAt(
            file_name_, entry.at, field_path,
            fmt::format("duplicate key; {} and {} are the same field", field->name(), field->json_name()));
      }
      if (const OneofDescriptor* oneof = field->real_containing_oneof();
          oneof != nullptr && reflection.HasOneof(*message, oneof)) {
        const FieldDescriptor* other = reflection.GetOneofFieldDescriptor(*message, oneof);
        return yaml_internal::ErrorAt(
            file_name_, entry.at, field_path,
            fmt::format("{} is given already, and only one of them can be", other->name()));
      }
      if (entry.value->kind == Node::Kind::kNull) {
        return yaml_internal::ErrorAt(
            file_name_, entry.at, field_path,
            fmt::format("expected {}, got nothing; give a value or leave the key out", NounOf(*field)));
      }
      RINGSIDE_RETURN_IF_ERROR(ReadField(*entry.value, field_path, field, message));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Error(const Node& node, const std::string& path, const std::string& reason) const {
    return yaml_internal::ErrorAt(file_name_, node.at, path, reason);
  }

  static std::string Expected(std::string_view noun, const Node& node) {
    return fmt::format("expected {}, got {}", noun, Shown(node));
  }

  static std::string NounOf(const FieldDescriptor& field) {
    if (field.is_map()) return "a map";
    return field.is_repeated() ? "a list" : ElementNoun(field);
  }

  static std::string ElementNoun(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
        return "a whole number";
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return "a number";
      case FieldDescriptor::CPPTYPE_BOOL:
        return "true or false";
      case FieldDescriptor::CPPTYPE_ENUM:
        return fmt::format("one of {}", fmt::join(yaml_internal::EnumChoices(*field.enum_type()), ", "));
      case FieldDescriptor::CPPTYPE_STRING:
        return "text";
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return "a map";
    }
    return "a value";
  }

  absl::Status ReadField(const Node& node, const std::string& path, const FieldDescriptor* field,
                         Message* message) const {
    const Reflection& reflection = *message->GetReflection();
    if (field->is_map()) return ReadMap(node, path, field, message);
    if (!field->is_repeated()) {
      if (field->message_type() == nullptr) return ReadScalar(node, path, field, message);
      return ReadMessage(node, path, reflection.MutableMessage(message, field));
    }
    if (node.kind != Node::Kind::kList) {
      const std::string hint = node.kind == Node::Kind::kScalar ? fmt::format("; write [{}]", node.text) : "";
      return Error(node, path, Expected("a list", node) + (hint.size() <= kShownChars ? hint : ""));
    }
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item_path = fmt::format("{}[{}]", path, i);
      if (field->message_type() == nullptr) {
        RINGSIDE_RETURN_IF_ERROR(ReadScalar(*node.items[i], item_path, field, message));
      } else {
        RINGSIDE_RETURN_IF_ERROR(
            ReadMessage(*node.items[i], item_path, reflection.AddMessage(message, field)));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadMap(const Node& node, const std::string& path, const FieldDescriptor* field,
                       Message* message) const {
    if (node.kind != Node::Kind::kMap) return Error(node, path, Expected("a map", node));
    const FieldDescriptor* key_field = field->message_type()->map_key();
    const FieldDescriptor* value_field = field->message_type()->map_value();
    for (const Node::Entry& entry : node.entries) {
      const std::string value_path = Join(path, entry.key);
      Message* pair = message->GetReflection()->AddMessage(message, field);
      Node key;
      key.kind = Node::Kind::kScalar;
      key.at = entry.at;
      key.text = entry.key;
      RINGSIDE_RETURN_IF_ERROR(ReadScalar(key, value_path, key_field, pair));
      RINGSIDE_RETURN_IF_ERROR(ReadField(*entry.value, value_path, value_field, pair));
    }
    return absl::OkStatus();
  }

  // Sets the field, or adds to it where it is repeated.
  absl::Status ReadScalar(const Node& node, const std::string& path, const FieldDescriptor* field,
                          Message* message) const {
    const Reflection& reflection = *message->GetReflection();
    const bool add = field->is_repeated();
    if (node.kind != Node::Kind::kScalar) {
      return Error(node, path, Expected(ElementNoun(*field), node));
    }
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        RINGSIDE_ASSIGN_OR_RETURN(const int32_t value, ReadInteger<int32_t>(node, path));
        add ? reflection.AddInt32(message, field, value) : reflection.SetInt32(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        RINGSIDE_ASSIGN_OR_RETURN(const int64_t value, ReadInteger<int64_t>(node, path));
        add ? reflection.AddInt64(message, field, value) : reflection.SetInt64(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        RINGSIDE_ASSIGN_OR_RETURN(const uint32_t value, ReadInteger<uint32_t>(node, path));
        add ? reflection.AddUInt32(message, field, value) : reflection.SetUInt32(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        RINGSIDE_ASSIGN_OR_RETURN(const uint64_t value, ReadInteger<uint64_t>(node, path));
        add ? reflection.AddUInt64(message, field, value) : reflection.SetUInt64(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_FLOAT: {
        RINGSIDE_ASSIGN_OR_RETURN(const float value, ReadReal<float>(node, path));
        add ? reflection.AddFloat(message, field, value) : reflection.SetFloat(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        RINGSIDE_ASSIGN_OR_RETURN(const double value, ReadReal<double>(node, path));
        add ? reflection.AddDouble(message, field, value) : reflection.SetDouble(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        RINGSIDE_ASSIGN_OR_RETURN(const bool value, ReadBool(node, path));
        add ? reflection.AddBool(message, field, value) : reflection.SetBool(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumValueDescriptor* value = yaml_internal::FindEnumValue(*field->enum_type(), node.text);
        if (value == nullptr) {
          const auto choices = yaml_internal::EnumChoices(*field->enum_type());
          return Error(node, path,
                       fmt::format("unknown value {}; {}", Shown(node),
                                   yaml_internal::Suggest(node.text, choices, "known values")));
        }
        add ? reflection.AddEnum(message, field, value) : reflection.SetEnum(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string value = node.text;
        if (field->type() == FieldDescriptor::TYPE_BYTES && !absl::Base64Unescape(node.text, &value)) {
          return Error(node, path, Expected("base64", node));
        }
        add ? reflection.AddString(message, field, value) : reflection.SetString(message, field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Error(node, path, Expected("a map", node));
    }
    return absl::OkStatus();
  }

  template <class Integer>
  absl::StatusOr<Integer> ReadInteger(const Node& node, const std::string& path) const {
    using Limits = std::numeric_limits<Integer>;
    const std::string& text = node.text;
    size_t at = 0;
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) at = 1;
    const bool hex = text.compare(at, 2, "0x") == 0;
    const char* begin = text.data() + at + (hex ? 2 : 0);
    const char* end = text.data() + text.size();
    uint64_t magnitude = 0;
    const std::from_chars_result result = std::from_chars(begin, end, magnitude, hex ? 16 : 10);
    if (node.quoted || begin == end || result.ptr != end || result.ec == std::errc::invalid_argument) {
      return Error(node, path, Expected("a whole number", node));
    }
    if (!hex && *begin == '0' && end - begin > 1) {
      return Error(node, path, Expected("a whole number without leading zeros", node));
    }
    const uint64_t limit = negative ? uint64_t{0} - static_cast<uint64_t>(int64_t{Limits::min()})
                                    : static_cast<uint64_t>(Limits::max());
    if (result.ec == std::errc::result_out_of_range ||
        magnitude > (Limits::is_signed || !negative ? limit : 0)) {
      return Error(node, path,
                   Expected(fmt::format("a whole number from {} to {}", Limits::min(), Limits::max()), node));
    }
    return static_cast<Integer>(negative ? uint64_t{0} - magnitude : magnitude);
  }

  template <class Real>
  absl::StatusOr<Real> ReadReal(const Node& node, const std::string& path) const {
    std::string_view text = node.text;
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    const char* end = text.data() + text.size();
    Real value = 0;
    const std::from_chars_result result = std::from_chars(text.data(), end, value);
    const bool yaml_non_finite = text.ends_with(".inf") || text.ends_with(".nan");
    if (node.quoted ||
        ((result.ptr != end || result.ec == std::errc::invalid_argument) && !yaml_non_finite)) {
      return Error(node, path, Expected("a number", node));
    }
    const bool underflow = result.ec == std::errc::result_out_of_range && text.find("e-") != text.npos;
    if (underflow) return Real{0};
    if (yaml_non_finite || result.ec != std::errc() || !std::isfinite(value)) {
      return Error(node, path, Expected("a finite number", node));
    }
    return value;
  }

  absl::StatusOr<bool> ReadBool(const Node& node, const std::string& path) const {
    if (!node.quoted && (node.text == "true" || node.text == "True" || node.text == "TRUE")) return true;
    if (!node.quoted && (node.text == "false" || node.text == "False" || node.text == "FALSE")) return false;
    return Error(node, path, Expected("true or false", node));
  }

  const std::string_view file_name_;
};

}  // namespace

absl::Status ParseYaml(std::string_view text, std::string_view file_name, Message* message) {
  message->Clear();
  RINGSIDE_ASSIGN_OR_RETURN(const auto root, yaml_internal::ParseTree(text, file_name));
  return Reader(file_name).ReadMessage(*root, "", message);
}

absl::StatusOr<std::string> ReadYamlText(const std::string& path) {
  const auto failed = [&](int error) {
    return absl::ErrnoToStatus(error, fmt::format("{}: cannot read", path));
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(errno);
  const absl::Cleanup close = [fd] { ::close(fd); };
  std::string text;
  char buffer[16384];
  while (text.size() <= kMaxYamlBytes) {
    const ssize_t count = ::read(fd, buffer, sizeof(buffer));
    if (count == 0) return text;
    if (count > 0) text.append(buffer, count);
    if (count < 0 && errno != EINTR) return failed(errno);
  }
  return yaml_internal::ErrorAt(path, {}, "", fmt::format("more than {} bytes", kMaxYamlBytes));
}

absl::Status ReadYamlFile(const std::string& path, Message* message) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string text, ReadYamlText(path));
  return ParseYaml(text, path, message);
}

}  // namespace ringside::proto
