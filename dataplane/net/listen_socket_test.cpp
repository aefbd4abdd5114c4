#include "dataplane/net/listen_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace smartroute::net {
namespace {

class UnixListenerTest : public ::testing::Test {
 protected:
  UnixListenerTest() {
    char name[] = "/tmp/smartroute-unix-XXXXXX";
    folder = ::mkdtemp(name);
    address.path = folder / "proxy.sock";
  }
  ~UnixListenerTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  // 0, or why nobody answers.
  int connect() const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address.path.data(), address.path.size());
    const int error = ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 ? 0 : errno;
    ::close(fd);
    return error;
  }
  mode_t mode_of_file() const {
    struct stat found {};
    return ::stat(address.path.c_str(), &found) == 0 ? found.st_mode : 0;
  }

  std::filesystem::path folder;
  UnixAddress address;
};

TEST_F(UnixListenerTest, MakesAFileOfTheModeAskedForWhateverTheUmask) {
  for (const unsigned mode : {0660u, 0600u, 0777u}) {
    const mode_t before = ::umask(027);
    const auto listener = UnixListener::open(address, mode);
    ::umask(before);
    ASSERT_TRUE(listener) << listener.error().text();
    EXPECT_TRUE(S_ISSOCK(mode_of_file()));
    EXPECT_EQ(mode_of_file() & 07777, mode);
    EXPECT_EQ(connect(), 0);
  }
  EXPECT_EQ(mode_of_file(), 0u) << "it goes with its listener";
}

TEST_F(UnixListenerTest, ReplacesTheFileOfAProcessThatIsGone) {
  const auto gone = UnixListener::open(address, 0600);
  ASSERT_TRUE(gone);
  std::filesystem::rename(address.path, folder / "kept.sock");
  (*gone)->hide();
  std::filesystem::rename(folder / "kept.sock", address.path);
  ASSERT_EQ(connect(), ECONNREFUSED);
  const auto fresh = UnixListener::open(address, 0600);
  ASSERT_TRUE(fresh) << fresh.error().text();
  EXPECT_EQ(connect(), 0);
}

TEST_F(UnixListenerTest, RefusesAPlaceThatIsTaken) {
  const auto first = UnixListener::open(address, 0600);
  ASSERT_TRUE(first);
  const auto second = UnixListener::open(address, 0600);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text().find("another process listens there"), std::string::npos) << second.error().text();
  EXPECT_EQ(connect(), 0) << "the first is as it was";

  UnixAddress file;
  file.path = folder / "notes.txt";
  std::ofstream(file.path) << "mine";
  const auto over_file = UnixListener::open(file, 0600);
  ASSERT_FALSE(over_file);
  EXPECT_NE(over_file.error().text().find("something that is no socket stands there"), std::string::npos) << over_file.error().text();
  EXPECT_TRUE(std::filesystem::exists(file.path));

  UnixAddress nowhere;
  nowhere.path = folder / "none" / "proxy.sock";
  const auto lost = UnixListener::open(nowhere, 0600);
  ASSERT_FALSE(lost);
  EXPECT_NE(lost.error().text().find("No such file or directory"), std::string::npos) << lost.error().text();
}

TEST_F(UnixListenerTest, HidesWithoutTurningAwayWhoHasConnected) {
  const auto listener = UnixListener::open(address, 0600);
  ASSERT_TRUE(listener);
  const auto worker = (*listener)->share();
  ASSERT_TRUE(worker);
  ASSERT_EQ(connect(), 0);
  (*listener)->hide();
  EXPECT_EQ(connect(), ENOENT);
  const int waited = ::accept4(*worker, nullptr, nullptr, SOCK_CLOEXEC);
  EXPECT_GE(waited, 0);
  ::close(waited);
  ::close(*worker);
}

TEST_F(UnixListenerTest, LeavesTheFileOfItsSuccessorAlone) {
  auto old = UnixListener::open(address, 0600);
  ASSERT_TRUE(old);
  std::filesystem::remove(address.path);
  const auto next = UnixListener::open(address, 0600);
  ASSERT_TRUE(next);
  old->reset();
  EXPECT_EQ(connect(), 0);
}

}  // namespace
}  // namespace smartroute::net
