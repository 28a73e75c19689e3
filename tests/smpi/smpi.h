// SimGrid's SMPI (Debian's libsimgrid-dev) as a clock that others wrote: the messages of programs, replayed
// by an MPI program (replay.c) on a platform that is described to SimGrid from the same cluster description.
//
// The network model is SimGrid's fluid one, CM02, without corrections that stand for MPI libraries and TCP:
// bandwidth and latency factors 1, no window (TCP-gamma), no share lost to acknowledgements (crosstraffic),
// no weight of round trips (weight-S), no eager messages, no time for the calls themselves.
// simgrid.org/doc/latest/Configuring_SimGrid.html has the options.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::smpi {

// A star of nodes: each has one way out and one way in that its ranks share; inside, every rank has its own.
// Links without a rate are no limit. slow_link faults as the simulator takes them.
std::string PlatformXml(const std::vector<plan::Program>& programs, const v1::ClusterSpec& cluster,
                        const std::vector<v1::Fault>& faults, double software_latency_us);

// SMPI adds so much to every message; messages are replayed shorter by that, so that the wire has the same
// bytes.
inline constexpr int kEnvelopeBytes = 16;

// What replay.c reads: the rounds of the programs' communication ops, in order, by stream. Compute ops and
// dependencies are not in it.
std::string RoundsText(const std::vector<plan::Program>& programs);

class Smpi {
 public:
  // Compiles replay.c and collective.c into `folder`. NOT_FOUND: there is no SimGrid on this machine.
  static absl::StatusOr<Smpi> Create(const std::string& folder);

  // Seconds from the common begin to the last rank's end, of messages (RoundsText) or of a collective of
  // MPI's own: `kind` as collective.c names it, by SMPI's `algorithm` ("allreduce:lr"), on `elems` floats.
  absl::StatusOr<double> Replay(const std::string& platform_xml, const std::string& rounds, int ranks) const;
  absl::StatusOr<double> Collective(const std::string& platform_xml, const std::string& kind,
                                    const std::string& algorithm, int64_t elems, int ranks) const;

 private:
  explicit Smpi(std::string folder) : folder_(std::move(folder)) {}
  absl::StatusOr<double> Run(const std::string& platform_xml, const std::string& command, int ranks) const;

  std::string folder_;
};

}  // namespace ringside::smpi
