#include "tools/cli/supervisor.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace smartroute::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;

// Answers "ready" to whoever asks, as the proxy's ops port would.
class ReadyPort {
 public:
  ReadyPort() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), length);
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { answer(); });
  }
  ~ReadyPort() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void answer() {
    for (int peer = ::accept(fd_, nullptr, nullptr); peer >= 0;
         peer = ::accept(fd_, nullptr, nullptr)) {
      char request[2048];
      const auto got = ::recv(peer, request, sizeof request, 0);
      const std::string text = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nready\n";
      if (got > 0) ::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  }
  int fd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// The planes are shell scripts here: what is tested is how real processes are run, not what they
// do.
class SupervisorOfScripts : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("supervisor_") +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    for (const char* part : {"bin", "state/logs", "state/run"})
      std::filesystem::create_directories(folder_ / part);
    plan_.programs = folder_ / "bin";
    plan_.state = folder_ / "state";
    plan_.addresses =
        Addresses{"127.0.0.1:0", "127.0.0.1:0", "unix:/tmp/x.sock", "127.0.0.1:0", "127.0.0.1:0"};
    timing_.first_pause = std::chrono::milliseconds(1);
    write_control(kObey);
    write_proxy(kObey);
  }

  // Ends on SIGTERM, as daemons do.
  static constexpr const char* kObey = "trap 'exit 0' TERM\nwhile :; do sleep 5 & wait $!; done\n";

  void write_control(const std::string& then) {
    write("smartroute-control",
          R"({"admin":"127.0.0.1:11","grpc":"unix:/tmp/x.sock","control_ops":"127.0.0.1:12"})",
          then);
  }
  void write_proxy(const std::string& then) {
    write("smartroute-proxy",
          R"({"listen":"127.0.0.1:13","proxy_ops":")" + ready_.address() + R"("})", then);
  }
  // A script that notes its arguments, says it is ready, and goes on with `then`.
  void write(const std::string& name, const std::string& ready, const std::string& then) {
    const auto path = folder_ / "bin" / name;
    std::ofstream(path)
        << "#!/bin/sh\nnotes=" << (folder_ / name).string() << "\necho \"$*\" >> $notes\n"
        << "for a; do [ \"$previous\" = --ready-file ] && file=$a; previous=$a; done\n"
        << "echo '" << ready << "' > $file.new && mv $file.new $file\n"
        << then;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  std::string notes_of(const std::string& name) { return read_file(folder_ / name).value_or(""); }

  // Tells this process to stop as soon as the supervisor says something like `text`.
  void stop_when_told(const std::string& text) { stop_at_ = text; }

  Signals signals_;  // first: the listener's thread must have them blocked
  ReadyPort ready_;
  std::filesystem::path folder_;
  GatewayPlan plan_;
  Timing timing_;
  std::string stop_at_;
  std::vector<std::string> told_;
  std::function<void(std::string_view)> tell_ = [this](std::string_view line) {
    told_.emplace_back(line);
    if (!stop_at_.empty() && line.find(stop_at_) != std::string_view::npos)
      ::kill(::getpid(), SIGTERM);
  };
};

TEST_F(SupervisorOfScripts, StartsBothAndReportsWhereTheyListen) {
  Supervisor supervisor(plan_, timing_, signals_, tell_);
  const auto bound = supervisor.start();
  ASSERT_TRUE(bound) << bound.error().text();
  EXPECT_EQ(*bound, (Addresses{"127.0.0.1:13", "127.0.0.1:11", "unix:/tmp/x.sock", ready_.address(),
                               "127.0.0.1:12"}));
  EXPECT_TRUE(supervisor.stop());
  EXPECT_THAT(notes_of("smartroute-proxy"), HasSubstr("--control unix:/tmp/x.sock"));
}

TEST_F(SupervisorOfScripts, APlaneThatDiesBeforeItIsReadyEndsTheStartAndNamesItsLog) {
  std::ofstream(folder_ / "bin" / "smartroute-control")
      << "#!/bin/sh\necho 'no room on the disk' >&2\nexit 1\n";
  Supervisor supervisor(plan_, timing_, signals_, tell_);
  const auto bound = supervisor.start();
  ASSERT_FALSE(bound);
  EXPECT_THAT(bound.error().text(), HasSubstr("control plane exited with code 1"));
  EXPECT_THAT(bound.error().text(), HasSubstr("control.log"));
  EXPECT_THAT(told_, Contains("control no room on the disk"));
}

TEST_F(SupervisorOfScripts, AProgramThatIsNotThereIsASentence) {
  std::filesystem::remove(folder_ / "bin" / "smartroute-proxy");
  Supervisor supervisor(plan_, timing_, signals_, tell_);
  const auto bound = supervisor.start();
  ASSERT_FALSE(bound);
  EXPECT_THAT(bound.error().text(), HasSubstr("smartroute-proxy: No such file or directory"));
}

TEST_F(SupervisorOfScripts, StartsACrashedProxyAgainOnTheAddressesItHad) {
  stop_when_told("the proxy is back");
  Supervisor supervisor(plan_, timing_, signals_, tell_);
  // The first one dies only once start() has seen it ready; the second one stays.
  write_proxy(
      "[ $(wc -l < $notes) = 1 ] && while [ ! -e $notes.crash ]; do sleep 0.01; done && kill -9 "
      "$$\n" +
      std::string(kObey));
  ASSERT_TRUE(supervisor.start());
  std::ofstream(folder_ / "smartroute-proxy.crash") << "";
  supervisor.run();
  EXPECT_TRUE(supervisor.stop());
  EXPECT_THAT(told_, Contains(HasSubstr("the proxy was ended by signal 9")));
  const auto notes = notes_of("smartroute-proxy");
  const auto second = notes.substr(notes.find('\n') + 1);
  EXPECT_THAT(second, HasSubstr("--listen 127.0.0.1:13 --ops " + ready_.address()));
}

