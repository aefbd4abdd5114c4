#include "controlplane/admin/playground.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include <nlohmann/json.hpp>

#include "controlplane/outgoing/raw_server.hpp"

namespace smartroute::control::admin {
namespace {

HelloFacts hello(const char* listen, const char* address, const char* hostname = "there") {
  HelloFacts facts;
  facts.instance = InstanceId("p1");
  facts.listen = listen;
  facts.address = address;
  facts.hostname = hostname;
  return facts;
}

TEST(ClientAddress, IsWhereTheDataPlaneIsReached) {
  struct Row {
    const char* listen;
    const char* address;
    const char* hostname;
    const char* reached;   // empty: it is not
  };
  const Row rows[] = {
      {"127.0.0.1:8080", "", "there", "127.0.0.1:8080"},
      {"127.0.0.1:8080", "127.0.0.1", "there", "127.0.0.1:8080"},
      {"127.0.0.1:8080", "10.0.0.5", "there", ""},
      {"127.0.0.1:8080", "10.0.0.5", "here", "127.0.0.1:8080"},
      {"0.0.0.0:8080", "", "there", "127.0.0.1:8080"},
      {"0.0.0.0:8080", "10.0.0.5", "there", "10.0.0.5:8080"},
      {"[::]:8080", "fd12::5", "there", "[fd12::5]:8080"},
      {"10.0.0.7:8080", "10.0.0.5", "there", "10.0.0.7:8080"},
      {"", "", "there", ""},
      {"nonsense", "", "there", ""},
  };
  for (const Row& row : rows) {
    const auto url = client_address(hello(row.listen, row.address, row.hostname), "here");
    EXPECT_EQ(url ? config::authority(*url) : "", row.reached) << row.listen << " from " << row.address;
  }
}

class PlaygroundTest : public testing::Test {
 protected:
  PlaygroundTest() {
    Playground playground;
    playground.fleet.list = [this] { return instances; };
    playground.fleet.newest = [] { return Revision{5}; };
    playground.key = [] { return Secret(); };
    playground.hostname = "here";
    add_playground_routes(routes, std::move(playground), client);
  }
  void add(const char* id, std::uint64_t applied, bool connected = true, const std::string& listen = "127.0.0.1:1") {
    InstanceStatus status;
    status.hello = hello(listen.c_str(), "");
    status.hello.instance = InstanceId(id);
    status.applied = Revision{applied};
    status.connected = connected;
    instances.push_back(std::move(status));
  }
  http::Response ask(std::string query = "") {
    http::Request request;
    request.head.query = std::move(query);
    request.body = "{}";
    return ask(std::move(request));
  }
  http::Response ask(http::Request request) {
    return routes.find("/admin/v1/playground/chat/completions")->handle(request, operator_caller());
  }
  // As the server does it, and lets go of the stream.
  static http::BodySource::Piece begin(http::Response& response) {
    if (response.stream == nullptr) return http::BodySource::Piece::Broken;
    std::mutex mutex;
    std::condition_variable changed;
    bool woken = false;
    response.stream->set_wake([&] {
      const std::lock_guard lock(mutex);
      woken = true;
      changed.notify_all();
    });
    auto stream = std::exchange(response.stream, nullptr);
    auto begun = http::BodySource::Piece::Later;
    while ((begun = stream->begin(response)) == http::BodySource::Piece::Later) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return std::exchange(woken, false); });
    }
    stream.reset();   // before what its wake refers to
    return begun;
  }
  static std::string code_of(const http::Response& response) {
    const auto body = nlohmann::json::parse(response.body, nullptr, false);
    return body.is_object() ? body["error"]["code"].get<std::string>() : "";
  }
  std::vector<InstanceStatus> instances;
  outgoing::Client client;
  Dispatch dispatch;
  HttpRoutes routes{dispatch};
};

TEST_F(PlaygroundTest, IsForAdminsOnly) {
  for (const auto& route : routes.all()) EXPECT_EQ(dispatch.find(route.method)->role, Role::Admin) << route.path;
}

TEST_F(PlaygroundTest, SaysWhenNobodyCanBeAsked) {
  EXPECT_EQ(code_of(ask()), "no_data_plane");
  add("gone", 5, false);
  add("empty", 0);
  EXPECT_EQ(code_of(ask()), "no_data_plane");
  EXPECT_EQ(ask().status, 503);
  EXPECT_EQ(code_of(ask("instance=gone")), "data_plane_not_connected");
  EXPECT_EQ(code_of(ask("instance=other")), "unknown_instance");
  EXPECT_EQ(code_of(ask("instance=%")), "invalid_request");
}

