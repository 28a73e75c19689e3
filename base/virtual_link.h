// What limits the link of a virtual node, which the launcher that sets it and the simulator that predicts it
// must agree on.
//
// It is a token bucket (Linux tc-tbf): after a pause, burst bytes pass at once before the rate holds. A
// bucket of less than 256 KiB, or 2 ms of the rate, loses much of the rate to the kernel's coarse timers.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ringside {

// Of a link of `gbps` Gbit/s > 0, headers included.
inline int64_t VirtualLinkBurstBytes(double gbps) {
  return std::max<int64_t>(256 << 10, static_cast<int64_t>(gbps * 1e9 / 8 * 0.002));
}

// Of the bytes that the limit counts, those of a message: 1448 in a frame of 1514, with the headers of
// Ethernet, IP and TCP.
inline constexpr double kVirtualLinkPayloadShare = 1448.0 / 1514;

}  // namespace ringside
