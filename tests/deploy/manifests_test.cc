// The Kubernetes manifests: that what they refer to is there.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/deploy/deploy_files.h"

namespace ringside::deploy {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Pod specs of all workloads.
std::vector<YAML::Node> Pods() {
  std::vector<YAML::Node> pods = {Resource("Deployment", "ringside-server")["spec"]["template"]["spec"]};
  const YAML::Node roles = Resource("MPIJob", "ringside-programs")["spec"]["mpiReplicaSpecs"];
  for (const char* role : {"Launcher", "Worker"}) pods.push_back(roles[role]["template"]["spec"]);
  return pods;
}

std::vector<std::string> NamesOf(const std::string& kind) {
  std::vector<std::string> names;
  for (const YAML::Node& resource : Resources()) {
    if (resource["kind"].as<std::string>() == kind)
      names.push_back(resource["metadata"]["name"].as<std::string>());
  }
  return names;
}

TEST(Manifests, EveryResourceHasVersionKindAndName) {
  const std::vector<YAML::Node> resources = Resources();
  EXPECT_GE(resources.size(), 7u);
  std::set<std::string> seen;
  for (const YAML::Node& resource : resources) {
    EXPECT_FALSE(resource["apiVersion"].as<std::string>().empty());
    const std::string name =
        resource["kind"].as<std::string>() + "/" + resource["metadata"]["name"].as<std::string>();
    EXPECT_TRUE(seen.insert(name).second) << name << " twice";
  }
  const YAML::Node kustomization = ReadYaml("kubernetes/kustomization.yaml").at(0);
  EXPECT_THAT(NamesOf("Namespace"), Contains(kustomization["namespace"].as<std::string>()));
}

TEST(Manifests, VolumesMountedAreThereAndNameWhatExists) {
  std::vector<std::string> config_maps;
  for (const YAML::Node& generated : ReadYaml("kubernetes/kustomization.yaml").at(0)["configMapGenerator"]) {
    config_maps.push_back(generated["name"].as<std::string>());
    // A suffix would leave the MPIJob without it: kustomize does not know where that kind keeps names.
    EXPECT_TRUE(generated["options"]["disableNameSuffixHash"].as<bool>());
  }
  for (const YAML::Node& pod : Pods()) {
    std::vector<std::string> volumes;
    for (const YAML::Node& volume : pod["volumes"]) {
      volumes.push_back(volume["name"].as<std::string>());
      if (volume["configMap"]) {
        EXPECT_THAT(config_maps, Contains(volume["configMap"]["name"].as<std::string>()));
      }
      if (const YAML::Node claim = volume["persistentVolumeClaim"]) {
        EXPECT_THAT(NamesOf("PersistentVolumeClaim"), Contains(claim["claimName"].as<std::string>()));
      }
    }
    for (const YAML::Node& mount : pod["containers"][0]["volumeMounts"]) {
      EXPECT_THAT(volumes, Contains(mount["name"].as<std::string>()));
      EXPECT_EQ(mount["mountPath"].as<std::string>().front(), '/');
    }
  }
}

TEST(Manifests, ServicesFindTheServer) {
  const YAML::Node deployment = Resource("Deployment", "ringside-server");
  const YAML::Node labels = deployment["spec"]["template"]["metadata"]["labels"];
  std::set<std::string> ports;
  for (const YAML::Node& port : deployment["spec"]["template"]["spec"]["containers"][0]["ports"]) {
    ports.insert(port["name"].as<std::string>());
  }
  const auto matches = [&](const YAML::Node& selector) {
    for (const auto& wanted : selector) {
      const YAML::Node label = labels[wanted.first.as<std::string>()];
      EXPECT_TRUE(label && label.as<std::string>() == wanted.second.as<std::string>());
    }
  };
  matches(deployment["spec"]["selector"]["matchLabels"]);
  matches(Resource("NetworkPolicy", "ringside-server")["spec"]["podSelector"]["matchLabels"]);
  for (const std::string& name : {"ringside-coordinator", "ringside-evaluator"}) {
    const YAML::Node spec = Resource("Service", name)["spec"];
    matches(spec["selector"]);
    EXPECT_EQ(ports.count(spec["ports"][0]["targetPort"].as<std::string>()), 1u) << name;
  }
}

TEST(Manifests, TheServerListensWhereItIsProbedWithFlagsThatItHas) {
  const YAML::Node deployment = Resource("Deployment", "ringside-server");
  EXPECT_EQ(deployment["spec"]["replicas"].as<int>(), 1);  // the store is of one process
  EXPECT_EQ(deployment["spec"]["strategy"]["type"].as<std::string>(), "Recreate");
  const YAML::Node container = deployment["spec"]["template"]["spec"]["containers"][0];
  const std::vector<std::string> args = Strings(container["args"]);
  ASSERT_GE(args.size(), 2u);
  EXPECT_EQ(args[0] + " " + args[1], "ringside serve");
  const std::set<std::string> known = Flags(OutputOf(std::string(RINGSIDE_BINARY) + " serve --help"));
  for (const std::string& arg : args) {
    if (arg.rfind("--", 0) == 0) {
      EXPECT_EQ(known.count(arg), 1u) << arg;
    }
  }
  EXPECT_THAT(args, Contains("0.0.0.0:" + container["readinessProbe"]["grpc"]["port"].as<std::string>()));
  EXPECT_THAT(args, Contains("0.0.0.0:" + container["livenessProbe"]["grpc"]["port"].as<std::string>()));
}

TEST(Manifests, NobodyIsRootAndUserIdsAreThoseOfTheImage) {
  const std::string image = ReadText("container/Containerfile");
  EXPECT_THAT(image, HasSubstr("useradd --uid 1000"));
  for (const YAML::Node& pod : Pods()) {
    EXPECT_TRUE(pod["securityContext"]["runAsNonRoot"].as<bool>());
    EXPECT_EQ(pod["securityContext"]["runAsUser"].as<int>(), 1000);
    EXPECT_EQ(pod["containers"][0]["image"].as<std::string>(), "ringside");
  }
}

}  // namespace
}  // namespace ringside::deploy
