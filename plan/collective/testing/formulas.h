// What docs/collectives.md says of every algorithm, as words and as arithmetic, for tests.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "plan/collective.h"
#include "plan/collective/segment_rounds.h"

namespace ringside::plan {

struct Formula {
  OpKind kind;
  Algorithm algorithm;
  std::string steps_text;  // the table's columns
  std::string sent_text;
  std::function<int(int p)> steps;                     // of one segment; kTree: an upper bound
  std::function<double(int p, int i, double n)> sent;  // elements that member i sends, within one a round
};

inline int Log2(int n) {
  return static_cast<int>(std::lround(std::log2(n)));
}

inline std::vector<Formula> Formulas() {
  // Members that fold: every even one of the first 2 (p - q) gives its vector away, the next one gives it
  // back.
  const auto extra = [](int p) { return p - CoreSize(p); };
  const auto gives = [=](int p, int i) { return i < 2 * extra(p) && i % 2 == 0; };
  const auto gives_back = [=](int p, int i) { return i < 2 * extra(p) && i % 2 == 1; };
  const auto share = [](int p) { return static_cast<double>(p - 1) / p; };
  return {
      {OpKind::kAllReduce, Algorithm::kRing, "2 (p - 1)", "2 n (p - 1) / p",
       [](int p) { return 2 * (p - 1); }, [=](int p, int, double n) { return 2 * n * share(p); }},
      {OpKind::kAllReduce, Algorithm::kRecursiveDoubling, "log2 q, + 2 where p > q",
       "n log2 q; a member that folds: n; that is folded into: n more",
       [=](int p) { return Log2(CoreSize(p)) + (extra(p) > 0 ? 2 : 0); },
       [=](int p, int i, double n) {
         return gives(p, i) ? n : n * Log2(CoreSize(p)) + (gives_back(p, i) ? n : 0);
       }},
      {OpKind::kAllReduce, Algorithm::kRabenseifner, "2 log2 q, + 2 where p > q",
       "2 n (q - 1) / q; a member that folds: n; that is folded into: n more",
       [=](int p) { return 2 * Log2(CoreSize(p)) + (extra(p) > 0 ? 2 : 0); },
       [=](int p, int i, double n) {
         return gives(p, i) ? n : 2 * n * share(CoreSize(p)) + (gives_back(p, i) ? n : 0);
       }},
      {OpKind::kAllReduce, Algorithm::kTree, "at most 4 floor(log2 p)",
       "n to its parent, n to each of its children",
       [](int p) { return 4 * static_cast<int>(std::floor(std::log2(p))); },
       [](int p, int i, double n) { return n * ((i > 0) + (2 * i + 1 < p) + (2 * i + 2 < p)); }},
      {OpKind::kReduceScatter, Algorithm::kRing, "p - 1", "n (p - 1) / p", [](int p) { return p - 1; },
       [=](int p, int, double n) { return n * share(p); }},
      {OpKind::kAllGather, Algorithm::kRing, "p - 1", "n (p - 1) / p", [](int p) { return p - 1; },
       [=](int p, int, double n) { return n * share(p); }},
      {OpKind::kAllToAll, Algorithm::kRing, "p - 1", "n (p - 1) / p", [](int p) { return p - 1; },
       [=](int p, int, double n) { return n * share(p); }},
      {OpKind::kRotate, Algorithm::kRing, "1", "n", [](int) { return 1; },
       [](int, int, double n) { return n; }},
  };
}

}  // namespace ringside::plan
