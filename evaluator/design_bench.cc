// How many design answers are graded a second: `design_bench [ID...]`, `./dev bench design`.
//
// The answers of a question (evaluator/bank/design/answers) are repeated to a batch of some hundred; what is
// timed is the whole batch, the simulations of distinct plans and of the best included, and a second batch in
// which those plans are known.
#include <chrono>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "evaluator/design/grader.h"
#include "evaluator/design/question.h"
#include "evaluator/run_or_simulate.h"
#include "evaluator/search_best_plan.h"
#include "fmt/format.h"
#include "proto/yaml.h"
#include "ringside/v1/evaluator.pb.h"
#include "sim/profile.h"

namespace ringside::evaluator {
namespace {

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

absl::StatusOr<v1::DeviceProfile> Profile(const std::string&) {
  return sim::UncalibratedLocalCpu(4);
}

int Bench(const std::string& question_path, const std::string& answers_path, int answers) {
  const auto question = LoadQuestion(question_path);
  v1::GradeDesignRequest given;
  const absl::Status read = proto::ReadYamlFile(answers_path, &given);
  if (!question.ok() || !read.ok() || given.answers_size() == 0) {
    fmt::print(stderr, "{}\n{}\n", std::string(question.status().message()), std::string(read.message()));
    return 1;
  }
  std::vector<v1::DesignAnswer> batch;
  for (int i = 0; i < answers; ++i) {
    batch.push_back(given.answers(i % given.answers_size()));
    batch.back().set_candidate(fmt::format("candidate {}", i));
  }
  RunOrSimulateOptions options;
  options.profile_of = Profile;
  RunOrSimulate runner(nullptr, options);
  SearchBestPlan finder(Profile);
  const auto grader = DesignGrader::Create(*question, runner, finder);
  if (!grader.ok()) {
    fmt::print(stderr, "{}\n", std::string(grader.status().message()));
    return 1;
  }
  for (const char* what : {"with the analysis of each distinct plan", "with plans that are known"}) {
    const auto start = std::chrono::steady_clock::now();
    for (const v1::DesignAnswer& answer : batch) (*grader)->Grade(answer);
    const double seconds = Seconds(start);
    fmt::print("{}: {} answers, {}: {:.3f} s, {:.0f} answers/s\n", question->id(), answers, what, seconds,
               answers / seconds);
  }
  return 0;
}

}  // namespace
}  // namespace ringside::evaluator

int main(int argc, char** argv) {
  CLI::App app("How many design answers are graded a second");
  std::vector<std::string> questions;
  std::string bank = "evaluator/bank/design";
  int answers = 300;
  app.add_option("questions", questions, "ids of questions; default: a small and a large one");
  app.add_option("--bank", bank, "directory of the questions, with answers/ in it");
  app.add_option("--answers", answers, "in a batch");
  CLI11_PARSE(app, argc, argv);
  if (questions.empty()) questions = {"llama-7b-on-32-a100", "gpt-175b-on-2048-h100", "small-gpt-four-ranks"};
  int failed = 0;
  for (const std::string& id : questions) {
    failed |=
        ringside::evaluator::Bench(bank + "/" + id + ".yaml", bank + "/answers/" + id + ".yaml", answers);
  }
  return failed;
}
