#include "dataplane/tracing/transport.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"

namespace smartroute::tracing {
namespace {

using namespace std::chrono_literals;

// Answers request after request with its script; each entry may close the connection first or afterwards.
class Server {
 public:
  struct Step {
    std::string answer;
    bool close = false;  // afterwards
  };
  explicit Server(std::vector<Step> steps) : steps_(std::move(steps)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  ExportSettings settings() const {
    ExportSettings s;
    s.enabled = true;
    s.host = "127.0.0.1";
    s.port = port;
    s.path = "/v1/traces";
    s.headers.emplace_back("api-key", Secret("secret-key"));
    return s;
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::uint16_t port = 0;
  std::atomic<int> connections{0};

 private:
  void serve() {
    std::size_t next = 0;
    while (next < steps_.size()) {
      const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      ++connections;
      while (next < steps_.size()) {
        if (!read_request(peer)) break;
        const Step& step = steps_[next++];
        (void)!::write(peer, step.answer.data(), step.answer.size());
        if (step.close) break;
      }
      ::close(peer);
    }
  }
  bool read_request(int peer) {
    std::string text;
    char bytes[4096];
    while (true) {
      const auto head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto length = text.find("Content-Length: ");
        if (text.size() == head + 4 + std::stoul(text.substr(length + 16))) break;
      }
      const auto n = ::read(peer, bytes, sizeof bytes);
      if (n <= 0) return false;
      text.append(bytes, static_cast<std::size_t>(n));
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(text);
    return true;
  }

  int fd_;
  const std::vector<Step> steps_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

std::string answer(const std::string& status, const std::string& headers, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(HttpTransport, PostsProtobufWithTheConfiguredHeaders) {
  Server server({{answer("200 OK", "", "")}, {answer("200 OK", "", "")}});
  const auto transport = open_transport(server.settings());
  for (const char* body : {"first", "second"}) EXPECT_EQ(transport->send(body, 30s).kind, Reply::Kind::Taken);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].starts_with("POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port) + "\r\n")) << requests[0];
  EXPECT_NE(requests[0].find("\r\nContent-Type: application/x-protobuf\r\n"), std::string::npos);
  EXPECT_NE(requests[0].find("\r\napi-key: secret-key\r\n"), std::string::npos);
  EXPECT_TRUE(requests[1].ends_with("\r\n\r\nsecond"));
  EXPECT_EQ(server.connections, 1) << "the connection is kept";
}

TEST(HttpTransport, JudgesWhatItIsTold) {
  opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse partial;
  partial.mutable_partial_success()->set_rejected_spans(3);
  partial.mutable_partial_success()->set_error_message("too old\n");
  struct Row {
    const char* name;
    std::string answer;
    Reply::Kind kind;
    std::optional<std::chrono::milliseconds> wait = {};
    std::uint64_t rejected = 0;
  };
  using enum Reply::Kind;
  const Row rows[] = {
      {"taken", answer("202 Accepted", "", ""), Taken},
      {"in part", answer("200 OK", "", partial.SerializeAsString()), Taken, {}, 3},
      {"no protobuf", answer("200 OK", "", "{}"), Taken},
      {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Taken},
      {"an interim answer", "HTTP/1.1 100 Continue\r\n\r\n" + answer("200 OK", "", ""), Taken},
      {"too many", answer("429 Too Many Requests", "Retry-After: 7\r\n", "slow down"), Again, 7s},
      {"unavailable", answer("503 Service Unavailable", "", ""), Again},
      {"a bad gateway", answer("502 Bad Gateway", "", ""), Again},
      {"a gateway's timeout", answer("504 Gateway Timeout", "Retry-After: 1\r\n", ""), Again, 1s},
      {"another server error", answer("500 Internal Server Error", "Retry-After: 1\r\n", ""), Refused},
      {"a bad request", answer("400 Bad Request", "", "no"), Refused},
      {"nobody", answer("401 Unauthorized", "", ""), Refused},
      {"no HTTP", "SSH-2.0-OpenSSH\r\n\r\n", Again},
      {"cut", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Again},
      {"a flood", answer("200 OK", "", std::string(100'000, 'x')), Taken},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Server server({{row.answer, true}, {answer("200 OK", "", ""), true}});
    const auto transport = open_http_transport(server.settings());
    const auto reply = transport->send("spans", 30s);
    EXPECT_EQ(reply.kind, row.kind) << reply.text;
    EXPECT_EQ(reply.wait, row.wait);
    EXPECT_EQ(reply.rejected, row.rejected);
    EXPECT_EQ(reply.text.find("secret"), std::string::npos);
    EXPECT_EQ(reply.text.find('\n'), std::string::npos);
    EXPECT_EQ(transport->send("more", 30s).kind, Taken) << "whatever came before, the next one gets through";
  }
}

TEST(HttpTransport, SaysWhenNobodyListens) {
  std::uint16_t port;
  {
    Server gone({});
    port = gone.port;
  }
  ExportSettings settings;
  settings.host = "127.0.0.1";
  settings.port = port;
  settings.path = "/";
  const auto reply = open_http_transport(settings)->send("spans", 30s);
  EXPECT_EQ(reply.kind, Reply::Kind::Again);
  EXPECT_NE(reply.text, "");
}

TEST(Transports, ConnectOnlyWhereTheyMay) {
  for (const auto protocol : {config::OtlpProtocol::Http, config::OtlpProtocol::Grpc})
    for (const char* host : {"169.254.169.254", "fe80::1", "100.100.100.200", "fd00:ec2::254", "0.0.0.0"}) {
      ExportSettings settings;
      settings.protocol = protocol;
      settings.host = host;
      settings.port = 4318;
      settings.path = "/";
      settings.allow_private = true;
      const auto reply = open_transport(settings)->send("spans", 30s);
      EXPECT_EQ(reply.kind, Reply::Kind::Again) << host;
      const bool said = reply.text.find("never connected") != std::string::npos || reply.text.find("not a unicast") != std::string::npos;
      EXPECT_TRUE(said) << host << ": " << reply.text;
    }
}

TEST(Transports, EndAtOnceWhenCancelled) {
  // Listens and never answers.
  Server server({});
  for (const auto protocol : {config::OtlpProtocol::Http, config::OtlpProtocol::Grpc}) {
    auto settings = server.settings();
    settings.protocol = protocol;
    const auto transport = open_transport(settings);
    std::thread other([&] { transport->cancel(); });
    EXPECT_EQ(transport->send("spans", 10min).kind, Reply::Kind::Again);
    other.join();
    EXPECT_EQ(transport->send("spans", 10min).kind, Reply::Kind::Again);
  }
}

}  // namespace
}  // namespace smartroute::tracing
