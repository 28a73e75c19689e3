#include "tests/deploy/deploy_files.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>

#include "gtest/gtest.h"

namespace ringside::deploy {

std::string ReadText(const std::string& name) {
  std::ifstream file(std::string(RINGSIDE_DEPLOY) + "/" + name);
  EXPECT_TRUE(file.good()) << "deploy/" << name << " is missing";
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<YAML::Node> ReadYaml(const std::string& name) {
  return YAML::LoadAll(ReadText(name));
}

std::vector<YAML::Node> Resources() {
  std::vector<YAML::Node> all;
  for (const std::string& file : Strings(ReadYaml("kubernetes/kustomization.yaml").at(0)["resources"])) {
    for (const YAML::Node& document : ReadYaml("kubernetes/" + file)) all.push_back(document);
  }
  return all;
}

YAML::Node Resource(const std::string& kind, const std::string& name) {
  for (const YAML::Node& resource : Resources()) {
    if (resource["kind"].as<std::string>() == kind &&
        resource["metadata"]["name"].as<std::string>() == name) {
      return resource;
    }
  }
  ADD_FAILURE() << "no " << kind << " " << name;
  return YAML::Node(YAML::NodeType::Map);
}

std::vector<std::string> Strings(const YAML::Node& sequence) {
  std::vector<std::string> strings;
  EXPECT_TRUE(sequence && sequence.IsSequence());
  for (const YAML::Node& item : sequence) strings.push_back(item.as<std::string>());
  return strings;
}

std::vector<std::string> UnknownKeys(const YAML::Node& map, const std::set<std::string>& known) {
  std::vector<std::string> unknown;
  for (const auto& entry : map) {
    if (known.count(entry.first.as<std::string>()) == 0) unknown.push_back(entry.first.as<std::string>());
  }
  return unknown;
}

std::string OutputOf(const std::string& command) {
  std::string output;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::array<char, 4096> part;
  for (size_t n; pipe != nullptr && (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    output.append(part.data(), n);
  if (pipe != nullptr) ::pclose(pipe);
  return output;
}

std::set<std::string> Flags(const std::string& text) {
  std::set<std::string> flags;
  static const std::regex flag("(^|[\\s(\\[,\"])(--[a-z][a-z-]*)");
  for (std::sregex_iterator it(text.begin(), text.end(), flag), end; it != end; ++it) flags.insert((*it)[2]);
  return flags;
}

}  // namespace ringside::deploy
