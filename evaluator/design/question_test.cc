#include "evaluator/design/question.h"

#include <functional>
#include <limits>

#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::SomeQuestion;

TEST(QuestionTest, DefaultsAreFilledIn) {
  const absl::StatusOr<v1::DesignQuestion> question = ResolveQuestion(SomeQuestion());
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->title(), "four-ranks");
  EXPECT_EQ(question->objective(), v1::OBJECTIVE_TOKENS_PER_S);
  EXPECT_EQ(question->constraints().ranks(), 4);
  EXPECT_EQ(question->constraints().max_micro_batch(), 16);
  EXPECT_EQ(question->rubric().efficiency(), DefaultWeights::kEfficiency);
  EXPECT_EQ(question->rubric().bottleneck(), DefaultWeights::kBottleneck);
}

TEST(QuestionTest, ResolvingTwiceChangesNothing) {
  const v1::DesignQuestion once = *ResolveQuestion(SomeQuestion());
  EXPECT_EQ(ResolveQuestion(once)->SerializeAsString(), once.SerializeAsString());
}

struct Refusal {
  const char* name;
  std::function<void(v1::DesignQuestion&)> breaks;
  const char* field;
  const char* reason;
};

TEST(QuestionTest, RefusalsNameTheFieldAndTheReason) {
  using Q = v1::DesignQuestion;
  const Refusal refusals[] = {
      {"no id", [](Q& q) { q.clear_id(); }, "id", "must be"},
      {"id with markup", [](Q& q) { q.set_id("a<b>"); }, "id", "must be"},
      {"id as path", [](Q& q) { q.set_id("../x"); }, "id", "must be"},
      {"no prompt", [](Q& q) { q.clear_prompt(); }, "prompt", "missing"},
      {"no model", [](Q& q) { q.clear_model(); }, "model", "missing"},
      {"no cluster", [](Q& q) { q.clear_cluster(); }, "cluster", "missing"},
      {"negative weight", [](Q& q) { q.mutable_rubric()->set_efficiency(-0.1); }, "rubric.efficiency",
       "weight"},
      {"no number",
       [](Q& q) { q.mutable_rubric()->set_bottleneck(std::numeric_limits<double>::quiet_NaN()); },
       "rubric.bottleneck", "weight"},
      {"no weights",
       [](Q& q) {
         v1::Rubric& r = *q.mutable_rubric();
         r.set_feasibility(0), r.set_efficiency(0), r.set_throughput_prediction(0),
             r.set_memory_prediction(0), r.set_bottleneck(0);
       },
       "rubric", "all weights are 0"},
      {"no batch", [](Q& q) { q.mutable_constraints()->clear_global_batch(); }, "constraints.global_batch",
       "missing"},
      {"no ranks", [](Q& q) { q.mutable_cluster()->clear_devices_per_node(); }, "constraints.ranks",
       "missing"},
      {"micro-batch over batch", [](Q& q) { q.mutable_constraints()->set_max_micro_batch(17); },
       "constraints.max_micro_batch", "17"},
      {"unknown preset", [](Q& q) { q.mutable_model()->set_preset("gpt9"); }, "model.preset", "gpt9"},
      {"ranks against cluster", [](Q& q) { q.mutable_constraints()->set_ranks(2); }, "constraints",
       "no plan"},
      {"a batch no dp divides, and a model no tp or pp does",
       [](Q& q) {
         q.mutable_constraints()->set_global_batch(5);
         q.mutable_model()->set_layers(5);
         q.mutable_model()->set_heads(1);
       },
       "constraints", "no plan"},
      {"fault that kills", [](Q& q) { q.add_faults()->mutable_kill_rank()->set_rank(0); }, "faults[0]",
       "only slow_link"},
  };
  for (const Refusal& refusal : refusals) {
    v1::DesignQuestion question = SomeQuestion();
    refusal.breaks(question);
    const absl::Status status = ResolveQuestion(question).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << refusal.name;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(refusal.field), HasSubstr(refusal.reason)))
        << refusal.name;
  }
}

TEST(QuestionTest, YamlErrorsNameTheFile) {
  EXPECT_THAT(std::string(ParseQuestion("id: x\ncolour: red\n", "q.yaml").status().message()),
              AllOf(HasSubstr("q.yaml"), HasSubstr("colour")));
  EXPECT_THAT(std::string(ParseQuestion("id: x\nprompt: y\n", "q.yaml").status().message()),
              AllOf(HasSubstr("q.yaml"), HasSubstr("model")));
  EXPECT_EQ(LoadQuestion("no/such/file.yaml").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ringside::evaluator
