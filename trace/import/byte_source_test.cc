#include "trace/import/byte_source.h"

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace ringside::trace {
namespace {

std::string Compress(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class OpenBytesTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& bytes) {
    const std::string path = ::testing::TempDir() + "/byte_source_" +
                             ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string ReadAll(const std::string& path) {
    auto source = OpenBytes(path);
    EXPECT_TRUE(source.ok()) << source.status();
    std::string all;
    char piece[1000];
    for (;;) {
      const auto got = (*source)->Read(piece, sizeof piece, &repairs_);
      EXPECT_TRUE(got.ok()) << got.status();
      if (!got.ok() || *got == 0) return all;
      all.append(piece, *got);
    }
  }
  Repairs repairs_;
};

std::string Long() {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += std::to_string(i * 7919 % 100003) + ",";
  return text;
}

TEST_F(OpenBytesTest, GivesAPlainFileAsItIs) {
  EXPECT_EQ(ReadAll(Write(Long())), Long());
  EXPECT_EQ(ReadAll(Write("{")), "{");
  EXPECT_EQ(ReadAll(Write("")), "");
  EXPECT_EQ(repairs_.total(), 0);
}

TEST_F(OpenBytesTest, DecompressesWhateverTheName) {
  EXPECT_EQ(ReadAll(Write(Compress(Long()))), Long());
  EXPECT_EQ(repairs_.total(), 0);
}

TEST_F(OpenBytesTest, JoinsMembers) {
  EXPECT_EQ(ReadAll(Write(Compress("ab") + Compress("cd"))), "abcd");
  EXPECT_EQ(repairs_.total(), 0);
}

TEST_F(OpenBytesTest, CountsCompressedDataThatEndsEarly) {
  const std::string whole = Compress(Long());
  const std::string text = ReadAll(Write(whole.substr(0, whole.size() / 2)));
  EXPECT_FALSE(text.empty());
  EXPECT_TRUE(Long().starts_with(text));
  EXPECT_EQ(repairs_.count(Fault::kDamagedCompression), 1);
}

TEST_F(OpenBytesTest, CountsCompressedDataThatIsDamaged) {
  std::string bytes = Compress(Long());
  for (size_t i = bytes.size() / 2; i < bytes.size() / 2 + 64; ++i) bytes[i] = static_cast<char>(0xff);
  ReadAll(Write(bytes));
  EXPECT_EQ(repairs_.count(Fault::kDamagedCompression), 1);
}

TEST_F(OpenBytesTest, NamesWhatItCannotOpen) {
  const auto missing = OpenBytes("/no/such/file.json");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find("/no/such/file.json"), std::string_view::npos);
  EXPECT_EQ(OpenBytes("/").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringside::trace
