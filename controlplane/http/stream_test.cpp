// Streamed answers, over real sockets.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>

#include "controlplane/http/raw_client.hpp"
#include "controlplane/http/server.hpp"

namespace smartroute::control::http {
namespace {

using Piece = BodySource::Piece;

// Counts to be waited for.
class Tally {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

// Made of a function; tells when it is gone.
class Scripted final : public BodySource {
 public:
  using Script = std::function<Piece(std::string&)>;
  Scripted(Script script, Tally& gone) : script_(std::move(script)), gone_(gone) {}
  ~Scripted() override {
    script_ = nullptr;
    gone_.add();
  }
  Piece next(std::string& out) override { return script_(out); }

 private:
  Script script_;
  Tally& gone_;
};

// Payload of a chunked body; sets `whole` if the final chunk is there and nothing behind it.
std::string dechunked(std::string_view body, bool& whole) {
  std::string payload;
  whole = false;
  while (!body.empty()) {
    const auto line = body.find("\r\n");
    if (line == std::string_view::npos) break;
    const std::size_t size = std::stoul(std::string(body.substr(0, line)), nullptr, 16);
    body.remove_prefix(line + 2);
    if (size == 0) {
      whole = body == "\r\n";
      break;
    }
    payload += body.substr(0, size);
    body.remove_prefix(std::min(body.size(), size + 2));
  }
  return payload;
}

class HttpStreamTest : public testing::Test {
 protected:
  // Every GET but /plain is answered with a new source of `script()`.
  void start(std::function<Scripted::Script()> script, ServerLimits limits = {}) {
    Handlers handlers;
    handlers.on_head = [](const Head&) { return std::optional<Response>(); };
    handlers.on_request = [this, script = std::move(script)](const Request& request) {
      Response response;
      response.content_type = "text/plain";
      response.body = "plain";
      if (request.head.path != "/plain")
        response.stream = std::make_shared<Scripted>(script(), gone);
      return response;
    };
    auto started = Server::start({"127.0.0.1", 0}, std::move(handlers), 1, limits);
    ASSERT_TRUE(started) << started.error().text();
    server = std::move(*started);
  }
  static std::string get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
  }
  Tally gone;
  std::unique_ptr<Server> server;
};

// Five pieces of different sizes, an empty one among them.
Scripted::Script five_pieces() {
  return [i = 0](std::string& out) mutable {
    static constexpr std::size_t kSizes[] = {1, 0, 200'000, 7, 65'536};
    out.append(kSizes[i], static_cast<char>('a' + i));
    return ++i == 5 ? Piece::Last : Piece::More;
  };
}
std::string all_of_five() {
  return "a" + std::string(200'000, 'c') + std::string(7, 'd') + std::string(65'536, 'e');
}

TEST_F(HttpStreamTest, ArrivesWholeAndInOrderAndTheConnectionIsKept) {
  start(five_pieces);
  Client client(*server);
  client.send(get("/s") + get("/plain", "Connection: close\r\n"));
  const std::string head = client.until("\r\n\r\n");
  EXPECT_NE(head.find("Transfer-Encoding: chunked"), std::string::npos) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
  EXPECT_NE(head.find("x-content-type-options: nosniff"), std::string::npos) << head;
  bool whole = false;
  EXPECT_TRUE(dechunked(client.until("\r\n0\r\n\r\n"), whole) == all_of_five());
  EXPECT_TRUE(whole);
  gone.wait_for(1);
  EXPECT_NE(client.rest().find("plain"), std::string::npos);
}

TEST_F(HttpStreamTest, GoesToOldClientsUntilClose) {
  start(five_pieces);
  Client client(*server);
  client.send("GET /s HTTP/1.0\r\nHost: x\r\n\r\n");
  const std::string head = client.until("\r\n\r\n");
  EXPECT_EQ(head.find("chunked"), std::string::npos) << head;
  EXPECT_NE(head.find("Connection: close"), std::string::npos) << head;
  EXPECT_TRUE(client.rest() == all_of_five());
}

TEST_F(HttpStreamTest, HeadHasNoBody) {
  std::atomic<int> asked{0};
  start([&] { return [&](std::string&) { return ++asked, Piece::Last; }; });
  Client client(*server);
  client.send("HEAD /s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = client.rest();
  EXPECT_NE(answer.find("Transfer-Encoding: chunked"), std::string::npos) << answer;
  EXPECT_EQ(answer.substr(answer.size() - 4), "\r\n\r\n");
  gone.wait_for(1);
  EXPECT_EQ(asked, 0);
}

TEST_F(HttpStreamTest, ABrokenOneIsCutSoThatNobodyTakesItForWhole) {
  for (const bool throws : {false, true}) {
    start([throws] {
      return [throws, i = 0](std::string& out) mutable {
        if (i++ == 0) {
          out = "first";
          return Piece::More;
        }
        out = "never sent";
        if (throws) throw std::runtime_error("bug");
        return Piece::Broken;
      };
    });
    Client client(*server);
    client.send(get("/s"));
    client.until("\r\n\r\n");
    bool whole = true;
    EXPECT_EQ(dechunked(client.rest(), whole), "first") << throws;
    EXPECT_FALSE(whole) << throws;

    Client old(*server);
    old.send("GET /s HTTP/1.0\r\nHost: x\r\n\r\n");
    boost::system::error_code how;
    old.rest(how);
    EXPECT_EQ(how, boost::asio::error::connection_reset) << "no orderly end without chunks";
  }
}

TEST_F(HttpStreamTest, ASlowReaderIsNotProducedForAndIsCutInTheEnd) {
  std::atomic<std::uint64_t> produced{0};
  ServerLimits limits;
  limits.write = std::chrono::milliseconds(50);
  start(
      [&] {
        return [&](std::string& out) {
          out.assign(256 * 1024, 'x');
          produced += out.size();
          return Piece::More;
        };
      },
      limits);
  Client client(*server, 16 * 1024);
  client.send(get("/endless"));
  gone.wait_for(1);
  // What fits in the kernel's buffers of both sockets, and a piece.
  EXPECT_LT(produced, 16u * 1024 * 1024);
}

TEST_F(HttpStreamTest, AClientThatLeavesEndsTheSource) {
  Tally asked;
  std::promise<void> go_on;
  start([&] {
    return [&, i = 0](std::string& out) mutable {
      out = "piece";
      asked.add();
      if (i++ == 1) go_on.get_future().wait();
      return Piece::More;
    };
  });
  Client client(*server);
  client.send(get("/s"));
  client.until("piece");
  asked.wait_for(2);
  client.close();  // while the source makes a piece
  go_on.set_value();
  gone.wait_for(1);
}

TEST_F(HttpStreamTest, OneBeyondTheLimitIsRefused) {
  ServerLimits limits;
  limits.streams = 1;
  std::promise<void> go_on;
  auto released = go_on.get_future().share();
  start(
      [=] {
        return [=](std::string& out) {
          released.wait();
          out = "done";
          return Piece::Last;
        };
      },
      limits);
  Client first(*server), second(*server);
  first.send(get("/s"));
  first.until("\r\n\r\n");
  second.send(get("/s"));
  EXPECT_EQ(second.answer().substr(0, 12), "HTTP/1.1 503");
  go_on.set_value();
  first.until("0\r\n\r\n");
  gone.wait_for(2);
  // Its place is free again. It is given back a moment after the source has gone, so ask until
  // then.
  std::string head;
  do {
    second.send(get("/s"));
    head = second.until("\r\n\r\n");
    if (head.substr(0, 12) == "HTTP/1.1 503") second.until("}");
  } while (head.substr(0, 12) == "HTTP/1.1 503");
  EXPECT_EQ(head.substr(0, 12), "HTTP/1.1 200");
  second.until("0\r\n\r\n");
}

TEST_F(HttpStreamTest, SlowSourcesKeepNoOrdinaryRequestWaiting) {
  std::promise<void> go_on;
  auto released = go_on.get_future().share();
  Tally asked;
  start([&, released] {
    return [&, released](std::string& out) {
      asked.add();
      released.wait();
      out = "done";
      return Piece::Last;
    };
  });
  std::vector<std::unique_ptr<Client>> slow;
  for (std::size_t i = 0; i < ServerLimits().streams; ++i) {
    slow.push_back(std::make_unique<Client>(*server));
    slow.back()->send(get("/s"));
    slow.back()->until("\r\n\r\n");
  }
  asked.wait_for(2);  // both of the threads that make pieces are taken
  Client client(*server);
  client.send(get("/plain"));
  EXPECT_NE(client.answer().find("plain"), std::string::npos);
  go_on.set_value();
  for (auto& each : slow) each->until("0\r\n\r\n");
}

TEST_F(HttpStreamTest, StopLetsOneFinishWithinTheGraceAndCutsItBehind) {
  std::promise<void> go_on;
  Tally asked;
  start([&] {
    return [&](std::string& out) {
      asked.add();
      go_on.get_future().wait();
      out = "end";
      return Piece::Last;
    };
  });
  Client client(*server);
  client.send(get("/s"));
  asked.wait_for(1);
  std::thread stopping([&] { server->stop(std::chrono::minutes(1)); });
  go_on.set_value();
  bool whole = false;
  client.until("\r\n\r\n");
  EXPECT_EQ(dechunked(client.rest(), whole), "end");
  EXPECT_TRUE(whole);
  stopping.join();

  start([] { return [](std::string& out) { return out = "more", Piece::More; }; });
  Client endless(*server);
  endless.send(get("/s"));
  endless.until("\r\n\r\n");
  server->stop(std::chrono::milliseconds(0));
  gone.wait_for(2);
  dechunked(endless.rest(), whole);
  EXPECT_FALSE(whole);
}

// Says nothing until it is told to, and how its answer begins only then.
class Patient final : public BodySource {
 public:
  explicit Patient(Tally& gone) : gone_(gone) {}
  ~Patient() override { gone_.add(); }
  void set_wake(std::function<void()> wake) override {
    wake_ = std::move(wake);
    ready_.add();
  }
  Piece begin(Response& response) override {
    asked_.add();
    const std::lock_guard lock(mutex_);
    if (status_ == 0) return Piece::Later;
    response.status = status_;
    response.body = "all of it";
    response.headers.emplace_back("x-late", "yes");
    return whole_ ? Piece::Last : Piece::More;
  }
  Piece next(std::string& out) override {
    const std::lock_guard lock(mutex_);
    if (piece_.empty()) return Piece::Later;
    out = std::exchange(piece_, {});
    return out == "end" ? Piece::Last : Piece::More;
  }

  // From the test's thread.
  void begin_with(int status, bool whole) {
    ready_.wait_for(1);
    change([&] {
      status_ = status;
      whole_ = whole;
    });
  }
  void give(const std::string& piece) {
    change([&] { piece_ = piece; });
  }
  void until_asked() { asked_.wait_for(1); }

 private:
  template <class Change>
  void change(Change change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    wake_();
  }
  Tally& gone_;
  Tally ready_, asked_;
  std::function<void()> wake_;
  std::mutex mutex_;
  int status_ = 0;
  bool whole_ = false;
  std::string piece_;
};

class LateStreamTest : public testing::Test {
 protected:
  LateStreamTest() {
    Handlers handlers;
    handlers.on_head = [](const Head&) { return std::optional<Response>(); };
    handlers.on_request = [this](const Request& request) {
      Response response;
      response.body = "plain";
      if (request.head.path == "/s") {
        source = std::make_shared<Patient>(gone);
        patient = source.get();
        response.stream = std::move(source);
        made.add();
      }
      return response;
    };
    server = std::move(*Server::start({"127.0.0.1", 0}, std::move(handlers), 1));
    client.emplace(*server);
    client->send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
    made.wait_for(1);
  }
  Tally gone, made;
  std::shared_ptr<Patient> source;
  Patient* patient = nullptr;
  std::unique_ptr<Server> server;
  std::optional<Client> client;
};

TEST_F(LateStreamTest, BeginsWhenItsSourceKnowsHow) {
  patient->until_asked();
  patient->begin_with(418, false);
  const std::string head = client->until("\r\n\r\n");
  EXPECT_NE(head.find(" 418 "), std::string::npos) << head;
  EXPECT_NE(head.find("x-late: yes"), std::string::npos) << head;
  // Each piece arrives before the next is there.
  patient->give("one");
  EXPECT_EQ(client->until("one\r\n"), "3\r\none\r\n");
  patient->give("end");
  EXPECT_EQ(client->until("0\r\n\r\n"), "3\r\nend\r\n0\r\n\r\n");
  gone.wait_for(1);
}

TEST_F(LateStreamTest, MayTurnOutToBeNoStream) {
  patient->begin_with(503, true);
  const std::string answer = client->answer();
  EXPECT_NE(answer.find(" 503 "), std::string::npos) << answer;
  EXPECT_NE(answer.find("all of it"), std::string::npos) << answer;
  gone.wait_for(1);
  client->send("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client->answer().find("plain"), std::string::npos);
}

TEST_F(LateStreamTest, EndsWithAClientThatLeavesWhileNothingComes) {
  patient->until_asked();
  client->close();
  gone.wait_for(1);
}

TEST_F(LateStreamTest, EndsWithAClientThatLeavesBetweenPieces) {
  patient->begin_with(200, false);
  patient->give("one");
  client->until("one");
  client->close();
  gone.wait_for(1);
}

TEST_F(LateStreamTest, HoldsUpNobodyElse) {
  std::vector<std::unique_ptr<Client>> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(std::make_unique<Client>(*server));
    others.back()->send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  made.wait_for(9);
  patient->until_asked();
  patient->begin_with(200, true);
  EXPECT_NE(others.back(), nullptr);
  server->stop(std::chrono::milliseconds(0));
  gone.wait_for(9);
}

}  // namespace
}  // namespace smartroute::control::http
