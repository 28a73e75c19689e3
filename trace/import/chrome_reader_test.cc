#include "trace/import/chrome_reader.h"

#include <random>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::trace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

struct Result {
  std::vector<std::string> names;
  ChromeFile file;
  absl::Status status;
};

Result ReadText(const std::string& text, size_t piece = SIZE_MAX, const ReadLimits& limits = {}) {
  Result result;
  const auto source = BytesOf(text, piece);
  auto file = ReadChromeEvents(
      source.get(),
      [&](const TraceEvent& event) {
        result.names.emplace_back(event.name);
        return absl::OkStatus();
      },
      limits);
  result.status = file.status();
  if (file.ok()) result.file = *std::move(file);
  return result;
}

// As libkineto writes them.
std::string Event(const std::string& name) {
  return fmt::format(
      "\n  {{\n    \"ph\": \"X\", \"cat\": \"kernel\", \"name\": \"{}\", \"pid\": 0, \"tid\": 7,\n"
      "    \"ts\": 12.5, \"dur\": 3,\n    \"args\": {{ \"stream\": 7, \"grid\": [1, 2, 3] }}\n  }}",
      name);
}

TEST(ReadChromeEvents, ReadsEveryFieldOfAnEvent) {
  const auto source = BytesOf(
      R"({"traceEvents": [{"ph": "X", "cat": "kernel", "name": "a\"bé", "pid": 3, "tid": "stream 7",
          "id": 99, "ts": 1688687654321456.789, "dur": 2, "extra": {"name": "no", "ts": 1},
          "args": {"stream": 7, "grid": [1, {"stream": 8}], "dtype": "Float", "big": 1e2, "on": true}}]})");
  int seen = 0;
  const auto file = ReadChromeEvents(source.get(), [&](const TraceEvent& event) {
    ++seen;
    EXPECT_EQ(event.phase, 'X');
    EXPECT_EQ(event.category, "kernel");
    EXPECT_EQ(event.name, "a\"b\xc3\xa9");
    EXPECT_EQ(event.process, "3");
    EXPECT_EQ(event.thread, "stream 7");
    EXPECT_EQ(event.id, "99");
    EXPECT_THAT(event.start_ns, Optional(1688687654321456789));
    EXPECT_THAT(event.duration_ns, Optional(2000));
    EXPECT_TRUE(event.has_fraction);
    EXPECT_EQ(event.args.size(), 4);
    EXPECT_THAT(event.integer("stream"), Optional(7));
    EXPECT_THAT(event.integer("big"), Optional(100));
    EXPECT_EQ(event.arg("dtype")->text, "Float");
    EXPECT_TRUE(event.arg("dtype")->is_string);
    EXPECT_EQ(event.arg("on")->text, "true");
    EXPECT_EQ(event.arg("grid"), nullptr);
    return absl::OkStatus();
  });
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(file->repairs.total(), 0);
}

TEST(ReadChromeEvents, ReadsMetadataOnEitherSideOfTheEvents) {
  const Result r = ReadText(
      "\xef\xbb\xbf{\"schemaVersion\": 1, \"distributedInfo\": {\"rank\": 2, \"world_size\": 4},"
      "\"unknown\": {\"a\": [\"]}\", {\"b\": \"\\\"\"}]}, \"traceEvents\": [" +
      Event("a") + "," + Event("b") + "], \"n\": null, \"baseTimeNanoseconds\": 5}\n");
  ASSERT_TRUE(r.status.ok()) << r.status;
  EXPECT_THAT(r.names, ElementsAre("a", "b"));
  EXPECT_THAT(r.file.metadata.rank, Optional(2));
  EXPECT_EQ(r.file.metadata.base_time_ns, 5);
  EXPECT_EQ(r.file.repairs.total(), 0);
  EXPECT_EQ(r.file.events, 2);
}

TEST(ReadChromeEvents, ReadsAPlainList) {
  const Result r = ReadText("[" + Event("a") + "," + Event("b") + "]");
  EXPECT_THAT(r.names, ElementsAre("a", "b"));
  EXPECT_EQ(r.file.repairs.total(), 0);
}

// Whatever the pieces in which a file arrives, it reads the same.
TEST(ReadChromeEvents, DoesNotDependOnThePieces) {
  const std::string text = "{\"traceEvents\": [" + Event("a\\u00e9\\\\") + "," + Event("b\x01") + Event("c") +
                           ", {\"ph\": \"X\", \"name\": \"d\", \"dur\": NaN,}, ], \"x\": [1,2]}";
  const Result whole = ReadText(text);
  EXPECT_EQ(whole.names.size(), 4);
  for (size_t piece : {1, 2, 3, 7, 64}) {
    const Result r = ReadText(text, piece);
    EXPECT_EQ(r.names, whole.names) << piece;
    EXPECT_EQ(r.file.repairs.Lines(), whole.file.repairs.Lines()) << piece;
  }
}

