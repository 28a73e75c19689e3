#include <algorithm>

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
constexpr Column kColumns[] = {{"feasibility", "feasible"},
                               {"efficiency", "efficient"},
                               {"throughput_prediction", "tokens/s"},
                               {"memory_prediction", "memory"},
                               {"bottleneck", "bottleneck"}};

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

}  // namespace

std::string RankingTable(const std::vector<v1::Scorecard>& cards) {
  size_t name_columns = 9;
  for (const v1::Scorecard& card : cards) {
    name_columns = std::max(name_columns, Columns(Printable(card.candidate(), kMaxNameColumns)));
  }
  std::string out = fmt::format("  #  {}  total", PadRight("candidate", name_columns));
  for (const Column& column : kColumns) out += fmt::format("  {:>8}", column.title);
  out += "  basis\n";
  for (const Ranked& ranked : Rank(cards)) {
    const v1::Scorecard& card = cards[ranked.index];
    const std::string name = PadRight(Printable(card.candidate(), kMaxNameColumns), name_columns);
    if (!card.error().empty()) {
      out += fmt::format("  -  {}  not graded: {}\n", name, Printable(card.error(), 300));
      continue;
    }
    out += fmt::format("{:>3}  {}  {:>5.3f}", ranked.place, name, card.total());
    for (const Column& column : kColumns) out += "  " + ScoreCell(card, column);
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
      out += fmt::format("      {} = {} {} [{}] {}\n", evidence.quantity(), Figure(evidence), evidence.unit(),
                         Name(evidence.origin()), Printable(evidence.where(), 500));
    }
  }
  if (card.has_best_plan()) {
    out += fmt::format("  best plan found: {}, {:.0f} tokens/s\n", PlanName(card.best_plan()),
                       card.best_tokens_per_s());
  }
  for (const std::string& note : card.notes()) out += fmt::format("  note: {}\n", Printable(note, 500));
  return out;
}

}  // namespace ringside::evaluator
