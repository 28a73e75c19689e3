#include "workers/checkpoint/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace ringside::checkpoint {
namespace {

using ::testing::HasSubstr;

class SafetensorsTest : public ::testing::Test {
 protected:
  SafetensorsTest()
      : directory_(::testing::TempDir() + "/safetensors-" +
                   ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~SafetensorsTest() override { std::filesystem::remove_all(directory_); }
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  // A file with this header, as text, and so many bytes of data.
  std::string Craft(const std::string& header, size_t data_bytes) const {
    const uint64_t length = header.size();
    std::ofstream out(Path("crafted"), std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), 8);
    out << header << std::string(data_bytes, 'x');
    return Path("crafted");
  }
  std::string ErrorOf(const std::string& header, size_t data_bytes) const {
    const auto file = SafetensorsFile::Open(Craft(header, data_bytes));
    if (file.ok()) return "it was taken";
    EXPECT_THAT(std::string(file.status().message()), HasSubstr("crafted"));
    return std::string(file.status().message());
  }

  std::string WriteTwo() const {
    auto writer = SafetensorsWriter::Create(
        Path("two"),
        {{"a", plan::DType::kF32, {2, 3}}, {"b", plan::DType::kBf16, {5}}, {"none", plan::DType::kF64, {0}}},
        {{"format", "test"}});
    EXPECT_TRUE(writer.ok()) << writer.status();
    const float a[6] = {1, 2, 3, 4, 5, 6};
    const uint16_t b[5] = {1, 2, 3, 4, 5};
    const auto bytes = [](const void* data, size_t size) {
      return absl::MakeSpan(static_cast<const std::byte*>(data), size);
    };
    EXPECT_TRUE((*writer)->Append(bytes(a, 10)).ok());
    EXPECT_TRUE((*writer)->Append(bytes(reinterpret_cast<const char*>(a) + 10, 14)).ok());
    EXPECT_TRUE((*writer)->Append(bytes(b, sizeof b)).ok());
    const auto written = (*writer)->Finish();
    EXPECT_TRUE(written.ok()) << written.status();
    EXPECT_EQ(written->bytes, static_cast<int64_t>(std::filesystem::file_size(Path("two"))));
    return Path("two");
  }

  const std::string directory_;
};

TEST_F(SafetensorsTest, WhatIsWrittenIsRead) {
  const auto file = SafetensorsFile::Open(WriteTwo());
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->metadata().at("format"), "test");
  ASSERT_EQ((*file)->tensors().size(), 3u);
  const TensorInfo& a = *(*file)->Find("a");
  EXPECT_EQ(a.dtype, "F32");
  EXPECT_EQ(a.shape, (std::vector<int64_t>{2, 3}));
  float last = 0;
  std::memcpy(&last, (*file)->Data(a) + 20, 4);
  EXPECT_EQ(last, 6);
  uint16_t third = 0;
  std::memcpy(&third, (*file)->Data(*(*file)->Find("b")) + 4, 2);
  EXPECT_EQ(third, 3);
  EXPECT_EQ((*file)->Find("none")->elems(), 0);
  EXPECT_EQ((*file)->Find("c"), nullptr);
  EXPECT_FALSE(SafetensorsWriter::Create(Path("two"), {}, {}).ok()) << "it is there already";
}

TEST_F(SafetensorsTest, WhatIsNotFinishedIsNotLeft) {
  {
    const auto writer = SafetensorsWriter::Create(Path("half"), {{"a", plan::DType::kF32, {2}}}, {});
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE(std::filesystem::exists(Path("half")));
  }
  EXPECT_FALSE(std::filesystem::exists(Path("half")));
  WriteTwo();
  EXPECT_FALSE(SafetensorsWriter::Create(Path("two"), {}, {}).ok());
  EXPECT_TRUE(std::filesystem::exists(Path("two"))) << "it was there before";
}

// A file as another program writes it: no padding, tensors in any order of the header.
TEST_F(SafetensorsTest, TakesAnotherWritersOrder) {
  const auto file = SafetensorsFile::Open(Craft(
      R"({"z":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
      7));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->Find("a")->elems(), 1);
}

