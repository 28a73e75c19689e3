#include "sim/catalogue/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "proto/yaml.h"
#include "sim/catalogue/embedded.h"

namespace ringside::sim {
namespace {

bool Same(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase({a.data(), a.size()}, {b.data(), b.size()});
}

template <typename Entry>
bool IsCalled(const Entry& entry, std::string_view name) {
  if (Same(entry.name(), name)) return true;
  for (const std::string& alias : entry.aliases())
    if (Same(alias, name)) return true;
  return false;
}

absl::Status Wrong(std::string_view file, std::string_view entry, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}: {}", file, entry, what));
}

absl::Status Check(const v1::Catalogue& catalogue, std::string_view file) {
  std::set<std::string> names;
  const auto add = [&](const std::string& name) { return names.insert(absl::AsciiStrToLower(name)).second; };
  for (const v1::GpuDevice& device : catalogue.devices()) {
    if (device.name().empty() || !add(device.name()))
      return Wrong(file, device.name(), "name is empty or given twice");
    for (const std::string& alias : device.aliases())
      if (!add(alias)) return Wrong(file, device.name(), fmt::format("alias {} is given twice", alias));
    if (device.source().empty()) return Wrong(file, device.name(), "source is missing");
    if (!(device.memory_gib() > 0) || !(device.memory_gbps() > 0) || device.multiprocessors() <= 0 ||
        !(device.peak_tflops().fp16() > 0))
      return Wrong(file, device.name(),
                   "memory, its rate, multiprocessors and the fp16 peak must be positive");
    if (!(device.gemm().mma_efficiency() > 0) || !(device.gemm().hbm_efficiency() > 0) ||
        !(device.gemm().l2_gbps() > 0) || !(device.gemm().overlap_power() >= 1) ||
        !(device.attention().efficiency() > 0) ||
        !(device.sustained_clock() > 0 || (catalogue.clock().share() > 0 && device.power_w() > 0)))
      return Wrong(file, device.name(), "the constants of a law are missing");
    if (FindLink(catalogue, device.scale_up()) == nullptr ||
        FindLink(catalogue, device.scale_out()) == nullptr)
      return Wrong(file, device.name(), "scale_up or scale_out is no link of the catalogue");
    if ((device.price_per_hour_usd() > 0) != !device.price_source().empty())
      return Wrong(file, device.name(), "a price needs a source, and a source a price");
  }
  for (const v1::Interconnect& link : catalogue.links()) {
    if (link.name().empty() || !add(link.name()))
      return Wrong(file, link.name(), "name is empty or given twice");
    if (link.source().empty()) return Wrong(file, link.name(), "source is missing");
    for (const v1::CollectiveLaw* law :
         {&link.all_reduce(), &link.all_gather(), &link.reduce_scatter(), &link.all_to_all()})
      if (!(law->gbps() > 0)) return Wrong(file, link.name(), "the rate of a collective is missing");
  }
  for (const auto* entries : {&catalogue.stacks(), &catalogue.traits()})
    for (const v1::SoftwareStack& stack : *entries)
      if (stack.name().empty() || !add(stack.name()))
        return Wrong(file, stack.name(), "name is empty or given twice");
  return absl::OkStatus();
}

const v1::SoftwareStack* FindTrait(const v1::Catalogue& catalogue, std::string_view name) {
  for (const v1::SoftwareStack& trait : catalogue.traits())
    if (Same(trait.name(), name)) return &trait;
  return nullptr;
}

// Traits are merged in their order, what the stack sets itself comes last.
absl::Status CheckTraits(const v1::Catalogue& catalogue, std::string_view file) {
  for (const v1::SoftwareStack& stack : catalogue.stacks())
    for (const std::string& name : stack.traits())
      if (FindTrait(catalogue, name) == nullptr)
        return Wrong(file, stack.name(), fmt::format("its trait {} is not there", name));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Catalogue> ParseCatalogue(std::string_view text, std::string_view file_name) {
  v1::Catalogue catalogue;
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(text, file_name, &catalogue));
  RINGSIDE_RETURN_IF_ERROR(Check(catalogue, file_name));
  RINGSIDE_RETURN_IF_ERROR(CheckTraits(catalogue, file_name));
  return catalogue;
}

void Resolve(const v1::Catalogue& parsed, v1::Catalogue* resolved) {
  if (resolved->stacks_size() != parsed.stacks_size() || resolved->devices_size() != parsed.devices_size())
    *resolved = parsed;
  for (int i = 0; i < parsed.stacks_size(); ++i) {
    v1::SoftwareStack merged;
    for (const std::string& name : parsed.stacks(i).traits()) merged.MergeFrom(*FindTrait(parsed, name));
    merged.clear_traits();
    merged.MergeFrom(parsed.stacks(i));
    *resolved->mutable_stacks(i) = merged;
  }
  for (int i = 0; i < parsed.links_size(); ++i) *resolved->mutable_links(i) = parsed.links(i);
  for (int i = 0; i < parsed.devices_size(); ++i) {
    v1::GpuDevice& device = *resolved->mutable_devices(i);
    device = parsed.devices(i);
    if (device.sustained_clock() > 0) continue;
    const v1::ClockLaw& law = parsed.clock();
    const double density =
        std::max(device.peak_tflops().bf16(), device.peak_tflops().fp16()) / device.power_w();
    double reference = density;
    for (const v1::ArchitectureDensity& each : law.reference())
      if (each.architecture() == device.architecture()) reference = each.tflops_per_watt();
    device.set_sustained_clock(std::min(1.0, law.share() * std::pow(reference, -law.exponent()) *
                                                 std::pow(density / reference, -law.power_exponent())));
  }
}

absl::StatusOr<v1::Catalogue> ResolvedCatalogue(std::string_view text, std::string_view file_name) {
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Catalogue parsed, ParseCatalogue(text, file_name));
  v1::Catalogue resolved;
  Resolve(parsed, &resolved);
  return resolved;
}

v1::Catalogue ParsedBuiltInCatalogue() {
  absl::StatusOr<v1::Catalogue> parsed =
      ParseCatalogue(std::string(kEmbeddedDevices) + kEmbeddedLinks + kEmbeddedStacks, "catalogue");
  if (!parsed.ok()) {
    fmt::print(stderr, "{}\n", std::string(parsed.status().message()));
    RINGSIDE_CHECK(parsed.ok());
  }
  return *std::move(parsed);
}

const v1::Catalogue& BuiltInCatalogue() {
  static const auto* const kCatalogue = [] {
    auto* resolved = new v1::Catalogue;
    Resolve(ParsedBuiltInCatalogue(), resolved);
    return resolved;
  }();
  return *kCatalogue;
}

const v1::GpuDevice* FindDevice(const v1::Catalogue& catalogue, std::string_view name) {
  for (const v1::GpuDevice& device : catalogue.devices())
    if (IsCalled(device, name)) return &device;
  return nullptr;
}

const v1::Interconnect* FindLink(const v1::Catalogue& catalogue, std::string_view name) {
  for (const v1::Interconnect& link : catalogue.links())
    if (IsCalled(link, name)) return &link;
  return nullptr;
}

const v1::SoftwareStack* FindStack(const v1::Catalogue& catalogue, std::string_view name) {
  for (const v1::SoftwareStack& stack : catalogue.stacks())
    if (Same(stack.name(), name)) return &stack;
  return nullptr;
}

}  // namespace ringside::sim
