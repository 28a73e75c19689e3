// Jobs without ops: a model's tensors laid out over ranks by hand, and memory for them, so that saving and
// restoring are tested apart from compiler and executor.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "workers/checkpoint/checkpointer.h"
#include "workers/checkpoint/convert.h"
#include "workers/checkpoint/ownership.h"
#include "workers/checkpoint/tensor_source.h"
#include "workers/transport/thread_transport.h"

namespace ringside::checkpoint {

struct TestTensor {
  std::string name;
  int64_t outer, mid, inner;
  bool splits;  // over tensor-parallel ranks, else replicated
};

struct TestLayout {
  int dp = 1, tp = 1, pp = 1;  // tensors are dealt out to stages in turn; the first is on the last stage, too
  int zero = 0;                // as ZeRO's stages
  plan::DType real = plan::DType::kF32;
  bool masters = false, moments = true;
  int world_size() const { return dp * tp * pp; }
};

inline std::vector<TestTensor> TestModel() {
  return {{"wte", 1, 13, 6, true},       {"h.0.qkv", 3, 8, 5, true}, {"h.0.proj", 7, 8, 1, true},
          {"h.0.ln", 1, 9, 1, false},    {"h.1.fc", 1, 10, 6, true}, {"h.1.bias", 1, 11, 1, false},
          {"h.2.single", 1, 1, 1, false}};
}

// A rank of such a job and its memory.
class TestRank {
 public:
  TestRank(const std::vector<TestTensor>& model, const TestLayout& layout, int rank) : layout_(layout) {
    program_.rank = rank;
    program_.world_size = layout.world_size();
    program_.real = layout.real;
    program_.run.set_steps(100);
    program_.run.set_seed(7);
    program_.tokens_per_step = 64;
    const int tp = rank % layout.tp, dp = rank / layout.tp % layout.dp, pp = rank / (layout.tp * layout.dp);
    for (int i = 0; i < static_cast<int>(model.size()); ++i) {
      if (i % layout.pp == pp || (i == 0 && pp == layout.pp - 1)) Add(model[i], i, tp, dp);
    }
    for (const plan::Buffer& buffer : program_.buffers) {
      memory_.emplace_back(buffer.elems * plan::SizeOf(buffer.dtype));
    }
  }

  plan::Program& program() { return program_; }
  MemoryOf memory() {
    return [this](const plan::View& view) {
      return memory_[view.buffer].data() + view.offset * plan::SizeOf(program_.buffers[view.buffer].dtype);
    };
  }

  // Sets every element to value(param, kind, global index), or to 0 without.
  using Value = std::function<double(const plan::Param&, Kind, int64_t)>;
  void Fill(const Value& value) {
    Visit([&](const plan::Param& param, Kind kind, int64_t global, plan::DType dtype, std::byte* at) {
      const double v = value ? value(param, kind, global) : 0;
      ConvertElements(plan::DType::kF64, reinterpret_cast<const std::byte*>(&v), 1, dtype, at, 1);
    });
  }
  // How many elements of this rank there are; every one must be value's, rounded to its type.
  int64_t Expect(const Value& value) {
    int64_t count = 0;
    Visit([&](const plan::Param& param, Kind kind, int64_t global, plan::DType dtype, std::byte* at) {
      const double v = value(param, kind, global);
      double expected = 0, found = 0;
      std::byte rounded[8];
      ConvertElements(plan::DType::kF64, reinterpret_cast<const std::byte*>(&v), 1, dtype, rounded, 1);
      ConvertElements(dtype, rounded, 1, plan::DType::kF64, reinterpret_cast<std::byte*>(&expected), 1);
      ConvertElements(dtype, at, 1, plan::DType::kF64, reinterpret_cast<std::byte*>(&found), 1);
      EXPECT_EQ(found, expected) << "rank " << program_.rank << " " << param.name << " " << Name(kind) << "["
                                 << global << "]";
      ++count;
    });
    return count;
  }

