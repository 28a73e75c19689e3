#include "trace/import/metadata.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::trace {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(ReadMember, KnowsDistributedInfo) {
  TraceMetadata metadata;
  ASSERT_TRUE(ReadMember("distributedInfo",
                         R"({"backend": "nccl", "rank": 3, "world_size": 8, "nccl_version": "2.21.5",
                             "pg_config": [{"pg_name": "0", "pg_desc": "default_pg", "pg_size": 8}]})",
                         &metadata));
  EXPECT_THAT(metadata.rank, Optional(3));
  EXPECT_THAT(metadata.world_size, Optional(8));
  EXPECT_EQ(metadata.backend, "nccl");
  EXPECT_EQ(metadata.nccl_version, "2.21.5");
  ASSERT_EQ(metadata.groups.size(), 1);
  EXPECT_EQ(metadata.groups[0].description, "default_pg");
  EXPECT_EQ(metadata.groups[0].size, 8);
}

TEST(ReadMember, TakesWhatThereIs) {
  TraceMetadata only_backend;
  EXPECT_TRUE(ReadMember("distributedInfo", R"({"backend": "gloo"})", &only_backend));
  EXPECT_TRUE(only_backend.has_distributed_info);
  EXPECT_FALSE(only_backend.rank.has_value());
  TraceMetadata strange;
  EXPECT_TRUE(ReadMember("distributedInfo", R"({"rank": "12", "world_size": -4})", &strange));
  EXPECT_THAT(strange.rank, Optional(12));
  EXPECT_FALSE(strange.world_size.has_value());
}

TEST(ReadMember, SaysWhatItCannotRead) {
  TraceMetadata metadata;
  EXPECT_FALSE(ReadMember("distributedInfo", "[1]", &metadata));
  EXPECT_FALSE(ReadMember("deviceProperties", "{", &metadata));
  EXPECT_FALSE(ReadMember("baseTimeNanoseconds", "18446744073709551615", &metadata));
  EXPECT_EQ(metadata.base_time_ns, 0);
  EXPECT_TRUE(ReadMember("baseTimeNanoseconds", "1711964646000000000", &metadata));
  EXPECT_EQ(metadata.base_time_ns, 1711964646000000000);
  EXPECT_TRUE(ReadMember("deviceProperties", R"([{"id": 0, "name": "A"}, {"id": 1}])", &metadata));
  EXPECT_THAT(metadata.devices, ElementsAre("A", ""));
}

TEST(RankInFileName, KnowsTheUsualSpellings) {
  EXPECT_THAT(RankInFileName("/a/rank9/worker3_step_12.1694128201557.pt.trace.json"), Optional(3));
  EXPECT_THAT(RankInFileName("rank-12.json"), Optional(12));
  EXPECT_THAT(RankInFileName("trace_8_rank_1.json.gz"), Optional(1));
  EXPECT_THAT(RankInFileName("rank0of2_A100.json"), Optional(0));
  EXPECT_EQ(RankInFileName("frank.json"), std::nullopt);
  EXPECT_EQ(RankInFileName("rank7/trace.json"), std::nullopt);
}

}  // namespace
}  // namespace ringside::trace
