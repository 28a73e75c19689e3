// Reads the files of deploy/ for their tests.
#pragma once

#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <vector>

namespace ringside::deploy {

// Text of deploy/NAME; fails the test where it is missing.
std::string ReadText(const std::string& name);

// Every document of a YAML file.
std::vector<YAML::Node> ReadYaml(const std::string& name);

// All documents of all resources that kustomization.yaml lists.
std::vector<YAML::Node> Resources();

// The one of that kind and name; fails the test where there is none.
YAML::Node Resource(const std::string& kind, const std::string& name);

std::vector<std::string> Strings(const YAML::Node& sequence);

// The keys of a map that are not in `known`.
std::vector<std::string> UnknownKeys(const YAML::Node& map, const std::set<std::string>& known);

// What a program prints for ARGUMENTS, stdout and stderr.
std::string OutputOf(const std::string& command);

// All words of `text` that begin with "--", without what follows a '='.
std::set<std::string> Flags(const std::string& text);

}  // namespace ringside::deploy
