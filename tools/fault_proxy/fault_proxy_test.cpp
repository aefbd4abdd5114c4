#include "tools/fault_proxy/fault_proxy.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <set>
#include <thread>

#include "tools/fault_proxy/shaper.hpp"

namespace smartroute::fault_proxy {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// --- plans -------------------------------------------------------------------------------------

TEST(Plan, ComesBackFromItsOwnJson) {
  const char* text =
      R"({"accept":"blackhole","connect_ms":7,"seed":9,)"
      R"("request":{"write_size":3,"fault":"stall","at":5,"stall_ms":40},)"
      R"("response":{"delay_ms":2,"write_size":9,"sizes":"random","gap_us":11,"bytes_per_s":1000,)"
      R"("fault":"insert","at":4,"from":"body","bytes":"ÿ\u0000","count":2}})";
  const auto plan = parse_plan(text);
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->response.insert, std::string("\xff\0", 2));
  const auto again = parse_plan(to_json(*plan));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(*again, *plan);
}

TEST(Plan, NamesTheFieldItCannotRead) {
  struct Row {
    const char* json;
    const char* where;
  };
  const Row rows[] = {{R"({"respons":{}})", "plan.respons: unknown field"},
                      {R"({"response":{"fault":"burn"}})", "plan.response.fault: must be one of"},
                      {R"({"response":{"at":-1}})", "plan.response.at"},
                      {R"({"response":{"mask":256}})", "plan.response.mask"},
                      {R"({"response":{"bytes":"漢"}})", "plan.response.bytes"},
                      {R"({"accept":true})", "plan.accept"},
                      {"[]", "plan: must be an object"},
                      {"{", "plan: not JSON"}};
  for (const Row& row : rows) {
    const auto plan = parse_plan(row.json);
    ASSERT_FALSE(plan) << row.json;
    EXPECT_THAT(plan.error().text(), HasSubstr(row.where)) << row.json;
  }
}

TEST(Mix, DrawsTheSameForTheSameSeedAndNumber) {
  const auto mix = Mix::parse("cut:20,reset:10,stall:5,split:50,corrupt:5,refuse:1,clean:10", 500);
  ASSERT_TRUE(mix) << mix.error().text();
  std::set<std::string> different;
  for (std::uint64_t number = 0; number < 300; ++number) {
    const Plan plan = mix->draw(42, number);
    EXPECT_EQ(plan, mix->draw(42, number));
    EXPECT_LE(plan.response.at, 500u);
    different.insert(to_json(plan));
    EXPECT_NE(to_json(mix->draw(43, number)), to_json(plan)) << number;
  }
  EXPECT_GT(different.size(), 290u);
}

TEST(Mix, DrawsByWeight) {
  const auto mix = Mix::parse("cut:3,clean:1");
  ASSERT_TRUE(mix);
  int cuts = 0;
  for (std::uint64_t number = 0; number < 1000; ++number)
    if (mix->draw(7, number).response.fault == Fault::Cut) ++cuts;
  EXPECT_GT(cuts, 700);
  EXPECT_LT(cuts, 800);
}

TEST(Mix, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"", "cut:0", "cut:x", "cut:", "melt:3", "cut:1,,clean:1"})
    EXPECT_FALSE(Mix::parse(text)) << text;
}

// --- shaper ------------------------------------------------------------------------------------

std::string shape(const Flow& flow, const std::vector<std::string>& pieces,
                  std::uint64_t seed = 1) {
  Shaper shaper;
  shaper.begin(flow, seed);
  std::string out;
  std::size_t fed = 0;
  for (;;) {
    const Step step = shaper.next();
    switch (step.what) {
      case Step::Do::NeedMore:
        if (fed == pieces.size()) return out;
        shaper.feed(pieces[fed++]);
        break;
      case Step::Do::Write:
        out += step.bytes;
        break;
      case Step::Do::Pause:
        out += "<pause>";
        break;
      case Step::Do::Stall:
        out += "<stall>";
        break;
      case Step::Do::Cut:
        return out + "<cut>";
      case Step::Do::Reset:
        return out + "<reset>";
      case Step::Do::HalfClose:
        return out + "<half>";
    }
  }
}

