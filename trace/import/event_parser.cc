#include "trace/import/event_parser.h"

#include <cstring>
#include <string_view>
#include <vector>

// The only file that includes RapidJSON: this decides how it is compiled.
#ifdef __SSE2__
#define RAPIDJSON_SSE2
#endif
#include "rapidjson/error/error.h"
#include "rapidjson/reader.h"

namespace ringside::trace {
namespace {

namespace rj = rapidjson;

// The parser calls itself: what is nested deeper is refused before the stack is at risk.
constexpr int kMaxDepth = 200;

enum class Field { kNone, kPhase, kName, kCategory, kId, kProcess, kThread, kStart, kDuration, kArgs };

Field FieldOf(std::string_view key) {
  switch (key.size()) {
    case 2:
      if (key == "ph") return Field::kPhase;
      if (key == "ts") return Field::kStart;
      if (key == "id") return Field::kId;
      return Field::kNone;
    case 3:
      if (key == "cat") return Field::kCategory;
      if (key == "dur") return Field::kDuration;
      if (key == "pid") return Field::kProcess;
      if (key == "tid") return Field::kThread;
      return Field::kNone;
    case 4:
      if (key == "name") return Field::kName;
      if (key == "args") return Field::kArgs;
      return Field::kNone;
    default:
      return Field::kNone;
  }
}

// RapidJSON calls it value by value. Depth 1 is the event, depth 2 its args; what is deeper is passed over.
class Handler {
 public:
  void Begin(size_t text_bytes, TraceEvent* event) {
    if (kept_.size() < text_bytes) kept_.resize(text_bytes);
    used_ = 0;
    depth_ = 0;
    in_args_ = false;
    field_ = Field::kNone;
    args_.clear();
    bad_numbers_ = 0;
    event_ = event;
    *event = TraceEvent();
  }
  void End() { event_->args = args_; }
  int bad_numbers() const { return bad_numbers_; }

  bool Null() { return Scalar("null", false); }
  bool Bool(bool value) { return Scalar(value ? "true" : "false", false); }
  bool RawNumber(const char* text, rj::SizeType size, bool) { return Scalar({text, size}, false); }
  bool String(const char* text, rj::SizeType size, bool) { return Scalar({text, size}, true); }
  bool Key(const char* text, rj::SizeType size, bool) {
    if (depth_ == 1) {
      field_ = FieldOf({text, size});
    } else if (depth_ == 2 && in_args_) {
      key_ = Keep({text, size});
    }
    return true;
  }
  bool StartObject() {
    if (++depth_ == 2) in_args_ = field_ == Field::kArgs;
    return depth_ <= kMaxDepth;
  }
  bool EndObject(rj::SizeType) {
    --depth_;
    return true;
  }
  bool StartArray() {
    if (++depth_ == 2) in_args_ = false;
    return depth_ <= kMaxDepth;
  }
  bool EndArray(rj::SizeType) {
    --depth_;
    return true;
  }
  // Never called, as numbers are taken as text.
  bool Int(int) { return true; }
  bool Uint(unsigned) { return true; }
  bool Int64(int64_t) { return true; }
  bool Uint64(uint64_t) { return true; }
  bool Double(double) { return true; }

 private:
  // Decoded strings are no longer than the text they come from, so that one allocation holds them all.
  std::string_view Keep(std::string_view text) {
    char* const at = kept_.data() + used_;
    std::memcpy(at, text.data(), text.size());
    used_ += text.size();
    return {at, text.size()};
  }

  void Time(std::string_view text, std::optional<int64_t>* ns) {
    bool has_fraction = false;
    *ns = NanosecondsOf(text, &has_fraction);
    event_->has_fraction |= has_fraction;
    if (!*ns && text != "null") ++bad_numbers_;
  }

  bool Scalar(std::string_view text, bool is_string) {
    if (depth_ == 2 && in_args_) {
      args_.push_back({key_, Keep(text), is_string});
      return true;
    }
    if (depth_ != 1) return true;
    switch (field_) {
      case Field::kPhase:
        event_->phase = text.empty() ? '\0' : text[0];
        break;
      case Field::kName:
        event_->name = Keep(text);
        break;
      case Field::kCategory:
        event_->category = Keep(text);
        break;
      case Field::kId:
        event_->id = Keep(text);
        break;
      case Field::kProcess:
        event_->process = Keep(text);
        break;
      case Field::kThread:
        event_->thread = Keep(text);
        break;
      case Field::kStart:
        Time(text, &event_->start_ns);
        break;
      case Field::kDuration:
        Time(text, &event_->duration_ns);
        break;
      case Field::kArgs:
      case Field::kNone:
        break;
    }
    return true;
  }

  std::vector<char> kept_;
  size_t used_ = 0;
  std::vector<EventArg> args_;
  std::string_view key_;
  TraceEvent* event_ = nullptr;
  Field field_ = Field::kNone;
  int depth_ = 0;
  bool in_args_ = false;
  int bad_numbers_ = 0;
};

}  // namespace

struct EventParser::Impl {
  rj::Reader reader;
  Handler handler;
};

EventParser::EventParser() : impl_(std::make_unique<Impl>()) {}
EventParser::~EventParser() = default;

EventParser::Outcome EventParser::Parse(const char* text, size_t size, TraceEvent* event, int* bad_numbers) {
  impl_->handler.Begin(size, event);
  rj::StringStream stream(text);
  constexpr unsigned kFlags = rj::kParseStopWhenDoneFlag | rj::kParseNumbersAsStringsFlag;
  const rj::ParseResult parsed = impl_->reader.Parse<kFlags>(stream, impl_->handler);
  if (!parsed.IsError()) {
    impl_->handler.End();
    *bad_numbers = impl_->handler.bad_numbers();
    return {Result::kEvent, stream.Tell()};
  }
  const size_t offset = parsed.Offset();
  const auto byte = static_cast<unsigned char>(text[offset]);
  switch (parsed.Code()) {
    case rj::kParseErrorStringEscapeInvalid:
    case rj::kParseErrorStringMissQuotationMark:
    case rj::kParseErrorStringInvalidEncoding:
    case rj::kParseErrorStringUnicodeEscapeInvalidHex:
    case rj::kParseErrorStringUnicodeSurrogateInvalid:
      if (byte < 0x20) return {Result::kControlCharacter, offset};
      if (byte == '\\') return {Result::kInvalidEscape, offset};
      return {Result::kSyntax, offset};
    default:
      return {Result::kSyntax, offset};
  }
}

}  // namespace ringside::trace
