// What a heartbeat says of a rank's communication.
#pragma once

#include <vector>

#include "plan/program.h"
#include "ringside/v1/worker.pb.h"
#include "workers/comm/channels.h"
#include "workers/run_control.h"

namespace ringside::workers {

class Positions {
 public:
  explicit Positions(const plan::Program& program);

  // Appends where the rank is on each of its channels; none before a stream's first op. Any thread.
  void AddTo(const RunControl& control, v1::Heartbeat* beat) const;

 private:
  struct Op {
    int32_t index;
    plan::OpKind kind;
    int64_t bytes;
  };
  struct Sequence {
    Channel channel;
    plan::Stream own_stream;  // the rank's; of a receive it is not the channel's
    std::vector<Op> ops;
  };
  std::vector<Sequence> sequences_;
};

}  // namespace ringside::workers
