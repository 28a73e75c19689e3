// Message -> YAML: block style, lists of scalars in brackets, text quoted only where plain text would be read
// as something else.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "proto/yaml.h"
#include "proto/yaml_names.h"

namespace ringside::proto {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using yaml_internal::IsUnspecified;

bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Words that a reader may take for something else than text, by YAML 1.1 or 1.2.
bool IsReserved(std::string word) {
  static constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

bool IsPlain(const std::string& text) {
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text[0])) || text.back() == ' ' ||
      IsReserved(text)) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsWordChar(c) || c == ' ' || c == '-' || c == '.' || c == '/' || c == '+';
  });
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next_is = [&](size_t ahead, unsigned char byte) {
      return i + ahead < text.size() && static_cast<unsigned char>(text[i + ahead]) == byte;
    };
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += text[i];
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c < 0x20 || c == 0x7F) {
      quoted += fmt::format("\\x{:02X}", c);
    } else if (c == 0xC2 && next_is(1, 0x85)) {  // U+0085, a line end to YAML
      quoted += "\\u0085";
      i += 1;
    } else if (c == 0xE2 && next_is(1, 0x80) && (next_is(2, 0xA8) || next_is(2, 0xA9))) {  // U+2028, U+2029
      quoted += next_is(2, 0xA8) ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (c == 0xEF && next_is(1, 0xBB) && next_is(2, 0xBF)) {  // U+FEFF
      quoted += "\\uFEFF";
      i += 2;
    } else {
      quoted += text[i];
    }
  }
  return quoted + '"';
}

std::string TextOf(const std::string& text) {
  return IsPlain(text) ? text : Quoted(text);
}

template <class Real>
std::string RealText(Real value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  return fmt::format("{}", value);  // the shortest form that reads back the same
}

class Writer {
 public:
  std::string Take() { return std::move(out_); }

  // Every line of the message at `indent`. Nothing for an empty message.
  void WriteMessage(const Message& message, int indent) {
    for (const FieldDescriptor* field : FieldsOf(message)) {
      out_.append(indent, ' ');
      out_ += field->name();
      out_ += ':';
      if (field->is_map()) {
        WriteMap(message, field, indent);
      } else if (field->is_repeated()) {
        WriteList(message, field, indent);
      } else {
        WriteValue(message, field, -1, indent);
      }
    }
  }

 private:
  // Set fields by number, without enums that say nothing.
  static std::vector<const FieldDescriptor*> FieldsOf(const Message& message) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    std::erase_if(fields, [&](const FieldDescriptor* field) {
      return !field->is_repeated() && field->enum_type() != nullptr &&
             IsUnspecified(*reflection.GetEnum(message, field));
    });
    return fields;
  }

  // After "key:" or "- ": a scalar on the same line, a message on the lines below.
  void WriteValue(const Message& message, const FieldDescriptor* field, int index, int indent) {
    if (field->message_type() == nullptr) {
      out_ += ' ' + Scalar(message, field, index) + '\n';
      return;
    }
    const Message& child = message.GetReflection()->GetMessage(message, field);
    if (FieldsOf(child).empty()) {
      out_ += " {}\n";
      return;
    }
    out_ += '\n';
    WriteMessage(child, indent + 2);
  }

  void WriteList(const Message& message, const FieldDescriptor* field, int indent) {
    const Reflection& reflection = *message.GetReflection();
    const int size = reflection.FieldSize(message, field);
    if (field->message_type() == nullptr) {
      std::string items;
      for (int i = 0; i < size; ++i) {
        if (field->enum_type() != nullptr && IsUnspecified(*reflection.GetRepeatedEnum(message, field, i)))
          continue;
        items += (items.empty() ? "" : ", ") + Scalar(message, field, i);
      }
      out_ += " [" + items + "]\n";
      return;
    }
    out_ += '\n';
    for (int i = 0; i < size; ++i) {
      const Message& item = reflection.GetRepeatedMessage(message, field, i);
      out_.append(indent + 2, ' ');
      if (FieldsOf(item).empty()) {
        out_ += "- {}\n";
        continue;
      }
      const size_t begin = out_.size();
      WriteMessage(item, indent + 4);
      out_.replace(begin, indent + 4, "- ");  // the first line has the dash, after the indentation above
    }
  }

  void WriteMap(const Message& message, const FieldDescriptor* field, int indent) {
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* key = field->message_type()->map_key();
    const FieldDescriptor* value = field->message_type()->map_value();
    std::vector<std::pair<std::string, const Message*>> entries;  // by key, so that the text is one
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, field, i);
      entries.emplace_back(Scalar(entry, key, -1), &entry);
    }
    std::sort(entries.begin(), entries.end());
    out_ += '\n';
    for (const auto& [name, entry] : entries) {
      out_.append(indent + 2, ' ');
      out_ += name + ':';
      WriteValue(*entry, value, -1, indent + 2);
    }
  }

  static std::string Scalar(const Message& message, const FieldDescriptor* field, int index) {
    const Reflection& r = *message.GetReflection();
    const bool one = index < 0;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return fmt::format("{}",
                           one ? r.GetInt32(message, field) : r.GetRepeatedInt32(message, field, index));
      case FieldDescriptor::CPPTYPE_INT64:
        return fmt::format("{}",
                           one ? r.GetInt64(message, field) : r.GetRepeatedInt64(message, field, index));
      case FieldDescriptor::CPPTYPE_UINT32:
        return fmt::format("{}",
                           one ? r.GetUInt32(message, field) : r.GetRepeatedUInt32(message, field, index));
      case FieldDescriptor::CPPTYPE_UINT64:
        return fmt::format("{}",
                           one ? r.GetUInt64(message, field) : r.GetRepeatedUInt64(message, field, index));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return RealText(one ? r.GetFloat(message, field) : r.GetRepeatedFloat(message, field, index));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return RealText(one ? r.GetDouble(message, field) : r.GetRepeatedDouble(message, field, index));
      case FieldDescriptor::CPPTYPE_BOOL:
        return (one ? r.GetBool(message, field) : r.GetRepeatedBool(message, field, index)) ? "true"
                                                                                            : "false";
      case FieldDescriptor::CPPTYPE_ENUM:
        return yaml_internal::ShortName(
            *(one ? r.GetEnum(message, field) : r.GetRepeatedEnum(message, field, index)));
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text =
            one ? r.GetString(message, field) : r.GetRepeatedString(message, field, index);
        if (field->type() != FieldDescriptor::TYPE_BYTES) return TextOf(text);
        return Quoted(absl::Base64Escape(text));
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
    return "";
  }

  std::string out_;
};

}  // namespace

std::string WriteYaml(const Message& message) {
  Writer writer;
  writer.WriteMessage(message, 0);
  std::string text = writer.Take();
  return text.empty() ? "{}\n" : text;
}

}  // namespace ringside::proto
