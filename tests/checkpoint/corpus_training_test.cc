// Training on a real text: the loss falls, and no layout changes it.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "plan/compile.h"
#include "plan/testing.h"
#include "tests/parity/gather.h"
#include "workers/data/corpus.h"
#include "workers/local_cluster.h"

namespace ringside::data {
namespace {

std::vector<double> Train(const plan::Layout& layout, v1::Precision precision, int steps) {
  v1::Scenario scenario = plan::ScenarioOf(layout);
  scenario.mutable_model()->set_vocab(256);
  scenario.mutable_model()->set_seq_len(32);
  scenario.mutable_plan()->set_precision(precision);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(steps);
  run->set_warmup(0);
  run->set_data(v1::DATA_CORPUS);
  run->mutable_optimizer()->set_lr(3e-3);
  const auto programs = plan::Compile(scenario);
  EXPECT_TRUE(programs.ok()) << programs.status();
  const auto corpus = CorpusFor(programs->front(), RINGSIDE_TEXT);
  EXPECT_TRUE(corpus.ok()) << corpus.status();
  workers::LocalClusterOptions options;
  options.data = corpus->get();
  const auto trace = workers::RunInThreads(*programs, options);
  EXPECT_TRUE(trace.ok()) << trace.status();
  return parity::LossesOf(*trace).value_or(std::vector<double>(steps, 0));
}

TEST(CorpusTraining, TheLossFalls) {
  const auto losses = Train({.micro_batch = 8}, v1::PRECISION_FP32, 60);
  EXPECT_NEAR(losses.front(), std::log(256), 0.5);
  const double last = std::accumulate(losses.end() - 5, losses.end(), 0.0) / 5;
  EXPECT_LT(last, 3.2);  // the entropy of English letters alone is about 2.9 nats, of uniform bytes 5.5
}

TEST(CorpusTraining, NoLayoutChangesIt) {
  const auto one = Train({.micro_batch = 8}, v1::PRECISION_FP64, 4);
  for (const plan::Layout& layout : {plan::Layout{.dp = 4, .micro_batch = 2},
                                     plan::Layout{.tp = 2, .pp = 2, .micro_batch = 2, .micro_batches = 4},
                                     plan::Layout{.dp = 2, .micro_batch = 1, .micro_batches = 4, .cp = 2}}) {
    const auto losses = Train(layout, v1::PRECISION_FP64, 4);
    for (size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(losses[i], one[i], 1e-10 * one[i]);
  }
}

}  // namespace
}  // namespace ringside::data