TEST(Shaper, StrikesAfterExactlySoManyBytesHoweverTheyWereFed) {
  const std::string message = "HTTP/1.1 200 OK\r\nx: 1\r\n\r\nabcdefgh";
  const std::size_t body = message.find("\r\n\r\n") + 4;
  struct Row {
    const char* name;
    Fault fault;
    std::string struck;  // what "cd" of the body becomes, at offset 2
  };
  const Row rows[] = {{"cut", Fault::Cut, "<cut>"},
                      {"reset", Fault::Reset, "<reset>"},
                      {"half", Fault::HalfClose, "<half>"},
                      {"stall", Fault::Stall, "<stall>cdefgh"},
                      {"flip", Fault::Flip,
                       "\xe3"
                       "defgh"},
                      {"insert", Fault::Insert,
                       "\xff"
                       "cdefgh"},
                      {"drop", Fault::Drop, "efgh"}};
  for (const Row& row : rows) {
    Flow flow;
    flow.fault = row.fault;
    flow.count = 2;
    for (const Origin from : {Origin::Start, Origin::Body}) {
      flow.from = from;
      flow.at = from == Origin::Body ? 2 : body + 2;
      const std::string wanted = message.substr(0, body + 2) + row.struck;
      EXPECT_EQ(shape(flow, {message}), wanted) << row.name;
      std::vector<std::string> bytes;
      for (const char c : message) bytes.emplace_back(1, c);
      EXPECT_EQ(shape(flow, bytes), wanted) << row.name << ", byte by byte";
    }
  }
}

TEST(Shaper, StrikesAtTheVeryEndAndNeverBehindIt) {
  Flow flow;
  flow.fault = Fault::Cut;
  flow.at = 3;
  EXPECT_EQ(shape(flow, {"abc"}), "abc<cut>");
  EXPECT_EQ(shape(flow, {"ab"}), "ab");
  flow.at = 0;
  EXPECT_EQ(shape(flow, {"abc"}), "<cut>");
}

TEST(Shaper, SplitsByTheSeed) {
  Flow flow;
  flow.write_size = 5;
  flow.sizes = Sizes::Random;
  const auto sizes = [&](std::uint64_t seed) {
    Shaper shaper;
    shaper.begin(flow, seed);
    shaper.feed(std::string(100, 'x'));
    std::vector<std::size_t> out;
    for (Step step; (step = shaper.next()).what == Step::Do::Write;)
      out.push_back(step.bytes.size());
    return out;
  };
  EXPECT_EQ(sizes(3), sizes(3));
  EXPECT_NE(sizes(3), sizes(4));
  EXPECT_THAT(sizes(3), ::testing::Each(::testing::AllOf(::testing::Ge(1u), ::testing::Le(5u))));
}

TEST(Shaper, PausesForBandwidthAndGap) {
  Flow flow;
  flow.write_size = 2;
  flow.gap = std::chrono::microseconds(10);
  flow.bytes_per_second = 1000;
  Shaper shaper;
  shaper.begin(flow, 1);
  shaper.feed("abc");
  EXPECT_EQ(shaper.next().bytes, "ab");
  EXPECT_EQ(shaper.next().pause, std::chrono::microseconds(2010));
  EXPECT_EQ(shaper.next().bytes, "c");
  EXPECT_EQ(shaper.next().pause, std::chrono::microseconds(1010));
  EXPECT_EQ(shaper.next().what, Step::Do::NeedMore);
}

// --- on real sockets -----------------------------------------------------------------------------

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

