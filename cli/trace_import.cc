#include "cli/trace_import.h"

#include <utility>

#include "cli/calibration.h"
#include "cli/output.h"
#include "cli/profile_location.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "sim/calibration/trace_refit.h"
#include "trace/format.h"
#include "trace/store.h"
#include "trace/table.h"

namespace ringside::cli {

int CalibrateFromTrace(const CalibrateOptions& options) {
  const Output output(options.json);
  if (options.out.empty())
    return Fail(absl::InvalidArgumentError("--trace: say where the corrected profile goes (--out)"));
  const auto trace = trace::LoadTrace(options.trace);
  if (!trace.ok()) return Fail(trace.status());
  if (trace->origin() != v1::ORIGIN_MEASURED)
    return Fail(absl::InvalidArgumentError(
        fmt::format("{}: is a predicted trace; a prediction is not corrected by itself", options.trace)));
  auto base = ChooseProfile(options.profile);
  if (!base.ok()) return Fail(base.status());
  auto refit = sim::RefitToTrace(*trace, base->profile);
  if (!refit.ok()) return Fail(refit.status());
  refit->profile.add_notes(
      fmt::format("kernels corrected by the run in {}; before: {}", options.trace, base->source));
  trace::Table table;
  table.Column("kernel", trace::Table::Align::kLeft)
      .Column("ops a step")
      .Column("time")
      .Column("measured / predicted");
  table.Column("error before").Column("after");
  nlohmann::json kinds = nlohmann::json::array();
  for (const sim::KindRefit& kind : refit->kinds) {
    table.Row({kind.law, fmt::to_string(kind.ops), trace::FormatSeconds(kind.measured_s),
               fmt::format("{:.2f}", kind.factor), trace::FormatPercent(kind.before),
               trace::FormatPercent(kind.after)});
    kinds.push_back({{"kernel", kind.law},
                     {"ops", kind.ops},
                     {"measured_s", kind.measured_s},
                     {"factor", kind.factor},
                     {"error_before", kind.before},
                     {"error_after", kind.after}});
  }
  if (absl::Status saved = SaveProfileWithParents(refit->profile, options.out); !saved.ok())
    return Fail(saved);
  output.Print(table.Text());
  output.Print(fmt::format("\n  before      {}\n  profile     {}\n", base->source, options.out));
  const nlohmann::json document = {
      {"profile", options.out}, {"base", base->source}, {"kernels", std::move(kinds)}};
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
