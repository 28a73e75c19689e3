// Collectives on the simulator against the costs of the textbook, exactly: Thakur, Rabenseifner, Gropp,
// "Optimization of Collective Communication Operations in MPICH" (2005), section 3: a message of n bytes
// costs alpha + n beta, and n gamma more where it is reduced; full duplex, nobody shares a way.
//
//   ring, all-reduce        2 (p - 1) alpha + 2 (p - 1)/p n beta + (p - 1)/p n gamma
//   ring, reduce-scatter    (p - 1) (alpha + n/p (beta + gamma));  all-gather, all-to-all: without gamma
//   recursive doubling      log2 q (alpha + n beta + n gamma)
//   Rabenseifner            2 log2 q alpha + 2 (q - 1)/q n beta + (q - 1)/q n gamma
//   p > q, the last two     and 2 alpha + 2 n beta + n gamma (section 4.5; q: largest power of two in p)
//   rotate                  alpha + n beta
//   binary tree             see TreeNs below
//
// A buffer goes over in segments (docs/collectives.md), one after the other: alpha is paid once a segment.
// Chunks differ by an element where p does not divide n: then the cost lies between those of the shorter and
// the longer. gamma is time of the receiver after the bytes have come, where the bytes are the cores' work
// too; where a link carries them, the cores reduce beside it, and a byte costs the larger of the two.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plan/collective/segment_rounds.h"
#include "tests/oracles/machine_runs.h"

