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

TEST(CatalogueTest, AStackIsMadeOfItsTraitsTheLastOneAndItsOwnFieldsWin) {
  const char* text =
      "traits:\n- {name: a, host_layer_us: 5, pass_factor: 2}\n- {name: b, pass_factor: 3, overlap_dp: 0.5}\n"
      "stacks:\n- {name: s, traits: [a, b], overlap_dp: 0}\n";
  const auto resolved = ResolvedCatalogue(text, "f");
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  const v1::SoftwareStack& stack = resolved->stacks(0);
  EXPECT_EQ(stack.name(), "s");
  EXPECT_EQ(stack.host_layer_us(), 5);
  EXPECT_EQ(stack.pass_factor(), 3);
  EXPECT_EQ(stack.overlap_dp(), 0);
  EXPECT_EQ(ParseCatalogue(text, "f")->stacks(0).pass_factor(), 0);  // as the text says
}

TEST(CatalogueTest, ResolvingAgainKeepsAddressesAndTakesNewValues) {
  v1::Catalogue parsed = ParsedBuiltInCatalogue(), resolved;
  Resolve(parsed, &resolved);
  const v1::SoftwareStack* stack = FindStack(resolved, "nanotron");
  const v1::GpuDevice* device = FindDevice(resolved, "H100-80GB");
  const double clock = device->sustained_clock();
  parsed.mutable_clock()->set_share(0.5 * parsed.clock().share());
  parsed.mutable_traits(0)->set_host_layer_us(1);
  Resolve(parsed, &resolved);
  EXPECT_EQ(FindStack(resolved, "nanotron"), stack);
  EXPECT_EQ(stack->host_layer_us(), 1);
  EXPECT_NEAR(device->sustained_clock() / clock, 0.5, 1e-9);
}

TEST(CatalogueTest, ALowerPowerLimitLowersTheClockAndNoneIsAboveBoost) {
  const v1::Catalogue& catalogue = BuiltInCatalogue();
  EXPECT_LT(FindDevice(catalogue, "H100-96GB-HBM2e-500W")->sustained_clock(),
            0.95 * FindDevice(catalogue, "H100-80GB")->sustained_clock());
  for (const v1::GpuDevice& device : catalogue.devices()) {
    EXPECT_GT(device.sustained_clock(), 0.3) << device.name();
    EXPECT_LE(device.sustained_clock(), 1) << device.name();
  }
}

TEST(CatalogueTest, RefusesWhatIsWrongByName) {
  const auto error = [](const char* text) {
    return std::string(ParseCatalogue(text, "f").status().message());
  };
  EXPECT_THAT(error("stacks:\n- {name: a, host_layer: 5}\n"), HasSubstr("host_layer"));
  EXPECT_THAT(error("stacks:\n- {name: a, traits: [b]}\n"), HasSubstr("trait b"));
  EXPECT_THAT(error("stacks:\n- {name: a}\n- {name: A}\n"), HasSubstr("twice"));
  EXPECT_THAT(error("devices:\n- {name: x, source: s}\n"), HasSubstr("must be positive"));
  EXPECT_THAT(error("links:\n- {name: x, source: s}\n"), HasSubstr("rate of a collective"));
}

}  // namespace
}  // namespace ringside::sim
