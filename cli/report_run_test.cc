// `ringside report scaling` on runs that were simulated: nothing here depends on how fast the machine is.
#include "cli/cli_fixture.h"
#include "gmock/gmock.h"

namespace ringside::cli {
namespace {

using ::testing::HasSubstr;

class ReportTest : public CliTest {
 protected:
  void Simulate(const std::string& out, int ranks) {
    Write("s.yaml", "model: {preset: gpt2-nano}\nplan: {micro_batch: 2}\nrun: {steps: 4, warmup: 1}\n");
    const Result result = Ringside(fmt::format("simulate s.yaml --ranks {} --out {}", ranks, out));
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
};

TEST_F(ReportTest, WritesEveryDocumentOfKeptRuns) {
  Simulate("runs/p1", 1);
  Simulate("runs/p2", 2);
  const Result result = Ringside("report scaling runs --out report --json -");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\"scaling\": \"weak\""));
  EXPECT_THAT(result.err, HasSubstr("Speed: weak scaling"));
  for (const char* file : {"report.md", "report.html", "report.json", "junit.xml", "benchmark.json",
                           "bencher.json", "metrics.prom"}) {
    EXPECT_FALSE(ReadFile(Path("report") + "/" + file).empty()) << file;
  }
}

TEST_F(ReportTest, BadInputIsNoRegression) {
  EXPECT_EQ(Ringside("report scaling nothing").exit_code, 2);
  EXPECT_EQ(Ringside("report scaling").exit_code, 2);
  Simulate("runs/p2", 2);
  EXPECT_EQ(Ringside("report scaling runs --baseline nothing").exit_code, 2);
  const Result result = Ringside("report scaling --scenario s.yaml --ranks 1,3");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("3 replicas do not divide the 2 sequences"));
  // With a dp of its own the file says how many: 4 x 2, which 3 does not divide either.
  Write("s.yaml", "model: {preset: gpt2-nano}\nplan: {dp: 4, micro_batch: 2}\nrun: {steps: 4, warmup: 1}\n");
  EXPECT_THAT(Ringside("report scaling --scenario s.yaml --ranks 1,3").err, HasSubstr("the 8 sequences"));
}

}  // namespace
}  // namespace ringside::cli
