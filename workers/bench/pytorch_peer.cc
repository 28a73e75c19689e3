#include "workers/bench/pytorch_peer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"

namespace ringside::bench {
namespace {

constexpr char kReady[] = "ready ";

// The one of the path, or Debian's, whose packages another one does not see.
absl::StatusOr<std::string> PythonWithTorch() {
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    const auto child =
        ChildProcess::Start({"/bin/sh", "-c", fmt::format("{} -c 'import torch' 2> /dev/null", python)});
    if (child.ok() && (*child)->ReadToEnd().ok()) return python;
  }
  return absl::NotFoundError("no Python here can import torch: apt-get install python3-torch python3-numpy");
}

absl::StatusOr<std::vector<std::string>> CommandOf(const plan::Resolved& r) {
  if (r.llama() || r.experts > 0 || !r.tied) return absl::UnimplementedError("the peer is written for GPT-2");
  RINGSIDE_ASSIGN_OR_RETURN(const std::string python, PythonWithTorch());
  std::vector<std::string> command = {python, "-B", "-W", "ignore", RINGSIDE_PYTORCH_PEER};
  for (const auto& [name, value] :
       {std::pair("--layers", r.layers), std::pair("--width", r.hidden), std::pair("--heads", r.heads),
        std::pair("--ffn", r.ffn_hidden), std::pair("--vocab", r.vocab), std::pair("--length", r.seq_len),
        std::pair("--batch", r.micro_batch)}) {
    command.insert(command.end(), {name, std::to_string(value)});
  }
  return command;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PyTorchPeer>> PyTorchPeer::Start(const plan::Resolved& resolved, int ranks) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<std::string> command, CommandOf(resolved));
  auto peer = std::make_unique<PyTorchPeer>();
  const int port = 20000 + getpid() % 20000;
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<std::pair<std::string, std::string>> variables;
    if (ranks > 1) {
      variables = {{"RANK", std::to_string(rank)},
                   {"WORLD_SIZE", std::to_string(ranks)},
                   {"MASTER_ADDR", "127.0.0.1"},
                   {"MASTER_PORT", std::to_string(port)}};
    }
    RINGSIDE_ASSIGN_OR_RETURN(auto child, ChildProcess::Start(command, variables));
    peer->ranks_.push_back(std::move(child));
  }
  for (const auto& rank : peer->ranks_) {
    for (peer->version_.clear(); peer->version_.empty();) {
      RINGSIDE_ASSIGN_OR_RETURN(const std::string line, rank->ReadLine());
      if (line.starts_with(kReady)) peer->version_ = line.substr(sizeof(kReady) - 1);
    }
  }
  return peer;
}

absl::StatusOr<std::vector<double>> PyTorchPeer::Step(int steps) {
  for (const auto& rank : ranks_) RINGSIDE_RETURN_IF_ERROR(rank->WriteLine(std::to_string(steps)));
  std::vector<double> slowest(steps, 0);
  for (const auto& rank : ranks_) {
    RINGSIDE_ASSIGN_OR_RETURN(const std::string line, rank->ReadLine());
    const auto seconds = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!seconds.is_array() || seconds.size() != slowest.size()) {
      return absl::InternalError(fmt::format("PyTorch answered \"{}\"", line));
    }
    for (size_t i = 0; i < slowest.size(); ++i) slowest[i] = std::max(slowest[i], seconds[i].get<double>());
  }
  return slowest;
}

}  // namespace ringside::bench
