#include <algorithm>
#include <iterator>
#include <vector>

#include "evaluator/design/areas.h"
#include "evaluator/design/rank.h"
#include "evaluator/design/report.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMaxNameColumns = 28;

struct Column {
  const char* area;
  const char* title;
};
constexpr Column kColumns[] = {
    {"feasibility", "feasible"},     {"efficiency", "efficient"},  {"throughput_prediction", "tokens/s"},
    {"memory_prediction", "memory"}, {"bottleneck", "bottleneck"}, {"claims", "claims"},
    {"coverage", "coverage"}};

// The first five of every card, and of the others those that some card has.
std::vector<Column> ColumnsOf(const std::vector<v1::Scorecard>& cards) {
  constexpr size_t kAlways = 5;
  std::vector<Column> columns;
  for (size_t i = 0; i < std::size(kColumns); ++i) {
    const bool has = std::any_of(cards.begin(), cards.end(), [&](const v1::Scorecard& card) {
      return std::any_of(card.areas().begin(), card.areas().end(),
                         [&](const v1::AreaScore& area) { return area.area() == kColumns[i].area; });
    });
    if (i < kAlways || has) columns.push_back(kColumns[i]);
  }
  return columns;
}

std::string PadRight(const std::string& text, size_t columns) {
  const size_t has = Columns(text);
  return has >= columns ? text : text + std::string(columns - has, ' ');
}

std::string ScoreCell(const v1::Scorecard& card, const Column& column) {
  const size_t width = std::max<size_t>(8, std::string_view(column.title).size());
  for (const v1::AreaScore& area : card.areas()) {
    if (area.area() == column.area) return fmt::format("{:>{}.2f}", area.score(), width);
  }
  return fmt::format("{:>{}}", "-", width);
}

// 183500800 -> "183500800", 0.31 -> "0.310": bytes to the byte, the rest to four figures.
std::string Figure(const v1::Evidence& evidence) {
  if (evidence.unit() == "bytes") return fmt::format("{:.0f}", evidence.value());
  return fmt::format("{:.4g}", evidence.value());
}

const char* Word(v1::ClaimVerdict verdict) {
  switch (verdict) {
    case v1::CLAIM_VERDICT_SUPPORTED:
      return "holds";
    case v1::CLAIM_VERDICT_CONTRADICTED:
      return "does not hold";
    default:
      return "not checkable";
  }
}

// What one change would have given, what was claimed and covered, and what to do next.
std::string Further(const v1::Scorecard& card) {
  std::string out;
  for (const v1::Counterfactual& row : card.counterfactuals()) {
    out += fmt::format("  {} {}: {}{}\n", row.is_best() ? "the best plan found," : "with",
                       Printable(row.change(), 200),
                       row.factor() > 0 ? fmt::format("{:.2f} times as good; ", row.factor()) : "",
                       Printable(row.reason(), 300));
  }
  for (const v1::Claim& claim : card.claims().claims()) {
    out += fmt::format("  claim, bytes {} to {}, {}: \"{}\"; {}\n", claim.span().begin(), claim.span().end(),
                       Word(claim.verdict()), Printable(claim.text(), 200), Printable(claim.reason(), 300));
  }
  for (const v1::PointGrade& point : card.coverage().points()) {
    out += fmt::format("  point {}: {:.2f}, {}\n", Printable(point.point(), 60), point.earned(),
                       Printable(point.reason(), 300));
  }
  for (const std::string& text : card.strengths()) out += fmt::format("  good: {}\n", Printable(text, 500));
  for (const std::string& text : card.improvements())
    out += fmt::format("  next: {}\n", Printable(text, 700));
  for (const std::string& text : card.follow_ups()) out += fmt::format("  ask: {}\n", Printable(text, 300));
  if (!card.band().reason().empty())
    out += fmt::format("  basis {}: {}\n", card.band().grade(), Printable(card.band().reason(), 500));
  return out;
}

}  // namespace

std::string RankingTable(const std::vector<v1::Scorecard>& cards) {
  size_t name_columns = 9;
  for (const v1::Scorecard& card : cards) {
    name_columns = std::max(name_columns, Columns(Printable(card.candidate(), kMaxNameColumns)));
  }
  std::string out = fmt::format("  #  {}  total", PadRight("candidate", name_columns));
  const std::vector<Column> columns = ColumnsOf(cards);
  for (const Column& column : columns) out += fmt::format("  {:>8}", column.title);
  out += "  basis\n";
  for (const Ranked& ranked : Rank(cards)) {
    const v1::Scorecard& card = cards[ranked.index];
    const std::string name = PadRight(Printable(card.candidate(), kMaxNameColumns), name_columns);
    if (!card.error().empty()) {
      out += fmt::format("  -  {}  not graded: {}\n", name, Printable(card.error(), 300));
      continue;
    }
    out += fmt::format("{:>3}  {}  {:>5.3f}", ranked.place, name, card.total());
    for (const Column& column : columns) out += "  " + ScoreCell(card, column);
    out += fmt::format("  {}\n", Name(card.basis()));
  }
  return out;
}

std::string EvidenceListing(const v1::Scorecard& card) {
  const std::string name = Printable(card.candidate(), 200);
  if (!card.error().empty()) return fmt::format("{}: not graded: {}\n", name, Printable(card.error(), 1000));
  std::string out = fmt::format("{}: {:.3f} of 1 ({}: {})\n", name, card.total(), Name(card.basis()),
                                Printable(card.basis_reason(), 300));
  for (const v1::AreaScore& area : card.areas()) {
    out += fmt::format("  {:<22} {:.2f} x {:.2f}  {}\n", area.area(), area.score(), area.weight(),
                       Printable(area.reason(), 500));
    for (const v1::Evidence& evidence : area.evidence()) {
      out += fmt::format("      {} = {}{}{} [{}] {}\n", evidence.quantity(), Figure(evidence),
                         evidence.unit() == "1" ? "" : " ", evidence.unit() == "1" ? "" : evidence.unit(),
                         Name(evidence.origin()), Printable(evidence.where(), 500));
    }
  }
  out += Further(card);
  if (card.has_best_plan()) {
    out += fmt::format("  best plan found: {}, {:.0f} tokens/s\n", PlanName(card.best_plan()),
                       card.best_tokens_per_s());
  }
  for (const std::string& note : card.notes()) out += fmt::format("  note: {}\n", Printable(note, 500));
  return out;
}

}  // namespace ringside::evaluator
