#include "report/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "fmt/format.h"
#include "trace/format.h"

namespace ringside::report {
namespace {

enum class Term { kOne, kShare, kRing, kTree, kRingBytes };

double Value(Term term, double p) {
  switch (term) {
    case Term::kOne:
      return 1;
    case Term::kShare:
      return 1 / p;
    case Term::kRing:
      return p - 1;
    case Term::kTree:
      return std::log2(p);
    case Term::kRingBytes:
      return (p - 1) / p;
  }
  return 0;
}

const char* Text(Term term) {
  switch (term) {
    case Term::kOne:
      return "";
    case Term::kShare:
      return " / p";
    case Term::kRing:
      return " (p-1)";
    case Term::kTree:
      return " log2 p";
    case Term::kRingBytes:
      return " (p-1)/p";
  }
  return "";
}

struct Law {
  Scaling scaling;
  const char* name;
  std::vector<Term> terms;
};

// By number of terms.
const std::vector<Law>& Laws() {
  static const std::vector<Law> laws = {
      {Scaling::kWeak, "constant", {Term::kOne}},
      {Scaling::kStrong, "Amdahl", {Term::kOne, Term::kShare}},
      {Scaling::kStrong, "Amdahl with ring latency", {Term::kOne, Term::kShare, Term::kRing}},
      {Scaling::kStrong, "Amdahl with tree latency", {Term::kOne, Term::kShare, Term::kTree}},
      {Scaling::kWeak, "ring all-reduce, bandwidth", {Term::kOne, Term::kRingBytes}},
      {Scaling::kWeak, "ring all-reduce, latency", {Term::kOne, Term::kRing}},
      {Scaling::kWeak, "tree latency", {Term::kOne, Term::kTree}},
  };
  return laws;
}

double Evaluate(const Law& law, const std::vector<double>& coefficients, double p) {
  double sum = 0;
  for (size_t i = 0; i < law.terms.size(); ++i) sum += coefficients[i] * Value(law.terms[i], p);
  return sum;
}

// Gauss with pivots; nullopt: singular.
std::optional<std::vector<double>> Solve(std::vector<std::vector<double>> a, std::vector<double> b) {
  const size_t n = b.size();
  for (size_t i = 0; i < n; ++i) {
    size_t pivot = i;
    for (size_t k = i + 1; k < n; ++k) {
      if (std::abs(a[k][i]) > std::abs(a[pivot][i])) pivot = k;
    }
    if (std::abs(a[pivot][i]) < 1e-12) return std::nullopt;
    std::swap(a[i], a[pivot]);
    std::swap(b[i], b[pivot]);
    for (size_t k = i + 1; k < n; ++k) {
      const double factor = a[k][i] / a[i][i];
      for (size_t j = i; j < n; ++j) a[k][j] -= factor * a[i][j];
      b[k] -= factor * b[i];
    }
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t j = i + 1; j < n; ++j) b[i] -= a[i][j] * b[j];
    b[i] /= a[i][i];
  }
  return b;
}

double SquaredError(const Law& law, const std::vector<double>& c, const std::vector<FitPoint>& points) {
  double sum = 0;
  for (const FitPoint& point : points) {
    const double error = Evaluate(law, c, point.ranks) / point.step_s - 1;
    sum += error * error;
  }
  return sum;
}

// Non-negative least squares of relative errors: with three terms at most, every set of terms that may be in
// use is tried.
std::vector<double> Fit(const Law& law, const std::vector<FitPoint>& points) {
  const size_t terms = law.terms.size();
  std::vector<double> best(terms, 0);
  double best_error = std::numeric_limits<double>::infinity();
  for (unsigned mask = 1; mask < (1u << terms); ++mask) {
    std::vector<size_t> used;
    for (size_t i = 0; i < terms; ++i) {
      if ((mask >> i) & 1) used.push_back(i);
    }
    std::vector<std::vector<double>> normal(used.size(), std::vector<double>(used.size(), 0));
    std::vector<double> right(used.size(), 0);
    for (const FitPoint& point : points) {
      for (size_t i = 0; i < used.size(); ++i) {
        const double row = Value(law.terms[used[i]], point.ranks) / point.step_s;
        right[i] += row;
        for (size_t j = 0; j < used.size(); ++j) {
          normal[i][j] += row * Value(law.terms[used[j]], point.ranks) / point.step_s;
        }
      }
    }
    // Scaled to a diagonal of 1, so that "singular" does not depend on the unit of time.
    std::vector<double> scale(used.size());
    bool degenerate = false;
    for (size_t i = 0; i < used.size(); ++i) {
      scale[i] = std::sqrt(normal[i][i]);
      degenerate = degenerate || scale[i] == 0;
    }
    if (degenerate) continue;
    for (size_t i = 0; i < used.size(); ++i) {
      right[i] /= scale[i];
      for (size_t j = 0; j < used.size(); ++j) normal[i][j] /= scale[i] * scale[j];
    }
    const auto solved = Solve(std::move(normal), std::move(right));
    if (!solved.has_value()) continue;
    std::vector<double> c(terms, 0);
    for (size_t i = 0; i < used.size(); ++i) c[used[i]] = (*solved)[i] / scale[i];
    if (std::any_of(c.begin(), c.end(), [](double x) { return x < 0; })) continue;
    const double error = SquaredError(law, c, points);
    if (error < best_error) {
      best_error = error;
      best = c;
    }
  }
  return best;
}

std::optional<double> LeftOutError(const Law& law, const std::vector<FitPoint>& points) {
  if (points.size() <= law.terms.size()) return std::nullopt;
  double sum = 0;
  for (size_t out = 0; out < points.size(); ++out) {
    std::vector<FitPoint> others = points;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(out));
    sum += SquaredError(law, Fit(law, others), {points[out]});
  }
  return std::sqrt(sum / static_cast<double>(points.size()));
}