TEST(ReadChromeEvents, BlanksControlCharacters) {
  const Result r = ReadText("[" + Event("a\nb\tc\x01") + "," + Event(std::string("d\0e", 3)) + "]");
  EXPECT_THAT(r.names, ElementsAre("a b c ", "d e"));
  EXPECT_EQ(r.file.repairs.count(Fault::kControlCharacter), 4);
  EXPECT_EQ(r.file.repairs.total(), 4);
}

TEST(ReadChromeEvents, ReadsInvalidEscapesAsSlashes) {
  const Result r = ReadText("[" + Event(R"(C:\dir\zero)") + "," + Event(R"(\u12)") + "]");
  EXPECT_THAT(r.names, ElementsAre("C:/dir/zero", "/u12"));
  EXPECT_EQ(r.file.repairs.count(Fault::kInvalidEscape), 3);
}

TEST(ReadChromeEvents, ReadsNotANumberAsAbsent) {
  const auto source =
      BytesOf(R"([{"name": "a", "ts": NaN, "dur": -Infinity, "args": {"x": nan, "stream": 7}}])");
  const auto file = ReadChromeEvents(source.get(), [&](const TraceEvent& event) {
    EXPECT_FALSE(event.start_ns.has_value());
    EXPECT_FALSE(event.duration_ns.has_value());
    EXPECT_THAT(event.integer("stream"), Optional(7));
    return absl::OkStatus();
  });
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->events, 1);
  EXPECT_EQ(file->repairs.count(Fault::kNotANumber), 3);
}

TEST(ReadChromeEvents, CountsTimesThatAreNoNumbers) {
  const Result r =
      ReadText(R"([{"name": "a", "ts": "soon", "dur": 1e300}, {"name": "b", "ts": "12", "dur": null}])");
  EXPECT_EQ(r.file.events, 2);
  EXPECT_EQ(r.file.repairs.count(Fault::kBadNumber), 2);
}

TEST(ReadChromeEvents, ToleratesCommas) {
  const Result r =
      ReadText("[" + Event("a") + Event("b") + R"(, {"name": "c", "args": {"s": 1 , } ,})" + ",\n]");
  EXPECT_THAT(r.names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(r.file.repairs.count(Fault::kMissingComma), 1);
  EXPECT_EQ(r.file.repairs.count(Fault::kTrailingComma), 3);
  EXPECT_EQ(r.file.repairs.total(), 4);
}

TEST(ReadChromeEvents, LosesOnlyTheDamagedEvent) {
  for (const char* damage : {R"({"name": "x" "ts": 1})", R"({"name": "x", ts: 1})", R"({"name": "x"; "y"})",
                             R"({"name": un"quoted", "args": {"a": 1}})", R"({"a": tru, "b": [1, 2})"}) {
    const Result r = ReadText("{\"traceEvents\": [" + Event("a") + "," + damage + "," + Event("b") + "," +
                              Event("c") + "], \"baseTimeNanoseconds\": 9}");
    EXPECT_THAT(r.names, ElementsAre("a", "b", "c")) << damage;
    EXPECT_EQ(r.file.repairs.count(Fault::kDamagedEvent), 1) << damage;
    EXPECT_EQ(r.file.repairs.total(), 1) << damage;
    EXPECT_EQ(r.file.metadata.base_time_ns, 9) << damage;
  }
}

TEST(ReadChromeEvents, EndsWithADamagedLastEvent) {
  const Result r =
      ReadText("{\"traceEvents\": [" + Event("a") + ", {\"b\": tru}], \"baseTimeNanoseconds\": 9}");
  EXPECT_THAT(r.names, ElementsAre("a"));
  EXPECT_EQ(r.file.repairs.count(Fault::kDamagedEvent), 1);
  EXPECT_EQ(r.file.metadata.base_time_ns, 9);
}

// Wherever a file is cut off, the events before are there, and the cut is counted.
TEST(ReadChromeEvents, ReadsWhatATruncatedFileHas) {
  const std::string head = "{\"schemaVersion\": 1, \"traceEvents\": [";
  const std::string text = head + Event("a") + "," + Event("b") + "]";
  for (size_t size = head.size(); size < text.size(); ++size) {
    const Result r = ReadText(text.substr(0, size));
    ASSERT_TRUE(r.status.ok()) << size << r.status;
    EXPECT_EQ(r.names.size(), (size >= head.size() + Event("a").size()) + (size >= text.size() - 1)) << size;
    EXPECT_EQ(r.file.repairs.count(Fault::kTruncated), 1) << size;
  }
}

TEST(ReadChromeEvents, LeavesOutWhatIsNoEvent) {
  const Result r = ReadText("[1, \"a,]\", [{\"name\": \"x\"}], null," + Event("a") + "]");
  EXPECT_THAT(r.names, ElementsAre("a"));
  EXPECT_EQ(r.file.repairs.count(Fault::kNotAnEvent), 4);
}

TEST(ReadChromeEvents, RefusesWhatIsNoTrace) {
  EXPECT_EQ(ReadText("").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadText("hello").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadText("{1: 2}").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadText("{\"a\" 2}").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(ReadText("{}").file.has_events_member);
}

TEST(ReadChromeEvents, DoesNotNestWithoutEnd) {
  const Result r = ReadText("[{\"name\": " + std::string(1000000, '[') + "}," + Event("a") + "]");
  EXPECT_THAT(r.names, ElementsAre("a"));
  EXPECT_EQ(r.file.repairs.count(Fault::kDamagedEvent), 1);
}

// Damage of any kind ends in events or in a reason, never in a crash or a loop, and the same in whatever
// pieces it comes.
TEST(ReadChromeEvents, SurvivesRandomDamage) {
  std::string whole = "{\"distributedInfo\": {\"rank\": 1}, \"traceEvents\": [";
  for (int i = 0; i < 20; ++i)
    whole += (i > 0 ? "," : "") + Event("kernel \\\"" + std::to_string(i) + "\\\"");
  whole += "], \"baseTimeNanoseconds\": 7}";
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string text = whole;
    for (unsigned i = 0; i <= random() % 4; ++i) {
      const size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + random() % 30);
          break;
        case 2:
          text.insert(at, 1, "{}[]\",:\\"[random() % 8]);
          break;
        default:
          text.resize(at + 1);
      }
    }
    const Result at_once = ReadText(text);
    const Result in_pieces = ReadText(text, 1 + random() % 100);
    EXPECT_LE(at_once.names.size(), 45);
    ASSERT_EQ(at_once.names, in_pieces.names) << text;
    ASSERT_EQ(at_once.status, in_pieces.status) << text;
    ASSERT_EQ(at_once.file.repairs.Lines(), in_pieces.file.repairs.Lines()) << text;
  }
}

