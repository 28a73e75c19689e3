#include "cli/goodput_report.h"

#include <algorithm>
#include <cmath>

#include "cli/html.h"
#include "cli/units.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/table.h"

namespace ringside::cli {
namespace {

struct Share {
  const char* key;
  const char* text;
  double sim::TimeShares::*value;
};
constexpr Share kShares[] = {
    {"useful", "training that is kept (goodput)", &sim::TimeShares::useful},
    {"lost", "work done again", &sim::TimeShares::lost},
    {"checkpoint", "standing for checkpoints", &sim::TimeShares::checkpoint},
    {"slowdown", "slowed by their writing", &sim::TimeShares::slowdown},
    {"detection", "noticing interruptions", &sim::TimeShares::detection},
    {"waiting", "waiting for nodes", &sim::TimeShares::waiting},
    {"restart", "restarting", &sim::TimeShares::restart},
    {"shrunk", "short of replicas, resizing", &sim::TimeShares::shrunk},
    {"maintenance", "planned stops", &sim::TimeShares::maintenance},
};

std::string Percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

double Quantile(const std::vector<double>& ascending, double q) {
  const double at = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (at - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

nlohmann::json SharesJson(const sim::TimeShares& shares) {
  nlohmann::json json = nlohmann::json::object();
  for (const Share& share : kShares) json[share.key] = shares.*share.value;
  return json;
}

std::string Large(double value) {  // "15.6 T"; "12" below a thousand
  const char* const kUnits[] = {"", "k", "M", "G", "T", "P", "E"};
  int unit = 0;
  while (value >= 1000 && unit < 6) value /= 1000, ++unit;
  return fmt::format("{:.4g}{}{}", value, unit > 0 ? " " : "", kUnits[unit]);
}

std::string Line(const char* label, const std::string& text) {
  return fmt::format("  {:13} {}\n", label, text);
}

std::string InputsText(const GoodputReport& r) {
  const sim::GoodputSettings& s = r.inputs.settings;
  std::string text =
      fmt::format("{} GPUs on {} nodes\n", Grouped(std::llround(r.inputs.job.gpus)), Grouped(s.nodes));
  text +=
      Line("interruptions",
           fmt::format("every {} ({} GPU-hours each){}", Duration(s.interruption_mean_s),
                       Grouped(std::llround(r.inputs.gpu_hours_per_interruption)),
                       s.weibull_shape != 1 ? fmt::format(", Weibull of shape {:g}", s.weibull_shape) : ""));
  text += Line("recovery",
               fmt::format("{} until noticed, {} until training again, of which {} read the checkpoint",
                           Duration(s.detect_s), Duration(s.restart_s), Duration(r.inputs.read_s)));
  std::string checkpoint = fmt::format("{}{}B, training stands for {}", Large(r.inputs.checkpoint_bytes),
                                       r.inputs.checkpoint_bytes < 1000 ? " " : "", Duration(s.checkpoint_s));
  if (s.write_s > 0)
    checkpoint += fmt::format(", written beside it in {} at a slowdown of {:g} %", Duration(s.write_s),
                              100 * s.write_slowdown);
  text += Line("checkpoint", checkpoint);
  text += Line("interval",
               fmt::format("{}{}; Young {}, Daly {}", Duration(s.interval_s),
                           r.best_interval ? ", the best" : "", Duration(r.young_s), Duration(r.daly_s)));
  if (s.spare_nodes != sim::GoodputSettings::kUnlimited)
    text +=
        Line("nodes",
             fmt::format("{} spare, {:g} % of interruptions break one, repaired in {}{}", s.spare_nodes,
                         100 * s.broken_share, Duration(s.repair_mean_s),
                         s.elastic() ? fmt::format("; shrinks by replicas of {} nodes", s.nodes_per_replica)
                                     : "; waits when spares run out"));
  if (s.maintenance_every_s > 0)
    text += Line("maintenance",
                 fmt::format("{} every {}", Duration(s.maintenance_s), Duration(s.maintenance_every_s)));
  for (const std::string& assumption : r.inputs.assumptions) text += Line("assumed", assumption);
  return text;
}

std::string CostText(const GoodputReport& r) {
  const sim::TrainingCost& c = r.cost;
  const sim::TrainingJob& job = r.inputs.job;
  std::string text;
  if (job.step_factor > 1)
    text += Line("step",
                 fmt::format("{:.4g} s, with jitter {:.4g} s: {} times, the slowest of {} ranks", job.step_s,
                             job.step_s * job.step_factor, fmt::format("{:.4f}", job.step_factor),
                             Grouped(std::llround(r.inputs.jitter.ranks))));
  text += Line("tokens", fmt::format("{} a second while training, {} over all of the time",
                                     Large(c.tokens_per_s), Large(c.goodput_tokens_per_s)));
  if (job.tokens > 0)
    text +=
        Line("time", fmt::format("{} for {} tokens, {} GPU-hours{}", Duration(c.wall_s), Large(job.tokens),
                                 Large(c.gpu_hours), job.spare_gpus > 0 ? " (spares included)" : ""));
  if (c.joules_per_token > 0) {
    text += Line("energy",
                 fmt::format("{:.4g} J a token at {:.0f} W a GPU{}", c.joules_per_token, c.watts_per_gpu,
                             job.tokens > 0 ? fmt::format(", {:.4g} MWh", c.energy_mwh) : ""));
  }
  if (job.price_per_gpu_hour > 0)
    text += Line("money", fmt::format("{:.4g} a million tokens{}", c.price_per_million_tokens,
                                      job.tokens > 0 ? fmt::format(", {} in all", Large(c.price)) : ""));
  return text;
}

}  // namespace

std::string Duration(double seconds) {
  if (seconds < 90) return fmt::format("{:.3g} s", seconds);
  if (seconds < 90 * 60) return fmt::format("{:.3g} min", seconds / 60);
  if (seconds < 72 * 3600) return fmt::format("{:.3g} h", seconds / 3600);
  return fmt::format("{:.4g} days", seconds / 86400);
}

std::string GoodputText(const GoodputReport& r) {
  std::string text = InputsText(r) + "\n";
  trace::Table table;
  table.Column("of the wall time", trace::Table::Align::kLeft).Column("expected").Column("simulated");
  for (const Share& share : kShares) {
    const double simulated = r.simulated.mean.*share.value;
    const bool first = share.value == &sim::TimeShares::useful;
    if (!first && simulated == 0 && (!r.expected.has_value() || (*r.expected).*share.value == 0)) continue;
    table.Row({share.text, r.expected.has_value() ? Percent((*r.expected).*share.value) : "-",
               first ? fmt::format("{} ± {:.2f}", Percent(simulated), 100 * r.simulated.HalfWidth())
                     : Percent(simulated)});
  }
  text += table.Text();
  text += fmt::format(
      "\n  simulated: {} runs of {:.4g} days, {:.4g} interruptions each; ± is the 95 % confidence interval "
      "of the "
      "mean;\n  nine runs of ten have a goodput between {} and {}\n\n",
      r.runs, r.run_days, r.simulated.interruptions, Percent(Quantile(r.simulated.useful, 0.05)),
      Percent(Quantile(r.simulated.useful, 0.95)));
  text += CostText(r);
  if (!r.curve.empty()) text += "\n" + CurveText(r.curve, r.inputs.settings.interval_s, r.shares().useful);
  return text;
}

nlohmann::json GoodputJson(const GoodputReport& r) {
  const sim::GoodputSettings& s = r.inputs.settings;
  nlohmann::json curve = nlohmann::json::array();
  for (const sim::IntervalPoint& point : r.curve)
    curve.push_back({{"interval_s", point.interval_s}, {"goodput", point.shares.useful}});
  nlohmann::json json = {{"gpus", r.inputs.job.gpus},
                         {"nodes", s.nodes},
                         {"interruption_mean_s", s.interruption_mean_s},
                         {"weibull_shape", s.weibull_shape},
                         {"detect_s", s.detect_s},
                         {"restart_s", s.restart_s},
                         {"checkpoint_s", s.checkpoint_s},
                         {"write_s", s.write_s},
                         {"write_slowdown", s.write_slowdown},
                         {"interval_s", s.interval_s},
                         {"interval_is_best", r.best_interval},
                         {"young_s", r.young_s},
                         {"daly_s", r.daly_s},
                         {"goodput", r.shares().useful},
                         {"simulated", SharesJson(r.simulated.mean)},
                         {"simulated_goodput_half_width_95", r.simulated.HalfWidth()},
                         {"simulated_goodput_quantiles",
                          {{"0.05", Quantile(r.simulated.useful, 0.05)},
                           {"0.5", Quantile(r.simulated.useful, 0.5)},
                           {"0.95", Quantile(r.simulated.useful, 0.95)}}},
                         {"runs", r.runs},
                         {"run_days", r.run_days},
                         {"step_factor", r.inputs.job.step_factor},
                         {"tokens_per_s", r.cost.tokens_per_s},
                         {"goodput_tokens_per_s", r.cost.goodput_tokens_per_s},
                         {"curve", std::move(curve)},
                         {"assumptions", r.inputs.assumptions}};
  if (r.expected.has_value()) json["expected"] = SharesJson(*r.expected);
  if (r.inputs.job.tokens > 0) {
    json["time_to_train_s"] = r.cost.wall_s;
    json["gpu_hours"] = r.cost.gpu_hours;
  }
  if (r.cost.joules_per_token > 0) {
    json["joules_per_token"] = r.cost.joules_per_token;
    if (r.inputs.job.tokens > 0) json["energy_mwh"] = r.cost.energy_mwh;
  }
  if (r.inputs.job.price_per_gpu_hour > 0) {
    json["price_per_million_tokens"] = r.cost.price_per_million_tokens;
    if (r.inputs.job.tokens > 0) json["price"] = r.cost.price;
  }
  return json;
}

std::string GoodputHtml(const GoodputReport& r) {
  std::string body = "<h1>Goodput</h1>\n";
  body += fmt::format(
      "<p class=\"lead\">{} of the wall time is training that is kept, with a checkpoint every {}.</p>\n",
      Percent(r.shares().useful), Duration(r.inputs.settings.interval_s));
  if (!r.curve.empty())
    body += Figure(CurveSvg(r),
                   "Goodput against the interval between checkpoints: too short, and training stands "
                   "for checkpoints; too long, and interruptions undo much.");
  HtmlTable table({"of the wall time", "expected", "simulated"});
  for (const Share& share : kShares)
    table.Row({share.text, r.expected.has_value() ? Percent((*r.expected).*share.value) : "-",
               Percent(r.simulated.mean.*share.value)});
  body += table.Html();
  body += "<h2>Inputs and results</h2>\n<pre style=\"white-space: pre-wrap\">" +
          Escaped(InputsText(r) + "\n" + CostText(r)) + "</pre>\n";
  return Page("Goodput", body);
}

}  // namespace ringside::cli
