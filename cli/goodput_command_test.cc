#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/command.h"
#include "cli/goodput_inputs.h"
#include "cli/goodput_report.h"
#include "nlohmann/json.hpp"
#include "sim/goodput/straggler.h"

namespace ringside::cli {
namespace {

using ::testing::HasSubstr;

std::string InTemp(const std::string& name) {
  return (std::filesystem::path(testing::TempDir()) / name).string();
}

GoodputOptions Llama3() {
  GoodputOptions o;
  o.gpus = 16384;
  o.step_s = 10;
  o.tokens_per_step = 16e6;
  o.failures = "llama3-405b";
  o.checkpoint_bytes = 5.67e12;
  o.storage_gb_per_s = 2000;
  o.tokens = 15.6e12;
  o.runs = 20;
  return o;
}

nlohmann::json ResultOf(GoodputOptions o) {
  o.json = InTemp("goodput.json");
  EXPECT_EQ(Goodput(o), kExitOk);
  return nlohmann::json::parse(std::ifstream(o.json));
}

TEST(GoodputCommandTest, ExpectationAndSimulationAreShownSideBySideAndAgree) {
  const nlohmann::json json = ResultOf(Llama3());
  const double goodput = json["goodput"];
  EXPECT_GT(goodput, 0.9);
  EXPECT_LT(goodput, 0.97);
  EXPECT_NEAR(json["interruption_mean_s"].get<double>() / 3600, 3.09, 0.01);
  EXPECT_NEAR(goodput, json["simulated"]["useful"].get<double>(),
              2 * json["simulated_goodput_half_width_95"].get<double>());
  double sum = 0;
  for (const auto& share : json["expected"]) sum += share.get<double>();
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_NEAR(json["time_to_train_s"].get<double>(), 15.6e12 / (1.6e6 * goodput), 1);
  EXPECT_EQ(json["curve"].size(), 61);
  for (const auto& point : json["curve"]) EXPECT_LE(point["goodput"].get<double>(), goodput + 1e-9);
  // Neither energy nor money without power and a price.
  EXPECT_FALSE(json.contains("joules_per_token"));
  EXPECT_FALSE(json.contains("price"));
  EXPECT_EQ(ResultOf(Llama3()), json);
}

TEST(GoodputCommandTest, EnergyComesFromTheDeviceAndMoneyFromThePriceThatIsGiven) {
  GoodputOptions o = Llama3();
  o.device = "h100-sxm";
  o.price_per_gpu_hour = 2.5;
  const nlohmann::json json = ResultOf(o);
  const double gpu_hours = json["gpu_hours"];
  EXPECT_NEAR(json["price"].get<double>(), 2.5 * gpu_hours, 1);
  const double watts = json["energy_mwh"].get<double>() * 1e6 / gpu_hours;
  EXPECT_GT(watts, 600);
  EXPECT_LT(watts, 700);  // its data sheet
  EXPECT_NEAR(json["joules_per_token"].get<double>() * 15.6e12 / 3.6e9, json["energy_mwh"].get<double>(), 1);
}

TEST(GoodputCommandTest, JitterSlowsTheStepByTheSlowestOfAllRanks) {
  GoodputOptions o = Llama3();
  const double without = ResultOf(o)["tokens_per_s"];
  o.jitter = "lognormal:0.02";
  const nlohmann::json json = ResultOf(o);
  const double factor = sim::ExpectedMaximum(*sim::ParseJitter("lognormal:0.02"), 16384);
  EXPECT_NEAR(json["step_factor"].get<double>(), factor, 1e-9);
  EXPECT_NEAR(json["tokens_per_s"].get<double>() * factor, without, 1e-3);
}

TEST(GoodputCommandTest, AsynchronousCheckpointsSparesAndWeibullLaws) {
  GoodputOptions o = Llama3();
  const double blocking = ResultOf(o)["goodput"];
  o.async_gb_per_s_per_gpu = 20;
  EXPECT_GT(ResultOf(o)["goodput"].get<double>(), blocking);
  o.spare_nodes = 8;
  o.repair_hours = 24;
  const double waiting = ResultOf(o)["goodput"];
  o.gpus_per_replica = 128;
  const double elastic = ResultOf(o)["goodput"];
  EXPECT_GT(elastic, waiting);
  o.weibull_shape = 0.7;  // only simulated
  const nlohmann::json json = ResultOf(o);
  EXPECT_FALSE(json.contains("expected"));
  EXPECT_TRUE(json["curve"].empty());
  EXPECT_GT(json["goodput"].get<double>(), 0.5);
}

TEST(GoodputCommandTest, ThePageHasTheCurveWithItsOptimum) {
  GoodputOptions o = Llama3();
  o.html = InTemp("goodput.html");
  ResultOf(o);
  std::stringstream page;
  page << std::ifstream(o.html).rdbuf();
  EXPECT_THAT(page.str(), HasSubstr("<polyline"));
  EXPECT_THAT(page.str(), HasSubstr("<circle"));
  EXPECT_THAT(page.str(), HasSubstr("Daly"));
}

TEST(GoodputCommandTest, TheTextCurveMarksTheInterval) {
  std::vector<sim::IntervalPoint> curve;
  for (int i = 0; i <= 60; ++i) {
    sim::IntervalPoint point;
    point.interval_s = std::pow(10, 1 + i / 30.0);
    point.shares.useful = 0.9 - 0.1 * std::pow(i / 30.0 - 1, 2);
    curve.push_back(point);
  }
  const std::string text = CurveText(curve, 100, 0.9);
  EXPECT_THAT(text, HasSubstr("90.00 % |" + std::string(18, ' ')));
  const size_t line = text.rfind('\n', text.find('o', text.find("90.00 %")));
  EXPECT_EQ(text.find('o', line) - line - 1, 12 + 30) << text;  // in the middle
  EXPECT_THAT(text, HasSubstr("16.7 min"));
}

TEST(GoodputCommandTest, RatesOfInterruptionsMayBeGivenInAnyWay) {
  GoodputOptions per_gpu = Llama3(), per_node = Llama3(), whole = Llama3();
  for (GoodputOptions* o : {&per_gpu, &per_node, &whole}) o->failures.clear();
  per_gpu.mtbf_hours_per_gpu = 32768;
  per_node.mtbf_hours_per_node = 4096;
  whole.mtbi_hours = 2;
  for (const GoodputOptions& o : {per_gpu, per_node, whole})
    EXPECT_DOUBLE_EQ(GoodputInputsOf(o)->settings.interruption_mean_s, 7200);
}

TEST(GoodputCommandTest, BadInputNamesItsFlag) {
  const struct {
    void (*spoil)(GoodputOptions*);
    const char* named;
  } kCases[] = {
      {[](auto* o) { o->gpus = 0; }, "--gpus: 0"},
      {[](auto* o) { o->gpus = 12; }, "--gpus: 12 are no multiple of 8"},
      {[](auto* o) { o->failures.clear(); }, "--mtbf-hours-per-gpu"},
      {[](auto* o) { o->mtbi_hours = 3; }, "--mtbf-hours-per-gpu"},
      {[](auto* o) { o->failures = "gpt-7"; }, "--failures: gpt-7 is none of"},
      {[](auto* o) { o->storage_gb_per_s = 0; }, "--storage-gb-per-s"},
      {[](auto* o) { o->checkpoint_bytes = -1; }, "--checkpoint-bytes"},
      {[](auto* o) { o->interval = "often"; }, "--interval: often"},
      {[](auto* o) { o->interval = "-5"; }, "--interval: -5"},
      {[](auto* o) { o->write_slowdown = 0.1; }, "--write-slowdown"},
      {[](auto* o) { o->gpus_per_replica = 64; }, "--gpus-per-replica"},
      {[](auto* o) { o->spare_nodes = 2, o->gpus_per_replica = 60; }, "--gpus-per-replica: 60"},
      {[](auto* o) { o->jitter = "lognormal"; }, "jitter \"lognormal\""},
      {[](auto* o) { o->link_jitter = "gamma:0.1"; }, "--link-jitter"},
      {[](auto* o) { o->device = "abacus"; }, "--device: abacus"},
      {[](auto* o) { o->runs = 1; }, "--runs"},
      {[](auto* o) { o->detect_s = -1; }, "detection"},
      {[](auto* o) { o->weibull_shape = NAN; }, "Weibull"},
  };
  for (const auto& each : kCases) {
    GoodputOptions o = Llama3();
    each.spoil(&o);
    const auto inputs = GoodputInputsOf(o);
    EXPECT_THAT(std::string(inputs.status().message()), HasSubstr(each.named));
    EXPECT_EQ(Goodput(o), kExitBadInput) << each.named;
  }
  GoodputOptions o = Llama3();
  o.step_s = 0;
  EXPECT_EQ(Goodput(o), kExitBadInput);
  o = Llama3();
  o.interval = "0.000001";
  EXPECT_EQ(Goodput(o), kExitBadInput);  // more checkpoints than can be simulated
}

}  // namespace
}  // namespace ringside::cli
