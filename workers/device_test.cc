// A rank whose buffers lie elsewhere, on a device made of ordinary memory: what the executor copies, and
// when.
#include "workers/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include "plan/compile.h"
#include "workers/comm/p2p_communicator.h"
#include "workers/local_cluster.h"
#include "workers/rank_runner.h"
#include "workers/testing/programs.h"
#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

using ::testing::HasSubstr;

// Runs ops when they are issued; communicates point to point.
class FakeDevice : public Device {
 public:
  absl::Status Prepare(const plan::Program& program, const Clock* clock, RunControl* control) override {
    clock_ = clock, control_ = control;
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<Communicator>> MakeCommunicator(const plan::Program& program,
                                                                 Transport* transport) override {
    return std::make_unique<P2pCommunicator>(program, transport, Reduce, clock_, control_,
                                             P2pCommunicator::Options{});
  }
  absl::StatusOr<std::byte*> Map(int64_t bytes) override {
    const auto at = slabs_.emplace_back(std::make_unique<std::byte[]>(bytes + 256)).get();
    return at + (256 - reinterpret_cast<uintptr_t>(at) % 256);
  }
  void Unmap(std::byte* begin, int64_t bytes) override {}
  absl::Status CopyToDevice(std::byte* to, const void* from, int64_t bytes) override {
    std::memcpy(to, from, bytes);
    return absl::OkStatus();
  }
  absl::Status CopyToHost(void* to, const std::byte* from, int64_t bytes) override {
    std::memcpy(to, from, bytes);
    return absl::OkStatus();
  }
  absl::Status Synchronize() override { return absl::OkStatus(); }
  absl::Status BeginStep(int32_t step) override {
    step_ = step;
    times_.clear();
    return absl::OkStatus();
  }
  void BeginOp(int32_t op) override { start_ns_ = clock_->NowNs(); }
  absl::Status EndOp(int32_t op) override {
    if (op == fails_at) return absl::InternalError("the device is lost");
    if (step_ < measured) times_[op] = {start_ns_, clock_->NowNs()};
    return absl::OkStatus();
  }
  absl::Status EndStep() override { return absl::OkStatus(); }
  std::optional<OpTimes> TimesOf(int32_t op) const override {
    const auto at = times_.find(op);
    return at == times_.end() ? std::nullopt : std::make_optional(at->second);
  }
  int64_t MeasuredSteps() const override { return measured; }

  int64_t measured = 1'000'000;
  int32_t fails_at = -1;

 private:
  const Clock* clock_ = nullptr;
  RunControl* control_ = nullptr;
  int32_t step_ = 0;
  int64_t start_ns_ = 0;
  std::map<int32_t, OpTimes> times_;
  std::vector<std::unique_ptr<std::byte[]>> slabs_;
};

absl::StatusOr<v1::RankTrace> RunOn(std::unique_ptr<FakeDevice> device, const plan::Program& program,
                                    Transport* transport, RunHooks hooks = {}) {
  KernelSet kernels(kernels::MakeReferenceKernels<float>(), std::move(device));
  const SteadyClock clock;
  RunControl control;
  RankRun run{&program, &kernels, transport, &clock, &control};
  run.hooks = std::move(hooks);
  return RunRank(run);
}

plan::Program TinyProgram() {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt2-nano");
  scenario.mutable_run()->set_steps(3);
  scenario.mutable_run()->set_warmup(1);
  scenario.mutable_run()->set_keep_weights(true);
  scenario.mutable_run()->set_kernels(v1::KERNELS_REFERENCE);
  return plan::Compile(scenario).value()[0];
}

TEST(DeviceTest, ComputesWhatTheHostComputes) {
  const plan::Program program = TinyProgram();
  const auto expected = RunInThreads({program});
  ASSERT_TRUE(expected.ok()) << expected.status();
  ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  auto device = std::make_unique<FakeDevice>();
  const auto trace = RunOn(std::move(device), program, transport.get());
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ(trace->steps_size(), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(trace->steps(i).loss(), expected->ranks(0).steps(i).loss());
  ASSERT_EQ(trace->params_size(), expected->ranks(0).params_size());
  for (int i = 0; i < trace->params_size(); ++i) {
    EXPECT_EQ(trace->params(i).SerializeAsString(), expected->ranks(0).params(i).SerializeAsString());
  }
  EXPECT_EQ(trace->peak_total_bytes(), expected->ranks(0).peak_total_bytes());
  for (const v1::OpSpan& span : trace->spans()) EXPECT_GT(span.start_ns(), 0) << span.op();
}

TEST(DeviceTest, RanksCommunicateThroughTheDevicesCommunicator) {
  const auto programs = RingPrograms(2, 2, plan::DType::kF32);
  ThreadNetwork network(2);
  std::vector<absl::StatusOr<v1::RankTrace>> traces(2, absl::UnknownError(""));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < 2; ++rank) {
    threads.emplace_back([&, rank] {
      const auto transport = network.Endpoint(rank);
      traces[rank] = RunOn(std::make_unique<FakeDevice>(), programs[rank], transport.get());
    });
  }
  for (auto& thread : threads) thread.join();
  for (int rank = 0; rank < 2; ++rank) {
    ASSERT_TRUE(traces[rank].ok()) << traces[rank].status();
    for (double value : traces[rank]->params(0).weights()) ASSERT_EQ(value, 3);
    for (double value : traces[rank]->params(1).weights()) ASSERT_EQ(value, 1 - rank);
  }
}

TEST(DeviceTest, StepsThatAreMeasuredAsAWholeHaveNoSpans) {
  const plan::Program program = TinyProgram();
  ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  auto device = std::make_unique<FakeDevice>();
  device->measured = 1;
  const auto trace = RunOn(std::move(device), program, transport.get());
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->steps_size(), 3);
  EXPECT_EQ(trace->spans_size(), static_cast<int>(program.ops.size()));
}

TEST(DeviceTest, AFailureNamesTheOp) {
  const plan::Program program = TinyProgram();
  ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  auto device = std::make_unique<FakeDevice>();
  device->fails_at = 2;
  const auto trace = RunOn(std::move(device), program, transport.get());
  ASSERT_EQ(trace.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(trace.status().message()), HasSubstr("rank 0 step 0 op 2"));
}

TEST(DeviceTest, HooksSeeAndReplaceWhatIsOnTheDevice) {
  const plan::Program program = TinyProgram();
  const plan::View weights = program.params[0].weights.view;
  ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  RunHooks hooks;
  hooks.before_first_step = [&](const MemoryOf& memory) -> absl::StatusOr<int32_t> {
    auto* values = reinterpret_cast<float*>(memory(weights));
    EXPECT_NE(values[0], 0.0f);
    std::fill_n(values, weights.elems, 0.125f);
    return 0;
  };
  std::vector<float> seen;
  hooks.after_step = [&](int32_t step, const MemoryOf& memory) {
    seen.push_back(*reinterpret_cast<const float*>(memory(weights)));
    return absl::OkStatus();
  };
  const auto trace = RunOn(std::make_unique<FakeDevice>(), program, transport.get(), hooks);
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_NEAR(seen[0], 0.125f, 0.01f);  // one small update later
  EXPECT_NE(seen[1], seen[0]);
}

}  // namespace
}  // namespace ringside::workers
