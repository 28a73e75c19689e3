// deploy/kubernetes/mpijob.yaml against what kubeflow.org/v2beta1 requires of an MPIJob: the fields, types
// and enumerations of the operator's custom resource definition, as far as the file uses them, and none
// besides.
#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/deploy/deploy_files.h"

namespace ringside::deploy {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;

class MpiJobTest : public ::testing::Test {
 protected:
  YAML::Node job_ = Resource("MPIJob", "ringside-programs");
  YAML::Node spec_ = job_["spec"];

  YAML::Node Pod(const std::string& role) { return spec_["mpiReplicaSpecs"][role]["template"]["spec"]; }
};

TEST_F(MpiJobTest, HasTheFieldsAndTypesOfV2beta1) {
  EXPECT_EQ(job_["apiVersion"].as<std::string>(), "kubeflow.org/v2beta1");
  EXPECT_THAT(UnknownKeys(job_, {"apiVersion", "kind", "metadata", "spec"}), IsEmpty());
  EXPECT_THAT(UnknownKeys(spec_, {"slotsPerWorker", "runLauncherAsWorker", "runPolicy", "mpiReplicaSpecs",
                                  "sshAuthMountPath", "launcherCreationPolicy", "mpiImplementation"}),
              IsEmpty());
  EXPECT_GE(spec_["slotsPerWorker"].as<int>(), 1);
  EXPECT_THAT(spec_["mpiImplementation"].as<std::string>(), AnyOf("OpenMPI", "Intel", "MPICH"));
  EXPECT_EQ(spec_["launcherCreationPolicy"].as<std::string>(), "WaitForWorkersReady");
  EXPECT_EQ(spec_["sshAuthMountPath"].as<std::string>().front(), '/');
}

TEST_F(MpiJobTest, RunPolicyIsOfV2beta1) {
  const YAML::Node policy = spec_["runPolicy"];
  EXPECT_THAT(UnknownKeys(policy, {"cleanPodPolicy", "ttlSecondsAfterFinished", "activeDeadlineSeconds",
                                   "backoffLimit", "suspend", "schedulingPolicy", "managedBy"}),
              IsEmpty());
  EXPECT_THAT(policy["cleanPodPolicy"].as<std::string>(), AnyOf("Running", "All", "None"));
  EXPECT_GT(policy["activeDeadlineSeconds"].as<int>(), 0) << "a job without an end hides a dead worker";
  EXPECT_GE(policy["backoffLimit"].as<int>(), 0);
}

TEST_F(MpiJobTest, HasOneLauncherAndWorkers) {
  const YAML::Node roles = spec_["mpiReplicaSpecs"];
  EXPECT_THAT(UnknownKeys(roles, {"Launcher", "Worker"}), IsEmpty());
  EXPECT_EQ(roles["Launcher"]["replicas"].as<int>(), 1);
  EXPECT_GE(roles["Worker"]["replicas"].as<int>(), 1);
  for (const char* role : {"Launcher", "Worker"}) {
    EXPECT_THAT(UnknownKeys(roles[role], {"replicas", "restartPolicy", "template"}), IsEmpty()) << role;
    EXPECT_THAT(roles[role]["restartPolicy"].as<std::string>(),
                AnyOf("Never", "OnFailure", "Always", "ExitCode"));
    const YAML::Node containers = Pod(role)["containers"];
    ASSERT_GE(containers.size(), 1u) << role;
    EXPECT_FALSE(containers[0]["name"].as<std::string>().empty());
    EXPECT_EQ(containers[0]["image"].as<std::string>(), "ringside");
    EXPECT_TRUE(containers[0]["command"].IsSequence());
  }
}

TEST_F(MpiJobTest, WorkersAreReadyWhenTheirSshdAnswers) {
  const YAML::Node worker = Pod("Worker")["containers"][0];
  const int port = worker["readinessProbe"]["tcpSocket"]["port"].as<int>();
  EXPECT_EQ(port, 2222);
  EXPECT_EQ(worker["ports"][0]["containerPort"].as<int>(), port);
  EXPECT_THAT(ReadText("container/sshd_config"), ::testing::HasSubstr("Port " + std::to_string(port) + "\n"));
  EXPECT_THAT(ReadText("container/ssh_config"), ::testing::HasSubstr("Port " + std::to_string(port) + "\n"));
  EXPECT_THAT(Strings(worker["args"]), ::testing::Contains("/home/mpiuser/.sshd_config"));
  EXPECT_THAT(ReadText("container/Containerfile"),
              ::testing::HasSubstr("sshd_config /home/mpiuser/.sshd_config"));
}

TEST_F(MpiJobTest, KeysLieWhereSshAndSshdLookForThem) {
  const std::string keys = spec_["sshAuthMountPath"].as<std::string>();
  const std::string sshd = ReadText("container/sshd_config"), ssh = ReadText("container/ssh_config");
  EXPECT_THAT(sshd, ::testing::HasSubstr("HostKey " + keys + "/id_rsa"));
  EXPECT_THAT(sshd, ::testing::HasSubstr("AuthorizedKeysFile " + keys + "/authorized_keys"));
  EXPECT_THAT(sshd, ::testing::HasSubstr("StrictModes no"));
  EXPECT_THAT(ssh, ::testing::HasSubstr("IdentityFile " + keys + "/id_rsa"));
}

TEST_F(MpiJobTest, NamesInterfacesAndStartsNoMoreRanksThanSlots) {
  const std::vector<std::string> args = Strings(Pod("Launcher")["containers"][0]["args"]);
  const auto after = [&](const std::string& name) -> std::string {
    const auto it = std::find(args.begin(), args.end(), name);
    return it == args.end() || it + 1 == args.end() ? "" : *(it + 1);
  };
  EXPECT_FALSE(after("btl_tcp_if_include").empty());
  EXPECT_EQ(after("btl_tcp_if_include"), after("oob_tcp_if_include"));
  EXPECT_EQ(std::stoi(after("-np")),
            spec_["slotsPerWorker"].as<int>() * spec_["mpiReplicaSpecs"]["Worker"]["replicas"].as<int>());
}

TEST_F(MpiJobTest, GivesTheWorkerProgramOnlyFlagsThatItHas) {
  const std::vector<std::string> args = Strings(Pod("Launcher")["containers"][0]["args"]);
  const auto program = std::find(args.begin(), args.end(), "ringside-worker");
  ASSERT_NE(program, args.end());
  const std::set<std::string> known = Flags(OutputOf(std::string(RINGSIDE_WORKER) + " --help"));
  ASSERT_FALSE(known.empty());
  for (auto arg = program; arg != args.end(); ++arg) {
    if (arg->rfind("--", 0) == 0) {
      EXPECT_EQ(known.count(*arg), 1u) << *arg;
    }
  }
}

}  // namespace
}  // namespace ringside::deploy
