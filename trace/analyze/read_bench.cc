// `trace_read_bench [MB]`: reads and analyses a made-up trace of that many 10^6 bytes of JSON (default: 250),
// which is never on a disk or in memory as a whole. Prints the rate and the peak memory of the reader alone,
// then with the analysis.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "fmt/format.h"
#include "trace/analyze/report.h"

namespace {

using namespace ringside::trace;  // NOLINT: this file only

// An operator, its launch, its kernel and the arrow between them, laid out as libkineto does.
constexpr char kEvents[] = R"(  {{
    "ph": "X", "cat": "cpu_op", "name": "aten::addmm", "pid": 2910249, "tid": 2919752,
    "ts": {0}.422, "dur": 36.669,
    "args": {{
      "External id": {1},"Record function id": 0, "Sequence number": {1}, "Fwd thread id": 0, "Ev Idx": {1}, "Input Dims": [[1024, 1024], [1024, 1024], []], "Input type": ["float", "float", ""]
    }}
  }},
  {{
    "ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 2910249, "tid": 2919752,
    "ts": {0}.522, "dur": 4.422,
    "args": {{
      "External id": {1},      "cbid": 211, "correlation": {1}
    }}
  }},
  {{
    "ph": "s", "id": {1}, "pid": 2910249, "tid": 2919752, "ts": {0}.522,
    "cat": "ac2g", "name": "ac2g"
  }},
  {{
    "ph": "X", "cat": "kernel", "name": "{2}", "pid": 0, "tid": 7,
    "ts": {0}.922, "dur": 9.669,
    "args": {{
      "External id": {1},      "queued": 0, "device": 0, "context": 1,      "stream": {3}, "correlation": {1},      "registers per thread": 96,      "shared memory": 87568,      "blocks per SM": 0.074074,      "warps per SM": 1.259259,      "grid": [8, 1, 1],      "block": [544, 1, 1],      "est. achieved occupancy %": 0
    }}
  }},
  {{
    "ph": "f", "id": {1}, "pid": 0, "tid": {3}, "ts": {0}.922,
    "cat": "ac2g", "name": "ac2g", "bp": "e"
  }}{4}
)";
constexpr const char* kNames[] = {
    "void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>, "
    "at::detail::Array<char*, 3> "
    ">(int, at::native::CUDAFunctor_add<float>, at::detail::Array<char*, 3>)",
    "volta_sgemm_128x32_nt", "ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)"};

class MadeUp : public ByteSource {
 public:
  explicit MadeUp(int64_t bytes) : left_(bytes) {}

  absl::StatusOr<size_t> Read(char* out, size_t size, Repairs*) override {
    if (at_ == text_.size()) Make();
    const size_t count = std::min(size, text_.size() - at_);
    std::memcpy(out, text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  void Make() {
    at_ = 0;
    text_.clear();
    if (left_ <= 0) return;
    if (number_ == 0) text_ = R"({"distributedInfo": {"rank": 0, "world_size": 8}, "traceEvents": [)";
    for (int i = 0; i < 500; ++i, ++number_) {
      const bool communication = number_ % 40 == 0;
      text_ += fmt::format(kEvents, 4458677009853 + 11 * number_, number_,
                           kNames[communication ? 2 : number_ % 2], communication ? 40 : 7,
                           i < 499 || left_ > static_cast<int64_t>(text_.size()) ? "," : "");
    }
    left_ -= static_cast<int64_t>(text_.size());
    if (left_ <= 0) text_ += "], \"baseTimeNanoseconds\": 1711964646000000000}\n";
  }

  int64_t left_;
  int64_t number_ = 0;
  std::string text_;
  size_t at_ = 0;
};

double CpuSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double PeakMib() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// What making the text alone takes.
double MakingSeconds(int64_t bytes) {
  MadeUp source(bytes);
  Repairs repairs;
  std::string buffer(1 << 20, '\0');
  const double begin = CpuSeconds();
  while (*source.Read(buffer.data(), buffer.size(), &repairs) > 0) {
  }
  return CpuSeconds() - begin;
}

void Say(const char* what, int64_t events, int64_t bytes, double seconds) {
  fmt::print(
      "{}: {} events, {:.0f} MB of JSON, {:.2f} s of CPU time: {:.0f} MB/s; peak memory so far {:.1f} MiB\n",
      what, events, static_cast<double>(bytes) / 1e6, seconds, static_cast<double>(bytes) / 1e6 / seconds,
      PeakMib());
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t bytes = (argc > 1 ? std::max(1, std::atoi(argv[1])) : 250) * int64_t{1000000};
  const double making_s = MakingSeconds(bytes);
  double begin = CpuSeconds();
  MadeUp for_reader(bytes);
  const auto file = ReadChromeEvents(&for_reader, [](const TraceEvent&) { return absl::OkStatus(); });
  if (!file.ok() || file->repairs.total() > 0) return 1;
  Say("reader", file->events, file->json_bytes, CpuSeconds() - begin - making_s);
  begin = CpuSeconds();
  MadeUp for_analysis(bytes);
  auto timeline = ReadGpuTimeline(&for_analysis, "made up", KernelClasses::Default(), 0);
  if (!timeline.ok()) return 1;
  std::vector<GpuTimeline> timelines;
  timelines.push_back(*std::move(timeline));
  const TraceReport report = Report(timelines, 10);
  Say("reader and analysis", timelines[0].file.events, timelines[0].file.json_bytes,
      CpuSeconds() - begin - making_s);
  return report.ranks[0].breakdown.busy_ns > 0 ? 0 : 1;
}