TEST_F(PlaygroundTest, HasAsManyPlacesAsItSays) {
  add("p1", 5);
  std::vector<http::Response> asked;
  for (std::size_t i = 0; i < kMaxPlaygroundCalls; ++i) {
    asked.push_back(ask());
    EXPECT_NE(asked.back().stream, nullptr);
  }
  EXPECT_EQ(code_of(ask()), "playground_busy");
  asked.pop_back();
  EXPECT_NE(ask().stream, nullptr);
}

TEST_F(PlaygroundTest, AnswersInOpenAiFormWhenTheDataPlaneIsNotThere) {
  add("p1", 4);
  http::Response response = ask();
  EXPECT_EQ(begin(response), http::BodySource::Piece::Last);
  EXPECT_EQ(code_of(response), "data_plane_unreachable");
}

TEST_F(PlaygroundTest, TakesTheWishesOfTheCallerAlongAndNothingElseOfHim) {
  std::promise<std::string> seen;
  outgoing::RawServer plane([&](outgoing::Peer& peer) {
    seen.set_value(peer.request());
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });
  add("p1", 5, true, "127.0.0.1:" + std::to_string(plane.port()));
  http::Request request;
  request.head.cookie = "__Host-smartroute=secret-of-the-session";
  request.head.csrf = "secret-of-the-session";
  request.head.authorization = "Bearer secret-of-the-session";
  request.head.own_fields = {{"x-smartroute-guarantee", "buffered"}, {"x-smartroute-on-break", "error"}};
  request.head.content_type = "application/json";
  http::Response response = ask(std::move(request));
  EXPECT_EQ(begin(response), http::BodySource::Piece::More);
  const std::string sent = seen.get_future().get();
  EXPECT_NE(sent.find("x-smartroute-guarantee: buffered\r\n"), std::string::npos) << sent;
  EXPECT_NE(sent.find("x-smartroute-on-break: error\r\n"), std::string::npos) << sent;
  EXPECT_EQ(sent.find("secret-of-the-session"), std::string::npos) << sent;
}

TEST_F(PlaygroundTest, NoPageComesOfAnAnswer) {
  const struct {
    const char* said;
    const char* passed;
  } rows[] = {{"text/html", "text/plain; charset=utf-8"},
              {"TEXT/HTML; charset=utf-8", "text/plain; charset=utf-8"},
              {"image/svg+xml", "text/plain; charset=utf-8"},
              {"application/json; charset=utf-8", "application/json; charset=utf-8"},
              {"application/jsonx", "text/plain; charset=utf-8"},
              {"text/event-stream", "text/event-stream"}};
  std::size_t row = 0;
  outgoing::RawServer plane([&](outgoing::Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 502 Bad\r\ncontent-type: " + std::string(rows[row].said) +
              "\r\nset-cookie: planted=1\r\nlocation: http://evil.example\r\nrefresh: 0; url=http://evil.example\r\nx-smartroute-tier: t1\r\n"
              "content-security-policy: default-src *\r\nconnection: x-smartroute-hop\r\ncontent-length: 2\r\n\r\n<b");
  });
  add("p1", 5, true, "127.0.0.1:" + std::to_string(plane.port()));
  for (; row < std::size(rows); ++row) {
    http::Response response = ask(http::Request());
    ASSERT_EQ(begin(response), http::BodySource::Piece::More) << rows[row].said;
    EXPECT_EQ(response.status, 502);
    EXPECT_EQ(response.content_type, rows[row].passed);
    std::string names;
    for (const auto& [name, value] : response.headers) {
      names += name + " ";
      EXPECT_TRUE(name != "content-security-policy" || value.starts_with("default-src 'none'; sandbox;")) << value;
    }
    EXPECT_EQ(names, "content-security-policy x-smartroute-tier x-smartroute-instance ");
  }
}

TEST_F(PlaygroundTest, AnAnswerWithoutContentIsNone) {
  const char* status = "204";
  outgoing::RawServer plane([&](outgoing::Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 " + std::string(status) + " Odd\r\n\r\n");
  });
  add("p1", 5, true, "127.0.0.1:" + std::to_string(plane.port()));
  for (const char* one : {"204", "304"}) {
    status = one;
    http::Response response = ask(http::Request());
    EXPECT_EQ(begin(response), http::BodySource::Piece::Last);
    EXPECT_EQ(response.status, 502);
    EXPECT_EQ(code_of(response), "data_plane_broken");
  }
}

}  // namespace
}  // namespace smartroute::control::admin
