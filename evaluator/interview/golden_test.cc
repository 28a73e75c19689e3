// Whole interviews with recorded candidates: every word of the dialogue and of the scorecard is compared.
// RINGSIDE_UPDATE_GOLDEN=1 writes what came out in place of comparing; look at the difference before keeping
// it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "evaluator/interview/report.h"
#include "evaluator/interview/script.h"
#include "evaluator/interview/testing.h"

namespace ringside::evaluator {
namespace {

const std::string kFolder = RINGSIDE_SOURCE_DIR "/evaluator/interview/testdata/";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

Interview Played(const std::string& name) {
  const auto script = ParseScript(ReadFile(kFolder + name + ".script"), name + ".script");
  EXPECT_TRUE(script.ok()) << script.status();
  v1::InterviewSetup setup = testing::SomeSetup(7);
  setup.set_id(name);
  setup.set_candidate(name);
  setup.set_started_unix_s(1'790'000'000);  // 2026-09-21
  auto interview = Play(testing::SmallContext(), setup, *script);
  EXPECT_TRUE(interview.ok()) << interview.status();
  return *std::move(interview);
}

class Golden : public ::testing::TestWithParam<const char*> {};

TEST_P(Golden, TheWholeInterviewIsAsItWas) {
  const std::string name = GetParam();
  const Interview interview = Played(name);
  const std::string text =
      TranscriptText(interview.session()) + "\n" + ScorecardText(interview.session().scorecard());
  const std::string path = kFolder + name + ".golden";
  if (std::getenv("RINGSIDE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    GTEST_SKIP() << "wrote " << path;
  }
  EXPECT_EQ(text, ReadFile(path));
}

INSTANTIATE_TEST_SUITE_P(Interviews, Golden, ::testing::Values("strong", "middling", "weak"));

// What a person would say of the three, apart from the words.
TEST(GoldenInterviews, AreRankedAsTheCandidatesAre) {
  const Interview strong = Played("strong"), middling = Played("middling"), weak = Played("weak");
  EXPECT_GT(strong.session().scorecard().score(), middling.session().scorecard().score() + 0.15);
  EXPECT_GT(middling.session().scorecard().score(), weak.session().scorecard().score() + 0.15);
  EXPECT_TRUE(weak.session().held_at_easiest());
  EXPECT_TRUE(strong.session().hardest() || strong.session().level() == v1::LEVEL_ADVANCED);
}

}  // namespace
}  // namespace ringside::evaluator
