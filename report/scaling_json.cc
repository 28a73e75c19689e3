#include "report/scaling.h"

namespace ringside::report {
namespace {

nlohmann::json FiguresJson(const PointFigures& f) {
  return {{"step_s", f.step_s},
          {"tokens_per_s", f.tokens_per_s},
          {"tokens_per_s_per_device", f.tokens_per_s_per_device},
          {"efficiency", f.efficiency},
          {"peak_bytes", f.peak_bytes}};
}

nlohmann::json PointJson(const ScalingPoint& point) {
  nlohmann::json json = FiguresJson(point.figures);
  json["ranks"] = point.ranks;
  json["tokens_per_step"] = point.tokens_per_step;
  json["origin"] = point.measured ? "measured" : "simulated";
  json["repeats_s"] = point.repeats_s;
  json["step_s_interval"] = {
      {"low", point.interval.low}, {"high", point.interval.high}, {"coverage", point.interval.coverage}};
  json["step_s_least"] = point.least_s;
  json["step_s_most"] = point.most_s;
  json["factors"] = {{"load_balance", point.factors.load_balance},
                     {"serialisation", point.factors.serialisation},
                     {"transfer", point.factors.transfer},
                     {"communication", point.factors.communication},
                     {"parallel", point.factors.parallel},
                     {"computation_scalability", point.computation_scalability}};
  json["rank_peak_bytes"] = point.rank_peak_bytes;
  json["oversubscribed"] = point.oversubscribed;
  if (point.predicted.has_value()) json["predicted"] = FiguresJson(*point.predicted);
  if (point.change.has_value()) {
    const GateResult& c = *point.change;
    json["change"] = {{"verdict", Name(c.verdict)},
                      {"ratio", c.ratio},
                      {"low", c.low},
                      {"high", c.high},
                      {"floor", c.floor},
                      {"baseline_repeats", c.baseline_repeats},
                      {"candidate_repeats", c.candidate_repeats},
                      {"reason", c.reason}};
  }
  return json;
}

}  // namespace

nlohmann::json ToJson(const ScalingReport& report) {
  nlohmann::json json = {{"name", report.name},
                         {"machine", report.machine},
                         {"scaling", Name(report.kind)},
                         {"findings", report.findings},
                         {"notes", report.notes},
                         {"regression", report.confirmed_regression()},
                         {"points", nlohmann::json::array()}};
  for (const ScalingPoint& point : report.points) json["points"].push_back(PointJson(point));
  if (report.law.has_value()) {
    const FittedLaw& law = *report.law;
    json["law"] = {{"name", law.name},
                   {"formula", law.formula},
                   {"coefficients_s", law.coefficients_s},
                   {"residuals", law.residuals},
                   {"checked", law.checked}};
    json["law"]["left_out_error"] =
        law.left_out_error.has_value() ? nlohmann::json(*law.left_out_error) : nlohmann::json();
    json["law"]["breaks_at_ranks"] =
        law.breaks_at_ranks.has_value() ? nlohmann::json(*law.breaks_at_ranks) : nlohmann::json();
  }
  return json;
}

}  // namespace ringside::report