enum class End : std::uint8_t { Fin, Reset, Quiet };

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = loopback(port);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      refused_ = errno == ECONNREFUSED;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  bool refused() const { return refused_; }
  Client& send(const std::string& bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    return *this;
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  // Until the end, or until `quiet_ms` pass without a byte.
  std::pair<std::string, End> read_all(int quiet_ms = 10'000) {
    const timeval limit{quiet_ms / 1000, quiet_ms % 1000 * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string out;
    char block[4096];
    for (;;) {
      const ssize_t n = ::recv(fd_, block, sizeof block, 0);
      if (n == 0) return {out, End::Fin};
      if (n < 0) return {out, errno == ECONNRESET ? End::Reset : End::Quiet};
      out.append(block, static_cast<std::size_t>(n));
    }
  }
  std::string read(std::size_t bytes) {
    std::string out(bytes, '\0');
    std::size_t have = 0;
    for (ssize_t n; have < bytes && (n = ::recv(fd_, out.data() + have, bytes - have, 0)) > 0;)
      have += static_cast<std::size_t>(n);
    out.resize(have);
    return out;
  }

 private:
  int fd_;
  bool refused_ = false;
};

// Answers every request (up to its blank line and body of 4 bytes, if it says so) with kAnswer.
const std::string kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789";
const std::string kAsk = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
constexpr std::size_t kBodyAt = 39;

class Server {
 public:
  Server() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = loopback(0);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int one; (one = ::accept(fd_, nullptr, nullptr)) >= 0;)
        each_.emplace_back([this, one] { answer(one); });
    });
  }
  ~Server() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    for (auto& one : each_) one.join();
    ::close(fd_);
  }
  std::uint16_t port() const { return port_; }
  std::string seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void answer(int fd) {
    std::string bytes;
    char block[4096];
    for (ssize_t n; (n = ::recv(fd, block, sizeof block, 0)) > 0;) {
      bytes.append(block, static_cast<std::size_t>(n));
      {
        const std::lock_guard lock(mutex_);
        seen_.append(block, static_cast<std::size_t>(n));
      }
      for (std::size_t end; (end = bytes.find("\r\n\r\n")) != std::string::npos;) {
        const std::size_t body = bytes.find("content-length: 4") < end ? 4 : 0;
        if (bytes.size() < end + 4 + body) break;
        bytes.erase(0, end + 4 + body);
        ::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
      }
    }
    ::close(fd);
  }

  int fd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::vector<std::thread> each_;
  mutable std::mutex mutex_;
  std::string seen_;
};

class OnSockets : public ::testing::Test {
 protected:
  void start(const std::string& document, Scope scope = Scope::Connection) {
    Options options;
    options.upstream_port = server_.port();
    options.with_control = true;
    options.name = "one";
    options.scope = scope;
    auto plan = parse_document(document);
    ASSERT_TRUE(plan) << plan.error().text();
    options.plan = *plan;
    const auto started = proxy_.start(std::move(options));
    ASSERT_TRUE(started) << started.error().text();
  }
  std::pair<std::string, End> ask(int quiet_ms = 10'000) {
    return Client(proxy_.port()).send(kAsk).read_all(quiet_ms);
  }
  std::string control(const std::string& line, const std::string& body = "") {
    return Client(proxy_.control_port())
        .send(line + " HTTP/1.1\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body)
        .read_all()
        .first;
  }

  Server server_;
  FaultProxy proxy_;
};

TEST_F(OnSockets, PassesBytesUntouchedWithoutAPlan) {
  start("{}");
  Client client(proxy_.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.send(kAsk).read(kAnswer.size()), kAnswer);
  client.half_close();
  EXPECT_EQ(client.read_all(), std::pair(std::string(), End::Fin));
  EXPECT_EQ(server_.seen(), kAsk + kAsk + kAsk);
  EXPECT_EQ(proxy_.counters().response_bytes, 3 * kAnswer.size());
}

TEST_F(OnSockets, CutsAndResetsAfterExactlyNBytes) {
  start("{}");
  for (std::size_t at = 0; at <= kAnswer.size(); ++at) {
    for (const auto& [fault, end] : {std::pair("cut", End::Fin), std::pair("reset", End::Reset)}) {
      const auto document = parse_document(R"({"response":{"fault":")" + std::string(fault) +
                                           R"(","at":)" + std::to_string(at) + "}}");
      ASSERT_TRUE(document);
      proxy_.set_plan(*document);
      Client client(proxy_.port());
      if (at > 0) client.send(kAsk);  // at 0 the connection ends before anything was said
      const auto [bytes, ended] = client.read_all();
      EXPECT_EQ(ended, end) << fault << " at " << at;
      EXPECT_EQ(bytes, kAnswer.substr(0, at)) << fault << " at " << at;
    }
  }
  EXPECT_EQ(proxy_.counters().faults.at("cut"), kAnswer.size() + 1);
}

