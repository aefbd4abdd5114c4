#include "controlplane/admin/playground.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
  void add(const char* id, std::uint64_t applied, bool connected = true, const char* listen = "127.0.0.1:1") {
    InstanceStatus status;
    status.hello = hello(listen, "");
    status.hello.instance = InstanceId(id);
    status.applied = Revision{applied};
    status.connected = connected;
    instances.push_back(std::move(status));
  }
  http::Response ask(std::string query = "") {
    http::Request request;
    request.head.query = std::move(query);
    request.body = "{}";
    return routes.find("/admin/v1/playground/chat/completions")->handle(request, operator_caller());
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
  ASSERT_NE(response.stream, nullptr);
  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
  response.stream->set_wake([&] {
    const std::lock_guard lock(mutex);
    woken = true;
    changed.notify_all();
  });
  auto begun = http::BodySource::Piece::Later;
  while ((begun = response.stream->begin(response)) == http::BodySource::Piece::Later) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return std::exchange(woken, false); });
  }
  EXPECT_EQ(begun, http::BodySource::Piece::Last);
  EXPECT_EQ(code_of(response), "data_plane_unreachable");
  response.stream.reset();   // before what its wake refers to
}

}  // namespace
}  // namespace smartroute::control::admin