 private:
  plan::View NewBuffer(plan::DType dtype, int64_t elems) {
    program_.buffers.push_back({.name = "b", .dtype = dtype, .elems = elems + 3});
    return {static_cast<int32_t>(program_.buffers.size()) - 1, 2, elems};  // not at the buffer's begin
  }

  void Add(const TestTensor& tensor, int id, int tp, int dp) {
    plan::Param p;
    p.name = tensor.name, p.id = id;
    p.outer = tensor.outer, p.mid_total = tensor.mid, p.inner = tensor.inner;
    p.mid_begin = tensor.splits ? tensor.mid * tp / layout_.tp : 0;
    p.mid_count = (tensor.splits ? tensor.mid * (tp + 1) / layout_.tp : tensor.mid) - p.mid_begin;
    const int64_t n = p.elems();
    const int64_t begin = layout_.zero > 0 ? n * dp / layout_.dp : 0;
    const int64_t end = layout_.zero > 0 ? n * (dp + 1) / layout_.dp : n;
    p.grad = {NewBuffer(layout_.real, end - begin), begin};
    p.weights = layout_.zero == 3 ? plan::Piece{NewBuffer(layout_.real, end - begin), begin}
                                  : plan::Piece{NewBuffer(layout_.real, n), 0};
    const plan::DType stat = plan::StatType(layout_.real);
    if (layout_.masters) p.master = NewBuffer(stat, end - begin);
    if (layout_.moments) p.m = NewBuffer(stat, end - begin), p.v = NewBuffer(stat, end - begin);
    program_.params.push_back(std::move(p));
  }

  template <class Each>
  void Visit(Each each) {
    for (const plan::Param& param : program_.params) {
      for (int k = 0; k < kNumKinds; ++k) {
        const plan::Piece piece = PieceOf(param, static_cast<Kind>(k));
        if (piece.view.elems == 0) continue;
        const plan::DType dtype = program_.buffers[piece.view.buffer].dtype;
        std::byte* base = memory()(piece.view);
        EXPECT_TRUE(ForEachRun(param, {piece.begin, piece.begin + piece.view.elems},
                               [&](int64_t global, int64_t local, int64_t n) {
                                 for (int64_t i = 0; i < n; ++i) {
                                   each(param, static_cast<Kind>(k), global + i, dtype,
                                        base + (local - piece.begin + i) * plan::SizeOf(dtype));
                                 }
                                 return absl::OkStatus();
                               })
                        .ok());
      }
    }
  }

  const TestLayout layout_;
  plan::Program program_;
  std::vector<std::vector<std::byte>> memory_;
};

// Calls each(rank, checkpointer) on a thread per rank; the statuses by rank.
inline std::vector<absl::Status> OnAllRanks(
    std::vector<std::unique_ptr<TestRank>>& ranks, const CheckpointOptions& options,
    const std::function<absl::Status(TestRank&, Checkpointer&)>& each) {
  workers::ThreadNetwork network(static_cast<int>(ranks.size()));
  std::vector<absl::Status> statuses(ranks.size());
  std::vector<std::thread> threads;
  for (size_t r = 0; r < ranks.size(); ++r) {
    threads.emplace_back([&, r] {
      const auto endpoint = network.Endpoint(static_cast<int>(r));
      workers::RunControl control;
      Checkpointer checkpointer(ranks[r]->program(), endpoint.get(), &control, options);
      statuses[r] = each(*ranks[r], checkpointer);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return statuses;
}

inline std::vector<std::unique_ptr<TestRank>> MakeRanks(const std::vector<TestTensor>& model,
                                                        const TestLayout& layout) {
  std::vector<std::unique_ptr<TestRank>> ranks;
  for (int r = 0; r < layout.world_size(); ++r) ranks.push_back(std::make_unique<TestRank>(model, layout, r));
  return ranks;
}

// A directory of the test's own that goes with it.
class TestDirectory {
 public:
  TestDirectory()
      : path_(::testing::TempDir() + "/checkpoint-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() + "-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  const std::string path_;
};

}  // namespace ringside::checkpoint