std::string Formula(const Law& law, const std::vector<double>& c) {
  std::string text;
  for (size_t i = 0; i < law.terms.size(); ++i) {
    if (c[i] == 0) continue;
    text += (text.empty() ? "" : " + ") + trace::FormatSeconds(c[i]) + Text(law.terms[i]);
  }
  return "T(p) = " + (text.empty() ? "0" : text);
}

size_t Choose(Scaling scaling, const std::vector<FitPoint>& points) {
  const std::vector<Law>& laws = Laws();
  constexpr double kWorthATerm = 0.9;
  std::optional<size_t> chosen, fallback;
  double chosen_error = 0;
  for (size_t i = 0; i < laws.size(); ++i) {
    if (laws[i].scaling != scaling || laws[i].terms.size() > points.size()) continue;
    if (!fallback.has_value()) fallback = i;
    const auto error = LeftOutError(laws[i], points);
    if (!error.has_value()) continue;
    const bool more_terms = chosen.has_value() && laws[i].terms.size() > laws[*chosen].terms.size();
    if (!chosen.has_value() || *error < chosen_error * (more_terms ? kWorthATerm : 1)) {
      chosen = i;
      chosen_error = *error;
    }
  }
  return chosen.has_value() ? *chosen : *fallback;
}

FittedLaw Describe(size_t law, const std::vector<FitPoint>& points) {
  FittedLaw fitted;
  fitted.law = static_cast<int>(law);
  fitted.name = Laws()[law].name;
  fitted.coefficients_s = Fit(Laws()[law], points);
  fitted.formula = Formula(Laws()[law], fitted.coefficients_s);
  fitted.left_out_error = LeftOutError(Laws()[law], points);
  fitted.checked = fitted.left_out_error.has_value();
  for (const FitPoint& point : points) fitted.residuals.push_back(fitted.At(point.ranks) / point.step_s - 1);
  return fitted;
}

}  // namespace

double FittedLaw::At(double ranks) const {
  return Evaluate(Laws()[static_cast<size_t>(law)], coefficients_s, ranks);
}

absl::StatusOr<FittedLaw> FitLaw(Scaling scaling, const std::vector<FitPoint>& points, double tolerance) {
  if (points.size() < 2)
    return absl::InvalidArgumentError("a law needs points of two numbers of ranks at least");
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i].ranks < 1 || (i > 0 && points[i].ranks <= points[i - 1].ranks)) {
      return absl::InvalidArgumentError("the points of a law must ascend in ranks");
    }
    if (!std::isfinite(points[i].step_s) || points[i].step_s <= 0) {
      return absl::InvalidArgumentError(
          fmt::format("{} ranks: {} is no step time in seconds", points[i].ranks, points[i].step_s));
    }
  }
  FittedLaw fitted = Describe(Choose(scaling, points), points);
  for (size_t i = 2; i < points.size() && !fitted.breaks_at_ranks.has_value(); ++i) {
    const std::vector<FitPoint> smaller(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(i));
    const FittedLaw law = Describe(Choose(scaling, smaller), smaller);
    const double error = law.At(points[i].ranks) / points[i].step_s - 1;
    if (std::abs(error) <= tolerance) continue;
    fitted.breaks_at_ranks = points[i].ranks;
    fitted.break_error = error;
  }
  return fitted;
}

}  // namespace ringside::report
