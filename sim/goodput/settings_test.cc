#include "sim/goodput/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "sim/goodput/expectation.h"
#include "sim/goodput/monte_carlo.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

GoodputSettings Plain() {
  GoodputSettings s;
  s.interruption_mean_s = 10'000;
  s.interval_s = 600;
  s.checkpoint_s = 20;
  return s;
}

TEST(GoodputSettingsTest, WhatMakesNoSenseIsRefusedByName) {
  ASSERT_TRUE(CheckGoodput(Plain()).ok());
  const struct {
    std::function<void(GoodputSettings*)> spoil;
    const char* named;
  } kCases[] = {
      {[](auto* s) { s->interruption_mean_s = 0; }, "mean time between interruptions"},
      {[](auto* s) { s->interruption_mean_s = NAN; }, "mean time between interruptions"},
      {[](auto* s) { s->weibull_shape = 0.1; }, "Weibull shape"},
      {[](auto* s) { s->detect_s = -1; }, "detection"},
      {[](auto* s) { s->restart_s = INFINITY; }, "restart"},
      {[](auto* s) { s->interval_s = 0; }, "checkpoint interval: must be more than 0"},
      {[](auto* s) { s->write_s = 601; }, "shorter than what goes on beside it"},
      {[](auto* s) { s->write_slowdown = 1.5; }, "slowdown by writing"},
      {[](auto* s) { s->broken_share = 2; }, "share of interruptions"},
      {[](auto* s) { s->nodes = 0; }, "nodes: 0"},
      {[](auto* s) { s->spare_nodes = -2; }, "spare nodes"},
      {[](auto* s) { s->nodes = 8, s->nodes_per_replica = 3; }, "3 does not divide the 8 nodes"},
      {[](auto* s) { s->maintenance_every_s = 100, s->maintenance_s = 100; }, "leaves no time"},
  };
  for (const auto& each : kCases) {
    GoodputSettings s = Plain();
    each.spoil(&s);
    const absl::Status status = CheckGoodput(s);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << each.named;
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.named));
    EXPECT_FALSE(ExpectedShares(s).ok());
    EXPECT_FALSE(SimulateGoodput(s, {10, 1e6, 0, 1}).ok());
  }
}

TEST(GoodputSettingsTest, WorkWithoutEndIsRefused) {
  GoodputSettings s = Plain();
  EXPECT_EQ(SimulateGoodput(s, {100'000, 1e12, 0, 1}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(SimulateGoodput(s, {1, 1e6, 0, 1}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SimulateGoodput(s, {10, 0, 0, 1}).status().code(), absl::StatusCode::kInvalidArgument);
  s.spare_nodes = 2;
  s.repair_mean_s = 1e9;
  EXPECT_EQ(ExpectedShares(s).status().code(), absl::StatusCode::kResourceExhausted);
  s.repair_mean_s = 1e4;
  s.weibull_shape = 0.7;
  EXPECT_EQ(ExpectedShares(s).status().code(), absl::StatusCode::kUnimplemented);
  s.weibull_shape = 0.3;
  s.spare_nodes = GoodputSettings::kUnlimited;
  s.interval_s = 1e-3;
  s.checkpoint_s = 0;
  EXPECT_EQ(ExpectedShares(s).status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace ringside::sim
