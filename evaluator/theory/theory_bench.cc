// Answers graded per second on one thread: full answers of the bank's questions, prepared before.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "evaluator/bank/bank.h"
#include "evaluator/theory/grade_answer.h"

namespace ringside::theory {
namespace {

void BM_GradeAnswer(benchmark::State& state) {
  std::vector<PreparedQuestion> questions;
  std::vector<std::string> answers;
  for (const v1::TheoryQuestion& question : evaluator::EmbeddedBank().theory()) {
    questions.emplace_back(question);
    answers.emplace_back();
    for (const v1::ReferencePoint& point : question.points()) answers.back() += point.text() + " ";
  }
  size_t i = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(GradeAnswer(questions[i], answers[i], "").score());
    bytes += static_cast<int64_t>(answers[i].size());
    i = (i + 1) % questions.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_GradeAnswer)->ThreadRange(1, 2)->UseRealTime();

void BM_PrepareQuestion(benchmark::State& state) {
  const auto& bank = evaluator::EmbeddedBank().theory();
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(PreparedQuestion(bank[i]).question().points_size());
    i = (i + 1) % bank.size();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PrepareQuestion);

}  // namespace
}  // namespace ringside::theory

BENCHMARK_MAIN();
