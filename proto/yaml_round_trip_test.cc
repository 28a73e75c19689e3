// What WriteYaml writes, ParseYaml reads back, for messages filled at random.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>

#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/yaml.h"
#include "ringside/v1/coordinator.pb.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/device.pb.h"
#include "ringside/v1/program.pb.h"
#include "ringside/v1/scenario.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::proto {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Fills each field with probability 0.7; numbers favour the edges of their range.
class RandomFiller {
 public:
  explicit RandomFiller(uint64_t seed) : random_(seed) {}

  void Fill(Message* message, int depth = 0) {
    const auto* type = message->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (!Chance(0.7)) continue;
      const auto* oneof = field->real_containing_oneof();
      if (oneof != nullptr && message->GetReflection()->HasOneof(*message, oneof)) continue;
      const int count = field->is_repeated() ? Below(4) : 1;
      for (int k = 0; k < count; ++k) FillOne(message, field, depth);
    }
  }

 private:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool Chance(double p) { return std::bernoulli_distribution(p)(random_); }

  template <class Integer>
  Integer Number() {
    using Limits = std::numeric_limits<Integer>;
    switch (Below(4)) {
      case 0:
        return Limits::min();
      case 1:
        return Limits::max();
      case 2:
        return static_cast<Integer>(Below(100));
      default:
        return static_cast<Integer>(random_());
    }
  }

  template <class Real, class Bits>
  Real FiniteReal() {
    if (Chance(0.3)) return static_cast<Real>(Below(100));
    while (true) {
      const Bits bits = static_cast<Bits>(random_());
      Real value;
      std::memcpy(&value, &bits, sizeof(value));
      if (std::isfinite(value)) return value;
    }
  }

  std::string Text() {
    static const char* kPieces[] = {"a",   "Wort", " ",     "\n",     "\t",     "\"",   "'",    "\\",
                                    ": ",  "# ",   "- ",    "true",   "null",   "~",    "1e5",  "{",
                                    "]",   "&",    "größe", "\u2028", "\u0085", "日本", "\x01", "\x7F",
                                    "0x1", "\r\n", "%",     "@",      "!",      "*",    "|",    "\U0001F600"};
    std::string text;
    for (int i = Below(6); i > 0; --i) text += kPieces[Below(std::size(kPieces))];
    return text;
  }

  void FillOne(Message* message, const FieldDescriptor* field, int depth) {
    const Reflection& r = *message->GetReflection();
    const bool add = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto value = Number<int32_t>();
        return add ? r.AddInt32(message, field, value) : r.SetInt32(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const auto value = Number<int64_t>();
        return add ? r.AddInt64(message, field, value) : r.SetInt64(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto value = Number<uint32_t>();
        return add ? r.AddUInt32(message, field, value) : r.SetUInt32(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        const auto value = Number<uint64_t>();
        return add ? r.AddUInt64(message, field, value) : r.SetUInt64(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const auto value = FiniteReal<float, uint32_t>();
        return add ? r.AddFloat(message, field, value) : r.SetFloat(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const auto value = FiniteReal<double, uint64_t>();
        return add ? r.AddDouble(message, field, value) : r.SetDouble(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const bool value = Chance(0.5);
        return add ? r.AddBool(message, field, value) : r.SetBool(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto* type = field->enum_type();
        const auto* value = type->value(type->value_count() == 1 ? 0 : 1 + Below(type->value_count() - 1));
        return add ? r.AddEnum(message, field, value) : r.SetEnum(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string value = Text();
        return add ? r.AddString(message, field, value) : r.SetString(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        if (depth > 5) return;
        if (field->is_map()) return FillMap(message, field, depth);
        return Fill(add ? r.AddMessage(message, field) : r.MutableMessage(message, field), depth + 1);
      }
    }
  }

  void FillMap(Message* message, const FieldDescriptor* field, int depth) {
    auto* fields = static_cast<google::protobuf::Struct*>(message)->mutable_fields();
    Fill(&(*fields)[Text()], depth + 1);
  }

  std::mt19937_64 random_;
};

template <class T>
class YamlRoundTrip : public testing::Test {};

using Messages =
    testing::Types<v1::Scenario, v1::ModelSpec, v1::ParallelPlan, v1::ClusterSpec, v1::RunSpec, v1::Fault,
                   v1::DesignQuestion, v1::DesignAnswer, v1::Rubric, v1::Scorecard, v1::DeviceProfile,
                   v1::Program, v1::ProgramSet, v1::Trace, v1::Job, v1::TraceChunk, google::protobuf::Struct>;
TYPED_TEST_SUITE(YamlRoundTrip, Messages);

TYPED_TEST(YamlRoundTrip, GivesTheSameMessage) {
  int filled = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    TypeParam message, back;
    RandomFiller(seed).Fill(&message);
    const std::string text = WriteYaml(message);
    const absl::Status status = ParseYaml(text, "r.yaml", &back);
    ASSERT_TRUE(status.ok()) << status << "\n" << text;
    ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(message, back)) << text;
    EXPECT_EQ(WriteYaml(back), text);
    filled += message.ByteSizeLong() > 0 ? 1 : 0;
  }
  EXPECT_GE(filled, 20);
}

TEST(WriteYaml, IsWhatAPersonWouldWrite) {
  v1::Scenario scenario;
  ASSERT_TRUE(
      ParseYaml("name: ring-1\nmodel: {preset: gpt2-tiny}\nplan: {dp: 4, bucketMib: 0.5, schedule: gpipe, "
                "overlap: [grad_reduce]}\nrun: {}\nfaults: [{slow_link: {node: 2, gbps: 0.1}}, {}]",
                "s.yaml", &scenario)
          .ok());
  EXPECT_EQ(WriteYaml(scenario), R"(name: ring-1
model:
  preset: gpt2-tiny
plan:
  dp: 4
  schedule: gpipe
  bucket_mib: 0.5
  overlap: [grad_reduce]
run: {}
faults:
  - slow_link:
      node: 2
      gbps: 0.1
  - {}
)");
  EXPECT_EQ(WriteYaml(v1::Scenario()), "{}\n");
}

TEST(WriteYaml, LeavesUnspecifiedEnumsOutAndSpellsNonFiniteNumbers) {
  v1::ParallelPlan plan;
  plan.set_schedule(v1::SCHEDULE_UNSPECIFIED);
  plan.set_bucket_mib(std::numeric_limits<double>::infinity());
  EXPECT_EQ(WriteYaml(plan), "bucket_mib: .inf\n");
}

}  // namespace
}  // namespace ringside::proto
