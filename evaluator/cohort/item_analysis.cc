#include "evaluator/cohort/item_analysis.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/status_macros.h"
#include "evaluator/cohort/store.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kNoSpread = 1e-9;

// One row a candidate and question, with the mean where there are several answers. `real`: somebody's answer
// to the question could be graded; others, such as one that is not in the bank, are counted as the errors
// they are, but are no part of the test whose reliability alpha gives.
constexpr const char* kCells =
    "CREATE TEMP TABLE cells AS SELECT candidate, question, AVG(score) AS score, COUNT(*) AS answers,"
    " SUM(error <> '') AS errors FROM grades WHERE generation = (SELECT CAST(value AS INTEGER) FROM meta"
    " WHERE key = 'generation') GROUP BY candidate, question;"
    "CREATE TEMP TABLE items AS SELECT question, SUM(answers) > SUM(errors) AS real FROM cells GROUP BY "
    "question;"
    "CREATE INDEX temp.items_of ON items (question);"
    "CREATE TEMP TABLE totals AS SELECT candidate, COUNT(*) AS n, SUM(score) AS sum, SUM(real) AS real_n,"
    " SUM(CASE WHEN real THEN score ELSE 0 END) AS real_sum FROM cells JOIN items USING (question)"
    " GROUP BY candidate;"
    "CREATE INDEX temp.totals_of ON totals (candidate);";
constexpr const char* kDrop =
    "DROP TABLE IF EXISTS temp.cells; DROP TABLE IF EXISTS temp.items; DROP TABLE IF EXISTS temp.totals;";

double Correlation(double n, double x, double y, double xx, double yy, double xy) {
  const double sx = xx - x * x / n, sy = yy - y * y / n;
  if (n < 2 || sx < kNoSpread || sy < kNoSpread) return kNone;
  return (xy - x * y / n) / std::sqrt(sx * sy);
}

double Variance(double n, double sum, double squares) {  // of the sample
  return n < 2 ? 0 : std::max(0.0, (squares - sum * sum / n) / (n - 1));
}

double Alpha(int64_t questions, double sum_of_variances, double variance_of_sums) {
  if (questions < 2 || variance_of_sums < kNoSpread) return kNone;
  const auto k = static_cast<double>(questions);
  return k / (k - 1) * (1 - sum_of_variances / variance_of_sums);
}

void Flag(ItemStatistics* item) {
  if (item->answers < kFewAnswers) {
    item->flags.push_back(fmt::format("only {} answers: these figures say little", item->answers));
    return;
  }
  if (item->discrimination < 0) {
    item->flags.push_back("strong candidates do worse on it than weak ones: look for a fault in its points");
  } else if (item->discrimination < 0.15) {
    item->flags.push_back("hardly tells strong candidates from weak ones");
  }
  if (item->facility > 0.95) item->flags.push_back("nearly everybody gets it right");
  if (item->facility < 0.15) item->flags.push_back("nearly nobody gets it right");
  if (10 * item->errors > item->answers) {
    item->flags.push_back(fmt::format("{} of {} answers could not be graded", item->errors, item->answers));
  }
}

}  // namespace

absl::StatusOr<ItemAnalysis> AnalyseItems(const CohortStore& store) {
  const sqlite::Database& db = store.db();
  RINGSIDE_RETURN_IF_ERROR(db.Execute(kDrop));
  RINGSIDE_RETURN_IF_ERROR(db.Execute(kCells));
  ItemAnalysis analysis;
  {
    RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement items,
                              db.Prepare("SELECT c.question, SUM(c.answers), SUM(c.errors), COUNT(*), "
                                         "SUM(c.score), SUM(c.score * c.score),"
                                         " SUM(t.n > 1), SUM(CASE WHEN t.n > 1 THEN c.score END),"
                                         " SUM(CASE WHEN t.n > 1 THEN c.score * c.score END),"
                                         " SUM((t.sum - c.score) / (t.n - 1)), SUM((t.sum - c.score) / (t.n "
                                         "- 1) * (t.sum - c.score) / (t.n - 1)),"
                                         " SUM(c.score * (t.sum - c.score) / (t.n - 1))"
                                         " FROM cells c JOIN totals t ON t.candidate = c.candidate GROUP BY "
                                         "c.question ORDER BY c.question"));
    while (true) {
      RINGSIDE_ASSIGN_OR_RETURN(const bool row, items.Step());
      if (!row) break;
      ItemStatistics& item = analysis.items.emplace_back();
      item.question = items.Text(0);
      item.answers = items.Int(1);
      item.errors = items.Int(2);
      const auto n = static_cast<double>(items.Int(3));
      item.facility = items.Real(4) / n;
      item.spread = std::sqrt(Variance(n, items.Real(4), items.Real(5)));
      item.discrimination = Correlation(static_cast<double>(items.Int(6)), items.Real(7), items.Real(9),
                                        items.Real(8), items.Real(10), items.Real(11));
      analysis.answers += item.answers;
      analysis.errors += item.errors;
    }
  }
  const auto is_real = [](const ItemStatistics& item) { return item.answers > item.errors; };
  const auto questions =
      static_cast<int64_t>(std::count_if(analysis.items.begin(), analysis.items.end(), is_real));
  {
    RINGSIDE_ASSIGN_OR_RETURN(
        sqlite::Statement all,
        db.Prepare(
            "SELECT COUNT(*), AVG(sum / n), SUM(real_n = ?1), SUM(CASE WHEN real_n = ?1 THEN real_sum END),"
            " SUM(CASE WHEN real_n = ?1 THEN real_sum * real_sum END) FROM totals"));
    RINGSIDE_RETURN_IF_ERROR(all.Bind(questions).Step().status());
    analysis.candidates = all.Int(0);
    analysis.mean = all.Real(1);
    analysis.complete_candidates = all.Int(2);
    const auto n = static_cast<double>(analysis.complete_candidates);
    const double variance_of_sums = Variance(n, all.Real(3), all.Real(4));

    // Item variances, and of the sums without each item, over the same candidates.
    RINGSIDE_ASSIGN_OR_RETURN(
        sqlite::Statement complete,
        db.Prepare("SELECT SUM(c.score), SUM(c.score * c.score), SUM(t.real_sum - c.score),"
                   " SUM((t.real_sum - c.score) * (t.real_sum - c.score)) FROM cells c"
                   " JOIN totals t ON t.candidate = c.candidate JOIN items i ON i.question = c.question"
                   " WHERE t.real_n = ? AND i.real GROUP BY c.question ORDER BY c.question"));
    complete.Bind(questions);
    std::vector<double> variance, variance_without;
    double sum_of_variances = 0;
    while (true) {
      RINGSIDE_ASSIGN_OR_RETURN(const bool row, complete.Step());
      if (!row) break;
      variance.push_back(Variance(n, complete.Real(0), complete.Real(1)));
      variance_without.push_back(Variance(n, complete.Real(2), complete.Real(3)));
      sum_of_variances += variance.back();
    }
    analysis.alpha = n < 2 ? kNone : Alpha(questions, sum_of_variances, variance_of_sums);
    size_t at = 0;
    for (ItemStatistics& item : analysis.items) {
      item.alpha_without = kNone;
      if (n < 2 || !is_real(item)) continue;
      item.alpha_without = Alpha(questions - 1, sum_of_variances - variance[at], variance_without[at]);
      ++at;
    }
  }
  for (ItemStatistics& item : analysis.items) Flag(&item);
  RINGSIDE_RETURN_IF_ERROR(db.Execute(kDrop));
  return analysis;
}

}  // namespace ringside::cohort
