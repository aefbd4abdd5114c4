#include "dataplane/outgoing/dial.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace smartroute::outgoing {
namespace {

using config::AddressVerdict;

SocketAddress address_of(const char* text, std::uint16_t port = 443) {
  SocketAddress out;
  auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    out.size = sizeof v4;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    out.size = sizeof v6;
  }
  return out;
}

std::vector<SocketAddress> all_of(std::initializer_list<const char*> texts) {
  std::vector<SocketAddress> out;
  for (const char* text : texts) out.push_back(address_of(text));
  return out;
}

TEST(Check, PassesEveryAddressInItsOrder) {
  const auto checked = check(all_of({"93.184.216.34", "2606:2800:220:1::1"}), "api.example.com", false);
  ASSERT_TRUE(checked.has_value());
  ASSERT_EQ(checked->size(), 2u);
  EXPECT_EQ((*checked)[0].text(), "93.184.216.34:443");
  EXPECT_EQ((*checked)[1].text(), "[2606:2800:220:1::1]:443");
}

TEST(Check, RefusesANameForOneOfItsAddresses) {
  struct Row {
    std::initializer_list<const char*> addresses;
    const char* host;
    bool allow_private;
    AddressVerdict verdict;
  };
  const Row rows[] = {
      {{"93.184.216.34", "10.0.0.1"}, "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {{"10.0.0.1", "93.184.216.34"}, "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {{"93.184.216.34", "::1"}, "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {{"93.184.216.34", "169.254.169.254"}, "api.example.com", true, AddressVerdict::LinkLocal},
      {{"2606:2800:220:1::1", "fe80::1"}, "ollama", true, AddressVerdict::LinkLocal},
      {{"10.0.0.1", "64:ff9b::a9fe:a9fe"}, "ollama", true, AddressVerdict::LinkLocal},
      {{"93.184.216.34", "0.0.0.0"}, "api.example.com", true, AddressVerdict::NotUnicast},
  };
  for (const Row& row : rows) {
    const auto checked = check(all_of(row.addresses), row.host, row.allow_private);
    ASSERT_FALSE(checked.has_value()) << row.host;
    EXPECT_EQ(checked.error(), row.verdict) << row.host;
  }
}

TEST(Check, RefusesWhatIsNotTheInternet) {
  SocketAddress local;
  auto& name = reinterpret_cast<sockaddr_un&>(local.storage);
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, "/run/x.sock");
  local.size = sizeof name;
  EXPECT_EQ(check({local}, "localhost", true).error(), AddressVerdict::NotUnicast);
  SocketAddress cut = address_of("93.184.216.34");
  cut.size = 4;
  EXPECT_EQ(check({cut}, "api.example.com", true).error(), AddressVerdict::NotUnicast);
}

int tuned = -1;

TEST(Dial, ConnectsToTheCheckedAddress) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SocketAddress here = address_of("127.0.0.1", 0);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&here.storage), here.size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&here.storage), &here.size), 0);
  const auto checked = check({here}, "localhost", false);
  ASSERT_TRUE(checked.has_value());
  const Dialled dialled = dial(checked->front(), [](int fd) { tuned = fd; });
  ASSERT_GE(dialled.fd, 0) << std::strerror(dialled.error);
  EXPECT_EQ(tuned, dialled.fd);
  EXPECT_NE(::fcntl(dialled.fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(dialled.fd, F_GETFD) & FD_CLOEXEC, 0);
  const int accepted = ::accept(listener, nullptr, nullptr);
  EXPECT_GE(accepted, 0);
  ::close(accepted);
  ::close(dialled.fd);
  ::close(listener);
}

TEST(Dial, SaysWhyItFailedAndLeavesNoSocketBehind) {
  const auto checked = check({address_of("127.0.0.1", 1)}, "localhost", false);
  ASSERT_TRUE(checked.has_value());
  // A socket whose own address is of the other kind cannot connect at all.
  const Dialled dialled = dial(checked->front(), [](int fd) {
    const int plain = ::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int only = 1;
    ::setsockopt(plain, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    ::dup2(plain, fd);
    ::close(plain);
  });
  EXPECT_EQ(dialled.fd, -1);
  EXPECT_NE(dialled.error, 0);
  EXPECT_NE(dialled.error, EINPROGRESS);
}

}  // namespace
}  // namespace smartroute::outgoing
