#include "evaluator/cohort/outputs/testing.h"
#include "nlohmann/json.hpp"

namespace ringside::cohort {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class Gradebooks : public InCohort {
 protected:
  void SetUp() override {
    InCohort::SetUp();
    Put("a", "ada", "q1", "text", 0.75);
    Put("b", "kurt", "q1", "text", 0.5);
    Put("c", "ada", "q2", "text", 0.25);
    Put("d", "ada", "q2", "text", 0.75);  // answered twice: the mean
    Put("e", "kurt", "no-such", "text", 0, std::nullopt, "there is no \"no-such\"");
    options_.points = 4;
  }
};

TEST_F(Gradebooks, CanvasHasAColumnAQuestion) {
  options_.identity_of = [](const std::string& candidate) -> std::optional<Identity> {
    if (candidate != "ada") return std::nullopt;
    Identity identity;
    identity.student = "Lovelace, Ada";
    identity.id = "17";
    identity.sis_user_id = "u17";
    identity.sis_login_id = "ada@example.org";
    identity.section = "=S1";
    return identity;
  };
  Write();
  const Rows rows = ParseCsv(Read("canvas.csv"));
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(rows[0], ElementsAre("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "q1", "q2"));
  EXPECT_THAT(rows[1], ElementsAre("    Points Possible", "", "", "", "", "4", "4"));
  EXPECT_THAT(rows[2], ElementsAre("Lovelace, Ada", "17", "u17", "ada@example.org", "'=S1", "3", "2"));
  EXPECT_THAT(rows[3], ElementsAre("c-4", "", "", "", "", "2", ""));  // q2 was not answered
}

TEST_F(Gradebooks, NbgraderHasARowACandidate) {
  options_.title = "ps1";
  Write();
  const Rows rows = ParseCsv(Read("nbgrader.csv"));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0],
              ElementsAre("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name",
                          "email", "raw_score", "late_submission_penalty", "score", "max_score"));
  EXPECT_THAT(rows[1], ElementsAre("ps1", "", "", "c-3", "", "", "", "5", "0", "5", "8"));
  EXPECT_THAT(rows[2],
              ElementsAre("ps1", "", "", "c-4", "", "", "", "2", "0", "2", "8"));  // the error is a 0
}

TEST_F(Gradebooks, GradescopeHasATestAnAnswer) {
  Write();
  const json ada = json::parse(Read("gradescope/c-3/results.json"));
  EXPECT_EQ(ada["score"], 7.0);
  EXPECT_EQ(ada["max_score"], 12.0);
  ASSERT_EQ(ada["tests"].size(), 3u);
  EXPECT_EQ(ada["tests"][0]["name"], "q1");
  EXPECT_EQ(ada["tests"][0]["number"], "1");
  EXPECT_EQ(ada["tests"][0]["visibility"], "visible");
  EXPECT_EQ(ada["tests"][0]["max_score"], 4.0);
  EXPECT_THAT(ada["tests"][0]["output"].get<std::string>(), HasSubstr("Earned (0.75 of 1): p1 - because"));
  const json kurt = json::parse(Read("gradescope/c-4/results.json"));
  EXPECT_EQ(kurt["tests"][1]["score"], 0.0);
  EXPECT_THAT(kurt["tests"][1]["output"].get<std::string>(), HasSubstr("Not graded: there is no"));
}

}  // namespace
}  // namespace ringside::cohort
