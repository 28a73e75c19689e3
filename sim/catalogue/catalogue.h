// Devices, links and software stacks that predictions are made for: YAML files of sim/catalogue/data,
// compiled into the library so that the binary works anywhere.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ringside/v1/hardware.pb.h"

namespace ringside::sim {

// The files that were compiled in, resolved. Checked by a test; ends the program if they are malformed.
const v1::Catalogue& BuiltInCatalogue();
v1::Catalogue ParsedBuiltInCatalogue();

// As the text says. Strict: unknown keys, wrong types, names given twice, a trait or link that is not there
// and rates that are not positive are INVALID_ARGUMENT.
absl::StatusOr<v1::Catalogue> ParseCatalogue(std::string_view text, std::string_view file_name);

// Fills `resolved` so that a prediction needs no look-ups: a stack has every field of its traits, in their
// order, that it does not set itself; a device has its sustained clock. Where `resolved` has the same entries
// already, they keep their addresses.
void Resolve(const v1::Catalogue& parsed, v1::Catalogue* resolved);
absl::StatusOr<v1::Catalogue> ResolvedCatalogue(std::string_view text, std::string_view file_name);

// By name or alias, whatever the case; null: there is none.
const v1::GpuDevice* FindDevice(const v1::Catalogue& catalogue, std::string_view name);
const v1::Interconnect* FindLink(const v1::Catalogue& catalogue, std::string_view name);
const v1::SoftwareStack* FindStack(const v1::Catalogue& catalogue, std::string_view name);

}  // namespace ringside::sim