TEST_F(SafetensorsTest, SaysWhatIsWrong) {
  const auto tensor = [](const char* body) { return std::string(R"({"w":{)") + body + "}}"; };
  EXPECT_THAT(ErrorOf("[]", 0), HasSubstr("no JSON object"));
  EXPECT_THAT(ErrorOf("{", 0), HasSubstr("no JSON object"));
  EXPECT_THAT(ErrorOf(R"({"w":1})", 0), HasSubstr("tensor w: its description is no object"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F32","shape":[1])"), 4), HasSubstr("must have dtype"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F31","shape":[1],"data_offsets":[0,4])"), 4),
              HasSubstr("dtype is unknown"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), 4),
              HasSubstr("no count"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F32","shape":[1.5],"data_offsets":[0,4])"), 4),
              HasSubstr("no count"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4])"), 4),
              HasSubstr("too large"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), 4),
              HasSubstr("takes 8 bytes, but its data_offsets hold 4"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), 4),
              HasSubstr("end at byte 8, but the file has 4"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), 4), HasSubstr("no range"));
  EXPECT_THAT(ErrorOf(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), 5),
              HasSubstr("end at byte 4 of 5"));
  EXPECT_THAT(ErrorOf(R"({"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                      R"("w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                      3),
              HasSubstr("share byte 1"));
  EXPECT_THAT(ErrorOf(R"({"v":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("w":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                      3),
              HasSubstr("byte 1 of the data belongs to no tensor"));
  EXPECT_THAT(ErrorOf(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                      1),
              HasSubstr("tensor w: it is there twice"));
  EXPECT_THAT(ErrorOf(R"({"__metadata__":{"a":1}})", 0), HasSubstr("metadata a"));
  EXPECT_THAT(ErrorOf(R"({"w":)" + std::string(100'000, '['), 0), HasSubstr("no safetensors file"));
}

TEST_F(SafetensorsTest, RefusesHeadersBeyondTheFile) {
  for (const uint64_t length : {uint64_t{1} << 40, uint64_t{0xffffffffffffffff}, uint64_t{100}}) {
    std::ofstream out(Path("long"), std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), 8);
    out << "{}";
    out.close();
    EXPECT_EQ(SafetensorsFile::Open(Path("long")).status().code(), absl::StatusCode::kDataLoss);
  }
  std::ofstream(Path("short")) << "abc";
  EXPECT_EQ(SafetensorsFile::Open(Path("short")).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(SafetensorsFile::Open(Path("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(SafetensorsFile::Open(directory_).status().code(), absl::StatusCode::kDataLoss);
}

// Whatever is done to a header: an error, or tensors that lie inside of the file.
TEST_F(SafetensorsTest, MutatedHeadersNeverReachBeyondTheFile) {
  std::stringstream text;
  text << std::ifstream(WriteTwo(), std::ios::binary).rdbuf();
  const std::string original = text.str();
  std::mt19937_64 rng(7);
  const auto draw = [&rng](size_t n) { return static_cast<size_t>(rng() % n); };
  static constexpr char kAlphabet[] = "0123456789[]{},:\"-eEFB x\\";
  int taken = 0, refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string mutated = original;
    for (size_t i = 0, edits = 1 + draw(3); i < edits && !mutated.empty(); ++i) {
      const size_t at = draw(mutated.size());
      switch (draw(5)) {
        case 0:
          mutated[at] = static_cast<char>(rng());
          break;
        case 1:
          mutated[at] = kAlphabet[draw(sizeof kAlphabet - 1)];
          break;
        case 2:
          mutated.erase(at, 1 + draw(9));
          break;
        case 3:
          mutated.insert(at, 1, kAlphabet[draw(sizeof kAlphabet - 1)]);
          break;
        default:
          mutated.resize(at + 1);
          break;
      }
    }
    std::ofstream(Path("mutated"), std::ios::binary | std::ios::trunc) << mutated;
    const auto file = SafetensorsFile::Open(Path("mutated"));
    file.ok() ? ++taken : ++refused;
    if (!file.ok()) continue;
    uint8_t sum = 0;
    for (const auto& [name, tensor] : (*file)->tensors()) {
      ASSERT_GE(tensor.begin, 0);
      const std::byte* data = (*file)->Data(tensor);
      for (int64_t i = 0; i < tensor.end - tensor.begin; ++i) sum += static_cast<uint8_t>(data[i]);
    }
    EXPECT_GE(sum, 0);
  }
  EXPECT_GT(taken, 20);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace ringside::checkpoint
