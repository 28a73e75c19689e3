#include "trace/import/chrome_reader.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "trace/import/event_parser.h"
#include "trace/import/event_repair.h"
#include "trace/import/json_skip.h"
#include "trace/import/window.h"

namespace ringside::trace {
namespace {

// Of one event. A fault costs parsing its event anew.
constexpr int kMaxRepairs = 1000;
// The parser reports some errors where the token began: this close to the end of what is seen, it may only be
// the end of what is seen.
constexpr size_t kTokenBytes = 64;

class Reader {
 public:
  Reader(ByteSource* source, EventVisitor visitor, const ReadLimits& limits)
      : window_(source, &file_.repairs, limits.max_value_bytes), visitor_(visitor) {}

  absl::StatusOr<ChromeFile> Read() {
    RINGSIDE_RETURN_IF_ERROR(SkipByteOrderMark());
    RINGSIDE_ASSIGN_OR_RETURN(const int first, window_.PeekPastBlanks());
    if (first != '{' && first != '[') {
      return absl::InvalidArgumentError(first < 0 ? "empty: a trace is a JSON object or a list of events"
                                                  : "no Chrome trace: it begins neither with { nor with [");
    }
    window_.Advance(1);
    if (first == '[') {
      file_.has_events_member = true;
      RINGSIDE_RETURN_IF_ERROR(ReadEvents());
    } else {
      RINGSIDE_RETURN_IF_ERROR(ReadMembers());
    }
    RINGSIDE_ASSIGN_OR_RETURN(const int behind, window_.PeekPastBlanks());
    if (behind >= 0) file_.repairs.Add(Fault::kTrailingText);
    file_.json_bytes = window_.position();
    return std::move(file_);
  }

 private:
  absl::Status SkipByteOrderMark() {
    RINGSIDE_RETURN_IF_ERROR(window_.Fill().status());
    if (std::string_view(window_.data(), window_.size()).starts_with("\xef\xbb\xbf")) window_.Advance(3);
    return absl::OkStatus();
  }

  void Truncated() {
    if (!truncated_) file_.repairs.Add(Fault::kTruncated);
    truncated_ = true;
  }

  // Of the top-level object, behind its '{'.
  absl::Status ReadMembers() {
    for (;;) {
      RINGSIDE_ASSIGN_OR_RETURN(const int c, window_.PeekPastBlanks());
      if (c < 0) {
        Truncated();
        return absl::OkStatus();
      }
      if (c == '}') {
        window_.Advance(1);
        return absl::OkStatus();
      }
      if (c == ',') {
        window_.Advance(1);
        continue;
      }
      if (file_.has_events_member && c == '{') {  // the list of events was closed too early
        file_.repairs.Add(Fault::kDamagedEvent);
        RINGSIDE_RETURN_IF_ERROR(ReadEvents());
        continue;
      }
      if (file_.has_events_member && c != '"')
        return absl::OkStatus();  // what is left counts as trailing text
      if (c != '"') {
        return absl::InvalidArgumentError(
            fmt::format("no JSON at byte {}: a member's name was expected", window_.position()));
      }
      std::string key;
      const absl::Status read = SkipJson(&window_, kMaxKeyBytes, &key);
      if (absl::IsResourceExhausted(read) && file_.has_events_member) return absl::OkStatus();
      RINGSIDE_RETURN_IF_ERROR(read);
      if (key.size() >= 2) key = key.substr(1, key.size() - 2);  // its quotes
      RINGSIDE_ASSIGN_OR_RETURN(const int colon, window_.PeekPastBlanks());
      if (colon == ':') {
        window_.Advance(1);
      } else if (colon >= 0 && file_.has_events_member) {
        return absl::OkStatus();
      } else if (colon >= 0) {
        return absl::InvalidArgumentError(
            fmt::format("no JSON at byte {}: a colon was expected", window_.position()));
      }
      RINGSIDE_ASSIGN_OR_RETURN(const int value, window_.PeekPastBlanks());
      if (value < 0) {
        Truncated();
        return absl::OkStatus();
      }
      if (key == "traceEvents" && value == '[') {
        window_.Advance(1);
        file_.has_events_member = true;
        RINGSIDE_RETURN_IF_ERROR(ReadEvents());
      } else if (IsMetadata(key)) {
        std::string text;
        RINGSIDE_RETURN_IF_ERROR(SkipJson(&window_, kMaxMetadataBytes, &text));
        ReadMetadata(key, std::move(text));
      } else {
        RINGSIDE_RETURN_IF_ERROR(SkipJson(&window_, 0, nullptr));
      }
    }
  }