TEST_F(OnSockets, CountsFromTheBodyWhenToldTo) {
  ASSERT_EQ(kAnswer.find("\r\n\r\n") + 4, kBodyAt);
  start(R"({"response":{"fault":"cut","at":3,"from":"body"}})");
  EXPECT_EQ(ask(), std::pair(kAnswer.substr(0, kBodyAt + 3), End::Fin));
}

TEST_F(OnSockets, FlipsInsertsAndDrops) {
  start(R"({"sequence":[{"response":{"fault":"flip","at":1,"from":"body","mask":1}},
                        {"response":{"fault":"insert","at":1,"from":"body","bytes":"ÿx"}},
                        {"response":{"fault":"drop","at":1,"from":"body","count":3}}]})");
  const std::string head = kAnswer.substr(0, kBodyAt);
  const auto body = [&](std::size_t n) {
    return Client(proxy_.port()).send(kAsk).read(kBodyAt + n).substr(kBodyAt);
  };
  EXPECT_EQ(body(10), "0023456789");
  EXPECT_EQ(body(12), "0\xffx123456789");
  EXPECT_EQ(body(7), "0456789");
}

TEST_F(OnSockets, StallsForAWhileOrUntilTheClientGoes) {
  start(R"({"sequence":[{"response":{"fault":"stall","at":5,"stall_ms":60}},
                        {"response":{"fault":"stall","at":5}}]})");
  EXPECT_EQ(Client(proxy_.port()).send(kAsk).read(kAnswer.size()), kAnswer);
  Client client(proxy_.port());
  client.send(kAsk);
  EXPECT_EQ(client.read(5), kAnswer.substr(0, 5));
  EXPECT_EQ(client.read_all(100), std::pair(std::string(), End::Quiet));
  client.half_close();
  EXPECT_EQ(client.read_all().second, End::Fin);
}

TEST_F(OnSockets, SplitsDripsAndDelaysWithoutChangingAByte) {
  start(R"({"sequence":[{"response":{"write_size":1}},
                        {"response":{"write_size":7,"sizes":"random","gap_us":100}},
                        {"response":{"delay_ms":20,"bytes_per_s":5000}},
                        {"request":{"write_size":1},"connect_ms":5}]})");
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(Client(proxy_.port()).send(kAsk).read(kAnswer.size()), kAnswer) << i;
}

TEST_F(OnSockets, RefusesSwallowsAndHalfCloses) {
  start(R"({"sequence":[{"accept":"refuse"},{"accept":"blackhole"},
                        {"response":{"fault":"half_close","at":4}}]})");
  EXPECT_EQ(Client(proxy_.port()).read_all(), std::pair(std::string(), End::Reset));
  EXPECT_EQ(ask(100), std::pair(std::string(), End::Quiet));
  Client client(proxy_.port());
  EXPECT_EQ(client.send(kAsk).read_all(), std::pair(kAnswer.substr(0, 4), End::Fin));
  client.send(kAsk);  // the other direction lives on
  while (server_.seen() != kAsk + kAsk) std::this_thread::yield();
}

TEST_F(OnSockets, CutsTheRequestDirection) {
  start(R"({"sequence":[{"request":{"fault":"cut","at":10}},{"request":{"fault":"reset","at":10}}]})");
  {
    Client client(proxy_.port());
    client.send(kAsk);
    while (server_.seen() != kAsk.substr(0, 10)) std::this_thread::yield();
  }
  EXPECT_EQ(ask().second, End::Reset);
  // What the server sees of these depends on whether it reads before the reset takes them away.
  EXPECT_EQ(proxy_.counters().request_bytes, 20u);
}

