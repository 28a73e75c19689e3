// `ringside calibrate --nccl-tests`: logs of nccl-tests to links of the catalogue.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "nlohmann/json_fwd.hpp"
#include "sim/calibration/link_fit.h"

namespace ringside::cli {

struct LinkImport {
  std::vector<sim::NcclTable> tables;
  std::vector<sim::LinkFit> links;  // inside nodes, between nodes, or both
  std::string yaml;                 // the catalogue's form
  std::vector<std::string> notes;   // what was passed over
};

// Tables of one node give a link inside nodes, tables over several one between them: NAME, or NAME-node and
// NAME-net where there are both. The latter needs the link inside: the one just fitted, or options.scale_up
// of the catalogue.
absl::StatusOr<LinkImport> ImportNcclLogs(const CalibrateOptions& options);

std::string LinkImportText(const LinkImport& import);
nlohmann::json LinkImportJson(const LinkImport& import, const std::string& out);

int CalibrateLinks(const CalibrateOptions& options);

}  // namespace ringside::cli