TEST(ReadChromeEvents, GoesOnWhereTheListIsClosedEarly) {
  const Result r =
      ReadText("{\"traceEvents\": [" + Event("a") + "]," + Event("b") + "], \"baseTimeNanoseconds\": 9}");
  EXPECT_THAT(r.names, ElementsAre("a", "b"));
  EXPECT_EQ(r.file.repairs.count(Fault::kDamagedEvent), 1);
  EXPECT_EQ(r.file.metadata.base_time_ns, 9);
}

TEST(ReadChromeEvents, CountsTextBehindTheEnd) {
  EXPECT_EQ(ReadText("[" + Event("a") + "] \n").file.repairs.total(), 0);
  EXPECT_EQ(ReadText("[" + Event("a") + "]]").file.repairs.count(Fault::kTrailingText), 1);
  EXPECT_EQ(ReadText("{\"traceEvents\": []} x").file.repairs.count(Fault::kTrailingText), 1);
  EXPECT_EQ(ReadText("{\"traceEvents\": []; \"a\": 1}").file.repairs.count(Fault::kTrailingText), 1);
}

TEST(ReadChromeEvents, LimitsTheLengthOfAnEvent) {
  const std::string longer(3 << 20, 'x');
  EXPECT_THAT(ReadText("[" + Event(longer) + "]").names, ElementsAre(longer));
  const Result r = ReadText("[" + Event(longer) + "]", SIZE_MAX, {.max_value_bytes = 1 << 20});
  EXPECT_EQ(r.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(r.status.message()), HasSubstr("longer than"));
}

TEST(ReadChromeEvents, EndsAtAnErrorOfTheVisitor) {
  const auto source = BytesOf("[" + Event("a") + "," + Event("b") + "]");
  int seen = 0;
  const auto file = ReadChromeEvents(source.get(), [&](const TraceEvent&) {
    ++seen;
    return absl::ResourceExhaustedError("enough");
  });
  EXPECT_EQ(file.status().message(), "enough");
  EXPECT_EQ(seen, 1);
}

TEST(ReadChromeFile, NamesTheFile) {
  const auto file = ReadChromeFile("/dev/null", [](const TraceEvent&) { return absl::OkStatus(); });
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("/dev/null: empty"));
}

}  // namespace
}  // namespace ringside::trace