TEST_F(OnSockets, DoesNotListenWhileClosed) {
  start("{}");
  EXPECT_THAT(control("PUT /listening", "false"), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(Client(proxy_.port()).refused());
  EXPECT_THAT(control("PUT /listening", "true"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(Client(proxy_.port()).send(kAsk).read(kAnswer.size()), kAnswer);
}

TEST_F(OnSockets, DropsEveryOpenConnection) {
  start("{}");
  Client client(proxy_.port());
  EXPECT_EQ(client.send(kAsk).read(kAnswer.size()), kAnswer);
  proxy_.drop_connections();
  EXPECT_EQ(client.read_all().second, End::Reset);
}

TEST_F(OnSockets, PlansEachRequestOfAConnection) {
  start(R"({"sequence":[{},{"response":{"fault":"insert","at":0,"from":"body","bytes":"!"}},{}]})",
        Scope::Request);
  Client client(proxy_.port());
  EXPECT_EQ(client.send(kAsk).read(kAnswer.size()), kAnswer);
  EXPECT_THAT(client.send(kAsk).read(kAnswer.size() + 1), HasSubstr("\r\n\r\n!0123"));
  EXPECT_EQ(client.send(kAsk).read(kAnswer.size()), kAnswer);
}

TEST_F(OnSockets, TakesThePlanThatTheRequestBrings) {
  start("{}", Scope::Request);
  const auto with = [&](const std::string& name) {
    return "GET / HTTP/1.1\r\nx: [[fault " + name +
           R"(: {\"response\": {\"fault\": \"cut\", \"at\": 3}}]])" + "\r\n\r\n";
  };
  Client client(proxy_.port());
  EXPECT_EQ(client.send(with("other")).read(kAnswer.size()), kAnswer);
  EXPECT_EQ(client.send(with("one")).read_all(), std::pair(kAnswer.substr(0, 3), End::Fin));
  EXPECT_EQ(Client(proxy_.port())
                .send("GET / HTTP/1.1\r\nx: [[fault one: {!]]\r\n\r\n")
                .read_all()
                .second,
            End::Reset);
}

TEST_F(OnSockets, ReadsAPlanThroughTheEscapesOfAJsonString) {
  start("{}", Scope::Request);
  const std::string ask =
      "GET / HTTP/1.1\r\nx: [[fault one: "
      R"({\"response\":{\"fault\":\"insert\",\"at\":0,\"bytes\":\"\\r\\u0000ÿ\"}}]])"
      "\r\n\r\n";
  EXPECT_EQ(Client(proxy_.port()).send(ask).read(3), std::string("\r\0\xff", 3));
}

TEST_F(OnSockets, HoldsARequestUntilItsBodyIsWhole) {
  start("{}", Scope::Request);
  Client client(proxy_.port());
  const std::string head = "POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\n";
  client.send(head + "ab");
  EXPECT_EQ(client.read_all(50), std::pair(std::string(), End::Quiet));
  EXPECT_EQ(server_.seen(), "");
  EXPECT_EQ(client.send("cd").read(kAnswer.size()), kAnswer);
  EXPECT_EQ(server_.seen(), head + "abcd");
}

TEST_F(OnSockets, ReplaysARunFromItsSeed) {
  start(R"({"mix":"cut:3,reset:3,split:2,corrupt:2,clean:1","seed":99,"span":48})");
  const auto run = [&] {
    std::vector<std::pair<std::string, End>> out;
    for (int i = 0; i < 40; ++i) {
      Client client(proxy_.port());
      client.send(kAsk);
      client.half_close();
      out.push_back(client.read_all());
    }
    return out;
  };
  // A reset may overtake bytes, so what it cut is no part of the comparison.
  const auto comparable = [](std::vector<std::pair<std::string, End>> all) {
    for (auto& [bytes, end] : all)
      if (end == End::Reset) bytes.clear();
    return all;
  };
  const auto first = comparable(run());
  const auto faults = proxy_.counters().faults;
  control("POST /reset");
  EXPECT_EQ(comparable(run()), first);
  EXPECT_EQ(proxy_.counters().faults, faults);
  EXPECT_GE(faults.size(), 3u);
}

TEST_F(OnSockets, TakesPlansAndTellsCountsOnTheControlPort) {
  start("{}");
  EXPECT_THAT(control("PUT /plan", R"({"response":{"fault":"cut","at":2}})"), HasSubstr("200 OK"));
  EXPECT_EQ(ask().first, kAnswer.substr(0, 2));
  EXPECT_THAT(control("GET /counters"), HasSubstr(R"("faults":{"cut":1})"));
  EXPECT_THAT(control("PUT /plan", R"({"response":{"fault":"?"}})"), HasSubstr("response.fault"));
  EXPECT_THAT(control("GET /nothing"), StartsWith("HTTP/1.1 404"));
  control("POST /reset");
  EXPECT_THAT(control("GET /counters"), HasSubstr(R"("connections":0)"));
}

}  // namespace
}  // namespace smartroute::fault_proxy
