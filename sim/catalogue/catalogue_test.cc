#include "sim/catalogue/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::sim {
namespace {

using testing::HasSubstr;

TEST(CatalogueTest, WhatIsCompiledInIsWellFormedAndEveryFigureHasASource) {
  const v1::Catalogue& catalogue = BuiltInCatalogue();
  EXPECT_GE(catalogue.devices_size(), 18);
  for (const v1::GpuDevice& device : catalogue.devices()) {
    EXPECT_FALSE(device.source().empty()) << device.name();
    EXPECT_FALSE(device.fitted_on().empty()) << device.name();
    EXPECT_LE(device.gemm().mma_efficiency(), 1) << device.name();
    EXPECT_LE(device.sustained_clock(), 1) << device.name();
  }
  for (const v1::SoftwareStack& stack : catalogue.stacks()) {
    EXPECT_FALSE(stack.source().empty()) << stack.name();
    for (const double share : {stack.overlap_dp(), stack.overlap_zero3(), stack.overlap_tp(),
                               stack.overlap_cp(), stack.overlap_ep(), stack.overlap_pp()}) {
      EXPECT_GE(share, 0) << stack.name();
      EXPECT_LE(share, 1) << stack.name();
    }
  }
}

TEST(CatalogueTest, FindsByNameAndAliasWhateverTheCase) {
  const v1::Catalogue& catalogue = BuiltInCatalogue();
  ASSERT_NE(FindDevice(catalogue, "h100-80gb"), nullptr);
  EXPECT_EQ(FindDevice(catalogue, "h100-80gb")->name(), "H100-SXM5-80GB");
  EXPECT_EQ(FindDevice(catalogue, "abacus"), nullptr);
  EXPECT_EQ(FindLink(catalogue, "nvl72")->domain(), 72);
}

TEST(CatalogueTest, AChildHasWhatItDoesNotSetFromItsParent) {
  const auto parsed = ParseCatalogue(
      "stacks:\n- {name: a, host_layer_us: 5, pass_factor: 2}\n- {name: b, parent: a, pass_factor: 0}\n",
      "f");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->stacks(1).host_layer_us(), 5);
  EXPECT_EQ(parsed->stacks(1).pass_factor(), 0);
}

TEST(CatalogueTest, RefusesWhatIsWrongByName) {
  const auto error = [](const char* text) {
    return std::string(ParseCatalogue(text, "f").status().message());
  };
  EXPECT_THAT(error("stacks:\n- {name: a, host_layer: 5}\n"), HasSubstr("host_layer"));
  EXPECT_THAT(error("stacks:\n- {name: a, parent: b}\n"), HasSubstr("parent"));
  EXPECT_THAT(error("stacks:\n- {name: a}\n- {name: A}\n"), HasSubstr("twice"));
  EXPECT_THAT(error("devices:\n- {name: x, source: s}\n"), HasSubstr("must be positive"));
  EXPECT_THAT(error("links:\n- {name: x, source: s}\n"), HasSubstr("rate of a collective"));
}

}  // namespace
}  // namespace ringside::sim