  void ReadMetadata(std::string_view key, std::string text) {
    // Blanks as good as any outside of strings, and a repair inside.
    const int64_t controls = BlankControlCharacters(text.data(), text.size());
    if (controls > 0) file_.repairs.Add(Fault::kControlCharacter, controls);
    if (!ReadMember(key, text, &file_.metadata)) file_.repairs.Add(Fault::kDamagedEvent);
  }

  // Behind the '['.
  absl::Status ReadEvents() {
    bool after_event = false;
    int commas = 0;
    for (;;) {
      RINGSIDE_ASSIGN_OR_RETURN(const int c, window_.PeekPastBlanks());
      if (c < 0) {
        Truncated();
        return absl::OkStatus();
      }
      if (c == ',') {
        ++commas;
        window_.Advance(1);
      } else if (c == ']') {
        if (commas > 0) file_.repairs.Add(Fault::kTrailingComma);
        window_.Advance(1);
        return absl::OkStatus();
      } else if (c == '{') {
        if (after_event && commas == 0 && !skipped_) file_.repairs.Add(Fault::kMissingComma);
        skipped_ = false;
        RINGSIDE_RETURN_IF_ERROR(ReadEvent());
        after_event = true;
        commas = 0;
      } else if (after_event && commas == 0) {  // no element can begin here: the list itself is damaged
        RINGSIDE_RETURN_IF_ERROR(SkipDamage());
      } else {
        file_.repairs.Add(Fault::kNotAnEvent);
        RINGSIDE_RETURN_IF_ERROR(SkipJson(&window_, 0, nullptr));
        after_event = true;
        commas = 0;
      }
    }
  }

  // At its '{'.
  absl::Status ReadEvent() {
    int repairs = 0;
    for (;;) {
      int bad_numbers = 0;
      const EventParser::Outcome outcome =
          parser_.Parse(window_.data(), window_.size(), &event_, &bad_numbers);
      if (outcome.result == EventParser::Result::kEvent) {
        if (bad_numbers > 0) file_.repairs.Add(Fault::kBadNumber, bad_numbers);
        ++file_.events;
        RINGSIDE_RETURN_IF_ERROR(visitor_(event_));
        window_.Advance(outcome.offset);
        return absl::OkStatus();
      }
      if (outcome.offset + kTokenBytes >= window_.size()) {
        if (window_.at_limit()) {
          return absl::InvalidArgumentError(fmt::format("the event at byte {} is longer than {} bytes",
                                                        window_.position(), window_.size()));
        }
        RINGSIDE_ASSIGN_OR_RETURN(const bool more, window_.Fill());
        if (more) continue;
      }
      if (++repairs <= kMaxRepairs && RepairEvent(window_.data(), window_.size(), outcome, &file_.repairs)) {
        continue;
      }
      if (outcome.offset >= window_.size() && window_.ended()) {
        Truncated();
        window_.Advance(window_.size());
        return absl::OkStatus();
      }
      return SkipDamage();
    }
  }

  absl::Status SkipDamage() {
    file_.repairs.Add(Fault::kDamagedEvent);
    skipped_ = true;
    window_.Advance(1);
    return SkipToNextEvent(&window_);
  }

  static constexpr size_t kMaxKeyBytes = 4096;
  static constexpr size_t kMaxMetadataBytes = 64 << 20;

  ChromeFile file_;
  Window window_;
  EventVisitor visitor_;
  EventParser parser_;
  TraceEvent event_;
  bool truncated_ = false;
  bool skipped_ = false;  // the comma before the next event, with what was damaged
};

}  // namespace

absl::StatusOr<ChromeFile> ReadChromeEvents(ByteSource* source, EventVisitor visitor,
                                            const ReadLimits& limits) {
  return Reader(source, visitor, limits).Read();
}

absl::StatusOr<ChromeFile> ReadChromeFile(const std::string& path, EventVisitor visitor,
                                          const ReadLimits& limits) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenBytes(path));
  absl::StatusOr<ChromeFile> file = ReadChromeEvents(source.get(), visitor, limits);
  if (file.ok()) return file;
  const std::string message(file.status().message());
  if (message.find(path) != std::string::npos) return file;  // errors of the source name it themselves
  return absl::Status(file.status().code(), fmt::format("{}: {}", path, message));
}

}  // namespace ringside::trace
