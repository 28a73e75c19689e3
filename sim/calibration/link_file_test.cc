#include "sim/calibration/link_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/catalogue/catalogue.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

std::string Link(const std::string& name) {
  return "links:\n- name: " + name +
         "\n  source: here\n  all_reduce: {gbps: 7}\n  all_gather: {gbps: 7}\n  reduce_scatter: {gbps: 7}\n"
         "  all_to_all: {gbps: 7}\n";
}

TEST(LinkFileTest, ALinkOfAKnownNameOrAliasTakesItsPlace) {
  const v1::Catalogue& base = BuiltInCatalogue();
  for (const char* name : {"ib-hdr", "IB-HDR", "infiniband-200"}) {
    const auto merged = WithLinks(base, Link(name), "links.yaml");
    ASSERT_TRUE(merged.ok()) << merged.status();
    EXPECT_EQ(merged->links_size(), base.links_size());
    for (const char* called : {"ib-hdr", "infiniband-200"}) {
      ASSERT_NE(FindLink(*merged, called), nullptr) << called;
      EXPECT_EQ(FindLink(*merged, called)->all_reduce().gbps(), 7);
    }
    EXPECT_NE(FindLink(*merged, "ib-ndr")->all_reduce().gbps(), 7);
    EXPECT_NE(FindLink(base, "ib-hdr")->all_reduce().gbps(), 7);
  }
}

TEST(LinkFileTest, OtherLinksAreAdded) {
  const auto merged = WithLinks(BuiltInCatalogue(), Link("mine"), "links.yaml");
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->links_size(), BuiltInCatalogue().links_size() + 1);
  EXPECT_EQ(FindLink(*merged, "mine")->all_gather().gbps(), 7);
}

TEST(LinkFileTest, AnythingElseIsRefused) {
  const auto error = [](const std::string& text) {
    const auto merged = WithLinks(BuiltInCatalogue(), text, "links.yaml");
    EXPECT_EQ(merged.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(merged.status().message());
  };
  EXPECT_THAT(error(Link("mine") + "stacks:\n- name: eager\n"),
              HasSubstr("links.yaml: expected links and nothing"));
  EXPECT_THAT(error("stacks:\n- name: eager\n"), HasSubstr("expected links"));
  EXPECT_THAT(error("links:\n- name: mine\n  source: here\n"),
              HasSubstr("mine: the rate of a collective is missing"));
  EXPECT_THAT(error("links: 3\n"), HasSubstr("links.yaml:1"));
}

}  // namespace
}  // namespace ringside::sim
