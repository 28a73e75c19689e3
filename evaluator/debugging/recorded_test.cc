#include "evaluator/debugging/recorded.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::RecordedRun SomeRun() {
  v1::RecordedRun run;
  run.set_id("planted");
  v1::Curve& loss = *run.add_curves();
  loss.set_name("loss");
  loss.set_values("5.545 4.2 inf nan 3");
  for (const auto& [name, value] :
       {std::pair("gradient_norm.layer.10", "0.5"), std::pair("gradient_norm.layer.2", "0.25"),
        std::pair("tokens_per_s", "1200")}) {
    v1::NamedValue& named = *run.add_values();
    named.set_name(name);
    named.set_value(value);
  }
  return run;
}

TEST(Recorded, ReadsCurvesWithWhatIsNotFinite) {
  const auto loss = CurveOf(SomeRun(), "loss");
  ASSERT_EQ(loss.size(), 5u);
  EXPECT_EQ(loss[1], 4.2);
  EXPECT_TRUE(std::isinf(loss[2]));
  EXPECT_TRUE(std::isnan(loss[3]));
  EXPECT_THAT(CurveOf(SomeRun(), "eval_loss"), IsEmpty());
}

TEST(Recorded, OrdersNamesByTheirNumber) {
  EXPECT_THAT(NamesBeginning(SomeRun(), "gradient_norm.layer."),
              ElementsAre("gradient_norm.layer.2", "gradient_norm.layer.10"));
  EXPECT_EQ(ValueOf(SomeRun(), "tokens_per_s"), 1200);
  EXPECT_EQ(ValueOf(SomeRun(), "nothing"), std::nullopt);
}

TEST(Recorded, ARunThatFailedIsNotFound) {
  v1::RecordedRound round;
  *round.add_runs() = SomeRun();
  EXPECT_NE(FindRun(round, "planted"), nullptr);
  round.mutable_runs(0)->set_error("does not divide");
  EXPECT_EQ(FindRun(round, "planted"), nullptr);
}

}  // namespace
}  // namespace ringside::evaluator
