// Links of a file in place of the catalogue's.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ringside/v1/hardware.pb.h"

namespace ringside::sim {

// `base` with the links of `text`, a file as LinksYaml writes it: a link takes the place of the one with its
// name, and others are added, so that a link called "ib-hdr" is what every device with that link is predicted
// with. INVALID_ARGUMENT as ParseCatalogue, and for a file that has anything but links, or none.
absl::StatusOr<v1::Catalogue> WithLinks(const v1::Catalogue& base, std::string_view text,
                                        const std::string& file);

}  // namespace ringside::sim
