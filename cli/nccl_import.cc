#include "cli/nccl_import.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/status_macros.h"
#include "cli/output.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "nlohmann/json.hpp"
#include "sim/catalogue/catalogue.h"
#include "trace/format.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return absl::NotFoundError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  return text.str();
}

absl::StatusOr<const v1::Interconnect*> LinkOf(const char* option, const std::string& name) {
  if (name.empty()) return nullptr;
  const v1::Interconnect* link = sim::FindLink(sim::BuiltInCatalogue(), name);
  if (link == nullptr)
    return absl::InvalidArgumentError(fmt::format("{} {}: is no link of the catalogue", option, name));
  return link;
}

std::string Bytes(double bytes) {
  const char* const kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  while (bytes >= 1024 && unit < 4) bytes /= 1024, ++unit;
  return fmt::format("{:.4g} {}", bytes, kUnits[unit]);
}

}  // namespace

absl::StatusOr<LinkImport> ImportNcclLogs(const CalibrateOptions& options) {
  const sim::NcclHints hints = {options.operation, options.ranks, options.ranks_per_node};
  LinkImport import;
  std::vector<sim::NcclTable> inside, between;
  for (const std::string& path : options.nccl_logs) {
    RINGSIDE_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
    RINGSIDE_ASSIGN_OR_RETURN(const sim::NcclLog log, sim::ParseNcclLog(text, path, hints));
    for (const sim::NcclTable& table : log.tables) (table.nodes > 1 ? between : inside).push_back(table);
    import.tables.insert(import.tables.end(), log.tables.begin(), log.tables.end());
    if (log.skipped_lines > 0)
      import.notes.push_back(
          fmt::format("{} lines of {} are neither table nor comment and were passed over; the "
                      "first is {}",
                      log.skipped_lines, path, log.first_skipped));
    if (log.empty_rows > 0)
      import.notes.push_back(fmt::format("{} rows of size 0 of {} were passed over", log.empty_rows, path));
  }
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Interconnect* scale_up, LinkOf("--scale-up", options.scale_up));
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Interconnect* like, LinkOf("--like", options.like));
  const bool both = !inside.empty() && !between.empty();
  if (both && like != nullptr)
    return absl::InvalidArgumentError(
        "--like: which link is meant? Give logs of one node and of several apart");
  if (both && scale_up != nullptr)
    return absl::InvalidArgumentError("--scale-up: is measured by the logs of one node; give one of the two");
  if (!inside.empty()) {
    const std::string name = options.link_name + (both ? "-node" : "");
    RINGSIDE_ASSIGN_OR_RETURN(sim::LinkFit fit, sim::FitLink(inside, {name, nullptr, like}));
    import.links.push_back(std::move(fit));
  }
  if (!between.empty()) {
    if (both) scale_up = &import.links.front().link;
    if (scale_up == nullptr)
      return absl::InvalidArgumentError(
          fmt::format("{}: {} nodes; say which link of the catalogue is inside them (--scale-up) or give a "
                      "log of one node, too",
                      between.front().file, between.front().nodes));
    const std::string name = options.link_name + (both ? "-net" : "");
    RINGSIDE_ASSIGN_OR_RETURN(sim::LinkFit fit, sim::FitLink(between, {name, scale_up, like}));
    import.links.push_back(std::move(fit));
  }
  import.yaml = sim::LinksYaml(import.links);
  return import;
}

std::string LinkImportText(const LinkImport& import) {
  std::string text;
  for (const sim::NcclTable& table : import.tables)
    text +=
        fmt::format("{}: {} over {} ranks on {} node{}, {} sizes\n", table.file, sim::NameOf(table.operation),
                    table.ranks, table.nodes, table.nodes > 1 ? "s" : "", table.rows.size());
  trace::Table table;
  table.Column("link", trace::Table::Align::kLeft).Column("collective", trace::Table::Align::kLeft);
  table.Column("from").Column("to").Column("rows").Column("mean error").Column("worst").Column("held out");
  for (const sim::LinkFit& fit : import.links) {
    for (const sim::OperationFit& operation : fit.operations) {
      for (const sim::ResidualRange& range : operation.ranges)
        table.Row({fit.link.name(), sim::NameOf(operation.operation), Bytes(range.from_bytes),
                   Bytes(range.to_bytes), fmt::to_string(range.rows), trace::FormatPercent(range.mean),
                   trace::FormatPercent(range.worst), ""});
      table.Row({fit.link.name(), sim::NameOf(operation.operation), "all", "", fmt::to_string(operation.rows),
                 trace::FormatPercent(operation.residual), "", trace::FormatPercent(operation.held_out)});
    }
  }
  text += "\n" + table.Text();
  for (const sim::LinkFit& fit : import.links) {
    text += fmt::format("\n  {:11} {}\n", fit.link.name(), fit.link.fitted_on());
    for (const sim::OperationFit& operation : fit.operations)
      if (!operation.knows_steps)
        text +=
            fmt::format("  note        {} was measured over {} ranks only: what a step costs is assumed\n",
                        sim::NameOf(operation.operation), operation.ranks.front());
  }
  for (const std::string& note : import.notes) text += fmt::format("  note        {}\n", note);
  return text;
}

nlohmann::json LinkImportJson(const LinkImport& import, const std::string& out) {
  nlohmann::json links = nlohmann::json::array();
  for (const sim::LinkFit& fit : import.links) {
    nlohmann::json operations = nlohmann::json::object();
    for (const sim::OperationFit& operation : fit.operations) {
      nlohmann::json ranges = nlohmann::json::array();
      for (const sim::ResidualRange& range : operation.ranges)
        ranges.push_back({{"from_bytes", range.from_bytes},
                          {"to_bytes", range.to_bytes},
                          {"rows", range.rows},
                          {"mean_error", range.mean},
                          {"worst_error", range.worst}});
      operations[sim::NameOf(operation.operation)] = {
          {"rows", operation.rows},           {"ranks", operation.ranks},
          {"residual", operation.residual},   {"held_out", operation.held_out},
          {"best_gbps", operation.best_gbps}, {"knows_steps", operation.knows_steps},
          {"ranges", std::move(ranges)}};
    }
    links.push_back({{"name", fit.link.name()},
                     {"fitted_on", fit.link.fitted_on()},
                     {"peak_gbps", fit.link.peak_gbps()},
                     {"fitted", std::move(operations)}});
  }
  return {{"links", std::move(links)}, {"catalogue", import.yaml}, {"notes", import.notes}, {"out", out}};
}

int CalibrateLinks(const CalibrateOptions& options) {
  const Output output(options.json);
  const auto import = ImportNcclLogs(options);
  if (!import.ok()) return Fail(import.status());
  output.Print(LinkImportText(*import));
  if (options.out.empty()) {
    output.Print("\n" + import->yaml);
  } else {
    if (absl::Status written = WriteFile(options.out, import->yaml); !written.ok()) return Fail(written);
    output.Print(fmt::format("  links       {}\n", options.out));
  }
  if (absl::Status written = output.WriteJson(LinkImportJson(*import, options.out)); !written.ok())
    return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