TEST_F(SupervisorOfScripts, ASignalDuringTheStartStopsIt) {
  std::ofstream(folder_ / "bin" / "smartroute-control") << "#!/bin/sh\n" << kObey;
  Supervisor supervisor(plan_, timing_, signals_, tell_);
  ::kill(::getpid(), SIGINT);
  const auto bound = supervisor.start();
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().kind(), ErrorKind::Draining);
  EXPECT_TRUE(supervisor.stop());
}

TEST_F(SupervisorOfScripts, ThePlanesAreToldWithTheSignalThatEndedIt) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto notes = folder_ / "said";
    std::filesystem::remove(notes);
    write_proxy("trap 'echo INT > " + notes.string() + "; exit 0' INT\ntrap 'echo TERM > " +
                notes.string() + "; exit 0' TERM\nwhile :; do sleep 5 & wait $!; done\n");
    write_control("trap 'exit 0' INT TERM\nwhile :; do sleep 5 & wait $!; done\n");
    Supervisor supervisor(plan_, timing_, signals_, tell_);
    ASSERT_TRUE(supervisor.start());
    ::kill(::getpid(), signal);
    supervisor.run();
    EXPECT_TRUE(supervisor.stop());
    EXPECT_EQ(read_file(notes).value_or(""), signal == SIGINT ? "INT\n" : "TERM\n");
  }
}

TEST_F(SupervisorOfScripts, APlaneThatWillNotStopIsEndedAndThatIsNoCleanStop) {
  write_control("trap '' TERM\nwhile :; do sleep 5 & wait $!; done\n");
  timing_.control_stop = std::chrono::milliseconds(50);
  Supervisor supervisor(plan_, timing_, signals_, tell_);
  ASSERT_TRUE(supervisor.start());
  EXPECT_FALSE(supervisor.stop());
  EXPECT_THAT(told_, Contains(HasSubstr("control plane did not stop")));
}

TEST(ProxyEnvironment, HoldsNoKeys) {
  const std::vector<std::string> kept{"PATH=/bin", "SMARTROUTE_LOG_LEVEL=debug", "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "LC_ALL=C.UTF-8", "SSL_CERT_FILE=/x"};
  std::vector<std::string> all{"OPENAI_API_KEY=sk-x", "AWS_SECRET_ACCESS_KEY=y", "SMARTROUTE_MASTER_KEY=z", "SMARTROUTE_ADMIN_TOKEN=t", "MY_KEY=k", "PATHX=1", "broken"};
  all.insert(all.begin() + 3, kept.begin(), kept.end());
  EXPECT_EQ(proxy_environment(all), kept);
}

TEST(PlaneArguments, CarryTheConfigurationToControlAndOnlyThere) {
  GatewayPlan plan;
  plan.state = "/s";
  plan.config = "/c/gateway.yaml";
  plan.workers = 3;
  plan.addresses = Addresses{"a:1", "b:2", "unix:/s/control.sock", "c:3", "d:4"};
  EXPECT_THAT(control_arguments(plan, plan.addresses),
              testing::ElementsAre("--state", "/s", "--admin", "b:2", "--grpc",
                                   "unix:/s/control.sock", "--ops", "d:4", "--config",
                                   "/c/gateway.yaml", "--ready-file", "/s/run/control.json"));
  EXPECT_THAT(proxy_arguments(plan, plan.addresses),
              testing::ElementsAre("--listen", "a:1", "--ops", "c:3", "--control",
                                   "unix:/s/control.sock", "--state", "/s/proxy", "--workers", "3",
                                   "--ready-file", "/s/run/proxy.json"));
}

TEST(PlaneArguments, NameEveryPlaceAndItsCertificate) {
  GatewayPlan plan;
  plan.state = "/s";
  plan.addresses = Addresses{"a:1", "b:2", "unix:/s/control.sock", "c:3", "d:4"};
  plan.addresses.plain_listen = "a:1,unix:/run/p.sock";
  plan.addresses.tls_listen = "a:5";
  plan.tls_cert = "/tls/api.pem";
  plan.tls_key = "/tls/api.key";
  plan.admin_tls_cert = "/tls/admin.pem";
  plan.admin_tls_key = "/tls/admin.key";
  EXPECT_THAT(control_arguments(plan, plan.addresses),
              testing::ElementsAre("--state", "/s", "--admin", "b:2", "--grpc", "unix:/s/control.sock", "--ops", "d:4", "--admin-tls-cert",
                                   "/tls/admin.pem", "--admin-tls-key", "/tls/admin.key", "--ready-file", "/s/run/control.json"));
  EXPECT_THAT(proxy_arguments(plan, plan.addresses),
              testing::ElementsAre("--listen", "a:1,unix:/run/p.sock", "--ops", "c:3", "--control", "unix:/s/control.sock", "--state", "/s/proxy",
                                   "--tls-listen", "a:5", "--tls-cert", "/tls/api.pem", "--tls-key", "/tls/api.key", "--ready-file",
                                   "/s/run/proxy.json"));
}

}  // namespace
}  // namespace smartroute::cli