namespace ringside::oracles {
namespace {

using plan::Algorithm;
using plan::OpKind;

struct AlphaBetaGamma {
  double alpha_ns, beta, gamma;  // of an element
};

constexpr int kElemBytes = 4;

// What `elems` cost in messages of at most `longest`.
double Pieces(double elems, double longest, const auto& of_piece) {
  double ns = 0;
  for (double left = elems; left > 0; left -= longest) ns += of_piece(std::min(left, longest));
  return ns;
}

struct Cost {
  double low_ns, high_ns;
};

Cost Textbook(OpKind kind, Algorithm algorithm, int p, double n, const AlphaBetaGamma& of) {
  const double alpha = of.alpha_ns, beta = of.beta, gamma = of.gamma;
  const double q = plan::CoreSize(p), log_q = std::log2(q);
  const auto rings = [&](double chunk, double rounds, double reduced) {
    return rounds * (alpha + chunk * beta) + reduced * chunk * gamma;
  };
  // The chunk is rounded down and up.
  const auto both = [&](double exact, const auto& cost) {
    return Cost{cost(std::floor(exact)), cost(std::ceil(exact))};
  };
  const double segment = static_cast<double>(plan::SegmentElems(p)), message = plan::kMessageElems;
  switch (kind) {
    case OpKind::kReduceScatter:
      return both(n / p, [&](double chunk) {
        return Pieces(chunk, std::floor(segment / p), [&](double part) { return rings(part, p - 1, p - 1); });
      });
    case OpKind::kAllGather:
    case OpKind::kAllToAll:
      return both(n / p, [&](double chunk) {
        return Pieces(chunk, message, [&](double part) { return rings(part, p - 1, 0); });
      });
    case OpKind::kRotate: {
      const double ns = Pieces(n, message, [&](double part) { return alpha + part * beta; });
      return {ns, ns};
    }
    default:
      break;
  }
  if (algorithm == Algorithm::kRing && n >= plan::kTwoPassElems) {  // first the one, then the other
    const Cost scattered = Textbook(OpKind::kReduceScatter, algorithm, p, n, of);
    const Cost gathered = Textbook(OpKind::kAllGather, algorithm, p, n, of);
    return {scattered.low_ns + gathered.low_ns, scattered.high_ns + gathered.high_ns};
  }
  const auto all_reduce = [&](const auto& round) {
    return Pieces(n, segment, [&](double part) {
      const double fold = p > q ? 2 * alpha + part * (2 * beta + gamma) : 0;
      if (algorithm == Algorithm::kRing) return rings(round(part / p), 2 * (p - 1), p - 1);
      if (algorithm == Algorithm::kRecursiveDoubling) return fold + log_q * (alpha + part * (beta + gamma));
      return fold + 2 * log_q * alpha + (q - 1) * round(part / q) * (2 * beta + gamma);
    });
  };
  return {all_reduce([](double x) { return std::floor(x); }),
          all_reduce([](double x) { return std::ceil(x); })};
}

sim::MessageCost OnCores(const AlphaBetaGamma& of) {
  return {of.alpha_ns, of.beta / kElemBytes, of.gamma / kElemBytes};
}

// Every rank a node of its own, or all on one.
int64_t SimulatedNs(const plan::Op& op, int p, const sim::MessageCost& cost, bool own_nodes = false,
                    const v1::ClusterSpec& cluster = {}) {
  auto programs = EmptyPrograms(p, own_nodes ? 1 : p);
  for (plan::Program& program : programs) program.ops = {op};
  const auto timeline =
      Execute(programs, GivenCosts(cost), *sim::MakeTopology(programs, cluster, {}, 1, false));
  EXPECT_TRUE(timeline.ok()) << timeline.status();
  return timeline.ok() ? timeline->end_ns : -1;
}

struct Algorithms {
  OpKind kind;
  Algorithm algorithm;
};
constexpr Algorithms kAlgorithms[] = {
    {OpKind::kAllReduce, Algorithm::kRing},
    {OpKind::kAllReduce, Algorithm::kRecursiveDoubling},
    {OpKind::kAllReduce, Algorithm::kRabenseifner},
    {OpKind::kReduceScatter, Algorithm::kRing},
    {OpKind::kAllGather, Algorithm::kRing},
    {OpKind::kAllToAll, Algorithm::kRing},
    {OpKind::kRotate, Algorithm::kRing},
};

// 1 KiB .. 64 MiB, and beside every power of two the nearest size that all chunks divide.
std::vector<int64_t> Sizes(const Algorithms& of, int p) {
  std::vector<int64_t> sizes;
  const int64_t divides = int64_t{p} * plan::CoreSize(p);
  for (int64_t bytes = 1 << 10; bytes <= 64 << 20; bytes *= 4) {
    const int64_t elems = bytes / kElemBytes;
    if (of.kind != OpKind::kAllToAll || elems % p == 0) sizes.push_back(elems);
    if (elems % divides != 0) sizes.push_back(std::max<int64_t>(1, elems / divides) * divides);
  }
  return sizes;
}

TEST(CollectiveCosts, AreTheTextbooksExactly) {
  const AlphaBetaGamma of = {7001, 3, 2};  // whole nanoseconds an element: nothing is rounded
  int exact = 0;
  for (const Algorithms& algorithm : kAlgorithms) {
    for (int p = 2; p <= 16; ++p) {
      for (const int64_t elems : Sizes(algorithm, p)) {
        const auto ns = static_cast<double>(
            SimulatedNs(CollectiveOp(algorithm.kind, elems, algorithm.algorithm), p, OnCores(of)));
        const Cost cost = Textbook(algorithm.kind, algorithm.algorithm, p, static_cast<double>(elems), of);
        SCOPED_TRACE(fmt::format("{} {} of {} elements on {}", Name(algorithm.kind),
                                 Name(algorithm.algorithm), elems, p));
        exact += cost.low_ns == cost.high_ns;
        ASSERT_LE(cost.high_ns, 1.02 * cost.low_ns);  // an element more may be a message more
        ASSERT_GE(ns, cost.low_ns);
        ASSERT_LE(ns, cost.high_ns);
      }
    }
  }
  EXPECT_GT(exact, 1000);
}

TEST(CollectiveCosts, AreRoundedByANanosecondAMessage) {
  const AlphaBetaGamma of = {1234.567, 0.1234, 0.0567};
  for (const Algorithms& algorithm : kAlgorithms) {
    for (int p = 2; p <= 16; ++p) {
      const int64_t elems = int64_t{64} * p * plan::CoreSize(p);  // one segment, even chunks
      const auto ns = static_cast<double>(
          SimulatedNs(CollectiveOp(algorithm.kind, elems, algorithm.algorithm), p, OnCores(of)));
      const Cost cost = Textbook(algorithm.kind, algorithm.algorithm, p, static_cast<double>(elems), of);
      const double messages =
          Textbook(algorithm.kind, algorithm.algorithm, p, static_cast<double>(elems), {1, 0, 0}).low_ns;
      // The latency to the nearest, the bytes upwards.
      EXPECT_GE(ns, cost.low_ns - 0.5 * messages) << Name(algorithm.algorithm) << " " << p;
      EXPECT_LE(ns, cost.high_ns + 1.5 * messages) << Name(algorithm.algorithm) << " " << p;
    }
  }
}

// Bytes as flows on links of 8 Gbit/s (a byte a nanosecond), the latency partly the wire's.
TEST(CollectiveCosts, AreTheSameOnLinks) {
  v1::ClusterSpec cluster;
  cluster.mutable_links()->mutable_inter_node()->set_gbps(8);
  cluster.mutable_links()->mutable_inter_node()->set_latency_us(3);
  const AlphaBetaGamma of = {7001, kElemBytes, 0};
  for (const Algorithms& algorithm : kAlgorithms) {
    for (int p = 2; p <= 16; ++p) {
      for (const int64_t multiple : {1, 20, 300}) {
        const int64_t elems = multiple * p * plan::CoreSize(p);
        const int64_t ns =
            SimulatedNs(CollectiveOp(algorithm.kind, elems, algorithm.algorithm), p, {4001, 0, 0},
                        /*own_nodes=*/true, cluster);
        const Cost cost = Textbook(algorithm.kind, algorithm.algorithm, p, static_cast<double>(elems), of);
        EXPECT_EQ(static_cast<double>(ns), cost.low_ns)
            << Name(algorithm.kind) << " " << Name(algorithm.algorithm) << " " << p << " " << elems;
      }
    }
  }
}

TEST(CollectiveCosts, ReducingGoesBesideALink) {
  v1::ClusterSpec cluster;
  cluster.mutable_links()->mutable_inter_node()->set_gbps(8);  // 4 ns an element
  for (const double gamma : {1.0, 9.0}) {
    const int p = 6, chunk = 1000;
    const int64_t ns = SimulatedNs(CollectiveOp(OpKind::kAllReduce, p * chunk), p,
                                   {500, 0, gamma / kElemBytes}, /*own_nodes=*/true, cluster);
    EXPECT_EQ(static_cast<double>(ns), (p - 1) * (1000 + chunk * (std::max(4.0, gamma) + 4)));
  }
}

// -- the tree: member i's children are 2 i + 1 and 2 i + 2; a member does one thing at a time

// One segment: `up` is a message upwards (reduced), `down` one downwards. The second child comes first on the
// way up and last on the way down.
double SegmentUpNs(int p, int i, double up) {
  double ns = 0;
  for (const int child : {2 * i + 2, 2 * i + 1}) {
    if (child < p) ns = std::max(ns, SegmentUpNs(p, child, up)) + up;
  }
  return ns;
}
double SegmentDownNs(int p, int i, double down) {
  const int first = 2 * i + 1, second = 2 * i + 2;
  double ns = 0;
  if (first < p) ns = down + SegmentDownNs(p, first, down);
  if (second < p) ns = std::max(ns, 2 * down + SegmentDownNs(p, second, down));
  return ns;
}

// A tree of `levels` full levels, `segments` alike: the first one takes two messages a level; behind it a
// member in the middle, with three messages a segment, sets the pace, or the root, with two, where there is
// no middle.
double FullTreeNs(int levels, double segments, double up, double down) {
  const double pace = levels > 2 ? 3 : levels > 1 ? 2 : 0;
  return (2 * (levels - 1) + pace * (segments - 1)) * (up + down);
}

int64_t SimulatedTreeNs(int p, int64_t elems, const AlphaBetaGamma& of) {
  return SimulatedNs(CollectiveOp(OpKind::kAllReduce, elems, Algorithm::kTree), p, OnCores(of));
}

TEST(TreeCosts, OneSegmentIsTheRecursionOverChildren) {
  const AlphaBetaGamma of = {7001, 3, 2};
  for (const int64_t elems : {256, 1000, 4096, 16384}) {
    const double down = of.alpha_ns + of.beta * static_cast<double>(elems);
    const double up = down + of.gamma * static_cast<double>(elems);
    for (int p = 2; p <= 16; ++p) {
      EXPECT_EQ(static_cast<double>(SimulatedTreeNs(p, elems, of)),
                SegmentUpNs(p, 0, up) + SegmentDownNs(p, 0, down))
          << p;
    }
  }
}

TEST(TreeCosts, SegmentsFollowAtThePaceOfTheMiddle) {
  const AlphaBetaGamma of = {7001, 3, 2};
  for (int64_t elems = 256; elems <= 16 << 20; elems *= 4) {
    const double segment = static_cast<double>(std::min(elems, plan::kTreeSegmentElems));
    const double segments = static_cast<double>(elems) / segment;
    const double down = of.alpha_ns + of.beta * segment, up = down + of.gamma * segment;
    std::map<int, double> full;  // by levels
    for (int levels = 1; levels <= 5; ++levels) full[levels] = FullTreeNs(levels, segments, up, down);
    for (int p = 2; p <= 16; ++p) {
      const auto ns = static_cast<double>(SimulatedTreeNs(p, elems, of));
      const int levels = static_cast<int>(std::log2(p + 1));
      // A member more only adds things to wait for: between the full trees below and above.
      EXPECT_GE(ns, full[levels]) << p << " " << elems;
      EXPECT_LE(ns, full[(1 << levels) == p + 1 ? levels : levels + 1]) << p << " " << elems;
    }
  }
}

}  // namespace
}  // namespace ringside::oracles
