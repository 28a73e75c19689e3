#include "sim/calibration/link_file.h"

#include <fmt/format.h>

#include "base/status_macros.h"
#include "sim/catalogue/catalogue.h"

namespace ringside::sim {

absl::StatusOr<v1::Catalogue> WithLinks(const v1::Catalogue& base, std::string_view text,
                                        const std::string& file) {
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Catalogue parsed, ParseCatalogue(text, file));
  v1::Catalogue rest = parsed;
  rest.clear_links();
  if (parsed.links().empty() || rest.ByteSizeLong() > 0)
    return absl::InvalidArgumentError(fmt::format("{}: expected links and nothing else", file));
  v1::Catalogue merged = base;
  for (const v1::Interconnect& link : parsed.links()) {
    v1::Interconnect* place = nullptr;
    for (v1::Interconnect& known : *merged.mutable_links())
      if (FindLink(base, link.name()) != nullptr && FindLink(base, link.name())->name() == known.name())
        place = &known;
    if (place == nullptr) {
      *merged.add_links() = link;
      continue;
    }
    // Devices may know it by one of its aliases.
    const auto aliases = place->aliases();
    const std::string name = place->name();
    *place = link;
    place->set_name(name);
    *place->mutable_aliases() = aliases;
  }
  return merged;
}

}  // namespace ringside::sim
