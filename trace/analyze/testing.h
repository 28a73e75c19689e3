// Small traces for tests, event by event.
#pragma once

#include <string>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "trace/analyze/gpu_timeline.h"

namespace ringside::trace::testing {

class TraceText {
 public:
  // Times in us, as the file spells them.
  TraceText& Kernel(const std::string& name, const std::string& ts, const std::string& dur, int stream = 7,
                    int correlation = -1, const std::string& more_args = "") {
    return Add(fmt::format(R"({{"ph": "X", "cat": "kernel", "name": "{}", "ts": {}, "dur": {}, )"
                           R"("args": {{"stream": {}{}{}}}}})",
                           name, ts, dur, stream,
                           correlation < 0 ? "" : fmt::format(R"(, "correlation": {})", correlation),
                           more_args));
  }
  TraceText& Launch(const std::string& ts, int correlation) {
    return Add(
        fmt::format(R"({{"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "ts": {}, "dur": 1, )"
                    R"("args": {{"correlation": {}}}}})",
                    ts, correlation));
  }
  TraceText& Step(int number, const std::string& ts, const std::string& dur) {
    return Add(fmt::format(
        R"({{"ph": "X", "cat": "user_annotation", "name": "ProfilerStep#{}", "ts": {}, "dur": {}}})", number,
        ts, dur));
  }
  TraceText& Add(const std::string& event) {
    events_ += (events_.empty() ? "" : ",\n") + event;
    return *this;
  }
  TraceText& Member(const std::string& text) {
    members_ += ", " + text;
    return *this;
  }
  TraceText& Rank(int rank, int world_size) {
    return Member(fmt::format(R"("distributedInfo": {{"rank": {}, "world_size": {}}})", rank, world_size));
  }
  std::string Text() const { return "{\"traceEvents\": [" + events_ + "]" + members_ + "}"; }

  GpuTimeline Read(const TimelineOptions& options = {}) const {
    const auto source = BytesOf(Text());
    auto timeline = ReadGpuTimeline(source.get(), "t.json", KernelClasses::Default(), 0, options);
    EXPECT_TRUE(timeline.ok()) << timeline.status();
    return timeline.ok() ? *std::move(timeline) : GpuTimeline();
  }

 private:
  std::string events_;
  std::string members_;
};

}  // namespace ringside::trace::testing
