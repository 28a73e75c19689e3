// Container file and systemd unit: that what they name is there.
#include <regex>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/deploy/deploy_files.h"

namespace ringside::deploy {
namespace {

using ::testing::HasSubstr;

TEST(Containerfile, CopiesFilesThatAreThere) {
  const std::string text = ReadText("container/Containerfile");
  static const std::regex copy("COPY deploy/(\\S+) ");
  int copied = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), copy), end; it != end; ++it, ++copied) {
    EXPECT_FALSE(ReadText((*it)[1]).empty());
  }
  EXPECT_GE(copied, 4);
}

TEST(Containerfile, BuildsForOtherMachinesFromTheListOfPackages) {
  const std::string text = ReadText("container/Containerfile");
  EXPECT_THAT(text, HasSubstr("-DRINGSIDE_NATIVE=OFF"));
  EXPECT_THAT(text, HasSubstr("COPY deploy/packages.txt"));
  EXPECT_THAT(text, HasSubstr("USER 1000:1000"));
  for (const char* port : {"7070", "7071", "2222"}) EXPECT_THAT(text, HasSubstr(port));
  // What it takes for running are packages of that list.
  EXPECT_THAT(ReadText("packages.txt"), HasSubstr("openmpi-bin"));
}

TEST(SystemdUnit, HasSectionsKeysAndFlagsThatExist) {
  const std::set<std::string> known = {"Description",
                                       "After",
                                       "Wants",
                                       "Type",
                                       "User",
                                       "Group",
                                       "StateDirectory",
                                       "StateDirectoryMode",
                                       "Environment",
                                       "ExecStart",
                                       "TimeoutStopSec",
                                       "Restart",
                                       "RestartSec",
                                       "KillMode",
                                       "NoNewPrivileges",
                                       "ProtectSystem",
                                       "ProtectHome",
                                       "PrivateTmp",
                                       "ProtectKernelTunables",
                                       "ProtectControlGroups",
                                       "RestrictSUIDSGID",
                                       "LimitNOFILE",
                                       "WantedBy"};
  std::istringstream unit(ReadText("systemd/ringside.service"));
  std::set<std::string> sections;
  std::string start;
  for (std::string line; std::getline(unit, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      sections.insert(line);
      continue;
    }
    const size_t equals = line.find('=');
    ASSERT_NE(equals, std::string::npos) << line;
    EXPECT_EQ(known.count(line.substr(0, equals)), 1u) << line;
    if (line.rfind("ExecStart=", 0) == 0) start = line.substr(equals + 1);
  }
  EXPECT_EQ(sections, (std::set<std::string>{"[Unit]", "[Service]", "[Install]"}));
  EXPECT_EQ(start.rfind("/usr/local/bin/ringside serve ", 0), 0u) << start;
  const std::set<std::string> flags = Flags(OutputOf(std::string(RINGSIDE_BINARY) + " serve --help"));
  for (const std::string& flag : Flags(start)) EXPECT_EQ(flags.count(flag), 1u) << flag;
  EXPECT_THAT(start, HasSubstr("127.0.0.1:7070"));  // loopback, as there is no authentication
}

TEST(SystemdUnit, RunsAsTheUserThatIsMadeForIt) {
  EXPECT_THAT(ReadText("systemd/ringside.service"), HasSubstr("User=ringside\n"));
  EXPECT_THAT(ReadText("systemd/ringside.sysusers"), HasSubstr("u ringside "));
}

}  // namespace
}  // namespace ringside::deploy
