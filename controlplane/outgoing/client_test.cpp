#include "controlplane/outgoing/client.hpp"

#include <gtest/gtest.h>

#include <future>

#include "controlplane/outgoing/raw_server.hpp"

namespace smartroute::control::outgoing {
namespace {

using State = Call::State;
using Taken = Call::Taken;

Request to(const RawServer& server, const char* host = "127.0.0.1") {
  Request request;
  request.url.tls = false;
  request.url.host = host;
  request.url.port = server.port();
  request.path = "/x";
  return request;
}

// Until the call has ended, one way or the other; its body.
std::string all_of(Call& call) {
  std::string body;
  for (;;) {
    const Taken taken = call.take(body);
    if (taken == Taken::End || taken == Taken::Failed) return body;
    call.wait(Millis(1'000));
  }
}

void until_head(Call& call) {
  while (call.state() == State::Waiting) call.wait(Millis(1'000));
}

std::string until_bytes(Call& call, std::size_t size) {
  std::string body;
  while (body.size() < size) {
    if (call.take(body) == Taken::Failed) break;
    if (body.size() < size) call.wait(Millis(1'000));
  }
  return body;
}

TEST(OutgoingClient, SendsARequestAndReadsTheAnswer) {
  std::promise<std::string> seen;
  RawServer server([&](Peer& peer) {
    seen.set_value(peer.request());
    peer.send("HTTP/1.1 200 OK\r\nX-One: 1\r\ncontent-length: 5\r\n\r\nhello");
  });
  Client client;
  Request request = to(server);
  request.verb = Verb::Post;
  request.url.path = "/base";
  request.headers = {{"authorization", "Bearer abc"}, {"x-empty", ""}};
  request.body = "{}";
  const auto call = client.start(std::move(request));
  EXPECT_EQ(all_of(*call), "hello");
  EXPECT_EQ(call->state(), State::Ended);
  EXPECT_EQ(call->head().status, 200);
  EXPECT_EQ(call->head().get("x-one"), "1");
  EXPECT_EQ(call->facts().address, "127.0.0.1:" + std::to_string(server.port()));
  const std::string sent = seen.get_future().get();
  EXPECT_EQ(sent.find("POST /base/x HTTP/1.1\r\n"), 0u) << sent;
  EXPECT_NE(sent.find("authorization: Bearer abc\r\n"), std::string::npos) << sent;
  EXPECT_EQ(sent.find("Expect"), std::string::npos) << sent;
  EXPECT_EQ(sent.find("Accept-Encoding"), std::string::npos) << sent;
}

TEST(OutgoingClient, GivesEachPieceAsItComes) {
  std::promise<void> first_was_read;
  RawServer server([&](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    first_was_read.get_future().wait();
    peer.send("6\r\nsecond\r\n0\r\n\r\n");
  });
  Client client;
  const auto call = client.start(to(server));
  EXPECT_EQ(until_bytes(*call, 5), "first");
  first_was_read.set_value();
  EXPECT_EQ(all_of(*call), "second");
  EXPECT_EQ(call->state(), State::Ended);
}

TEST(OutgoingClient, TellsThatSomethingHasCome) {
  RawServer server([&](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  Client client;
  std::mutex mutex;
  std::condition_variable changed;
  int told = 0;
  const auto call = client.start(to(server), [&] {
    const std::lock_guard lock(mutex);
    ++told;
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return told > 0; });
}

TEST(OutgoingClient, FollowsNoRedirect) {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
  });
  Client client;
  const auto call = client.start(to(server));
  all_of(*call);
  EXPECT_EQ(call->head().status, 302);
  EXPECT_EQ(call->head().get("location"), "http://127.0.0.1:1/");
  EXPECT_EQ(server.connections(), 1);
}

TEST(OutgoingClient, StopsAtAHeadThatNeverEnds) {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("x-more: " + std::string(1'000, 'x') + "\r\n")) {
    }
  });
  Client client;
  const auto call = client.start(to(server));
  all_of(*call);
  EXPECT_EQ(call->failure().fault, Fault::TooLarge);
  EXPECT_EQ(call->failure().stage, Stage::Answer);
}

TEST(OutgoingClient, LetsTheServerWaitForItsReader) {
  constexpr std::size_t kBytes = 32 * 1024 * 1024;
  std::promise<void> sent;
  RawServer server([&](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(kBytes) + "\r\n\r\n");
    const std::string piece(1024 * 1024, 'x');
    for (std::size_t at = 0; at < kBytes; at += piece.size()) peer.send(piece);
    sent.set_value();
  });
  Client client;
  const auto call = client.start(to(server));
  until_head(*call);
  std::string once;
  while (once.empty()) {
    call->take(once);
    call->wait(Millis(100));
  }
  EXPECT_LE(once.size(), kMaxUnreadBytes + 16 * 1024);
  EXPECT_EQ(once.size() + all_of(*call).size(), kBytes);
  sent.get_future().wait();
}

TEST(OutgoingClient, KnowsAnAnswerThatWasCut) {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
  });
  Client client;
  const auto call = client.start(to(server));
  EXPECT_EQ(all_of(*call), "half");
  EXPECT_EQ(call->state(), State::Failed);
  EXPECT_EQ(call->failure().stage, Stage::Body);
}

TEST(OutgoingClient, ClosesTheConnectionOfACallThatIsGivenUp) {
  std::promise<void> left;
  RawServer server([&](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n");
    peer.until_left();
    left.set_value();
  });
  Client client;
  auto call = client.start(to(server));
  until_bytes(*call, 1);
  call.reset();
  left.get_future().wait();
}

TEST(OutgoingClient, EndsItsCallsWhenItIsShutDown) {
  RawServer server([&](Peer& peer) { peer.until_left(); });
  Client client;
  const auto call = client.start(to(server));
  client.shut_down();
  all_of(*call);
  EXPECT_EQ(call->failure().fault, Fault::Cancelled);
  const auto late = client.start(to(server));
  all_of(*late);
  EXPECT_EQ(late->failure().fault, Fault::Cancelled);
}

TEST(OutgoingClient, GivesUpWhenItsTimeIsOver) {
  RawServer server([&](Peer& peer) { peer.until_left(); });
  Client client;
  Request request = to(server);
  request.total = Millis(50);
  const auto call = client.start(std::move(request));
  all_of(*call);
  EXPECT_EQ(call->failure().fault, Fault::Timeout);
  EXPECT_EQ(call->failure().stage, Stage::Answer);
}

TEST(OutgoingClient, SaysThatNobodyListens) {
  Request request;
  {
    const RawServer server([](Peer&) {});
    request = to(server);
  }
  Client client;
  const auto call = client.start(std::move(request));
  all_of(*call);
  EXPECT_EQ(call->failure().fault, Fault::Unreachable);
  EXPECT_EQ(call->failure().stage, Stage::Connect);
}

TEST(OutgoingClient, ConnectsOnlyWhereItMay) {
  struct Row {
    const char* host;
    bool allow_private;
    config::AddressVerdict verdict;
  };
  const Row rows[] = {
      {"169.254.169.254", true, config::AddressVerdict::LinkLocal},
      {"::ffff:169.254.169.254", true, config::AddressVerdict::LinkLocal},
      {"fd00:ec2::254", true, config::AddressVerdict::LinkLocal},
      {"0.0.0.0", true, config::AddressVerdict::NotUnicast},
      {"224.0.0.1", true, config::AddressVerdict::NotUnicast},
  };
  Client client;
  for (const Row& row : rows) {
    Request request;
    request.url.tls = false;
    request.url.host = row.host;
    request.url.port = 80;
    request.allow_private = row.allow_private;
    const auto call = client.start(std::move(request));
    all_of(*call);
    EXPECT_EQ(call->failure().fault, Fault::Forbidden) << row.host << ": " << call->failure().detail;
    EXPECT_EQ(call->failure().stage, Stage::Address) << row.host;
    EXPECT_EQ(call->failure().verdict, row.verdict) << row.host;
  }
}

TEST(OutgoingClient, ConnectsToAnAddressOfTheName) {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  });
  Client client;
  for (int i = 0; i < 2; ++i) {   // the second finds what the library remembers of the first
    const auto call = client.start(to(server, "localhost"));
    EXPECT_EQ(all_of(*call), "ok") << call->failure().detail;
    EXPECT_EQ(call->facts().address, "127.0.0.1:" + std::to_string(server.port()));
  }
}

TEST(OutgoingClient, SaysThatANameDoesNotResolve) {
  Request request;
  request.url.tls = false;
  request.url.host = "no-such-name.invalid";
  request.url.port = 80;
  Client client;
  const auto call = client.start(std::move(request));
  all_of(*call);
  EXPECT_EQ(call->failure().fault, Fault::Lookup) << call->failure().detail;
  EXPECT_EQ(call->failure().stage, Stage::Address);
}

TEST(OutgoingClient, WritesNoHeaderOfTwoLines) {
  RawServer server([](Peer& peer) { peer.until_left(); });
  Client client;
  Request request = to(server);
  request.headers.emplace_back("x", "a\r\ny: b");
  const auto call = client.start(std::move(request));
  all_of(*call);
  EXPECT_EQ(call->state(), State::Failed);
  EXPECT_EQ(server.connections(), 0);
}

TEST(OutgoingClient, UsesNoProxyOfTheEnvironment) {
  RawServer proxy([](Peer& peer) { peer.until_left(); });
  RawServer server([](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });
  ::setenv("http_proxy", ("http://127.0.0.1:" + std::to_string(proxy.port())).c_str(), 1);
  Client client;
  const auto call = client.start(to(server));
  all_of(*call);
  ::unsetenv("http_proxy");
  EXPECT_EQ(call->head().status, 200);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(OutgoingClient, KnowsThatTlsWasNeverAnswered) {
  RawServer server([](Peer& peer) { peer.until_left(); });
  Client client;
  Request request = to(server);
  request.url.tls = true;
  request.total = Millis(200);
  const auto call = client.start(std::move(request));
  all_of(*call);
  EXPECT_EQ(call->failure().fault, Fault::Timeout);
  EXPECT_EQ(call->failure().stage, Stage::Tls);
}

TEST(OutgoingClient, WantsTlsWhereTheUrlDoes) {
  RawServer server([](Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  Client client;
  Request request = to(server);
  request.url.tls = true;
  const auto call = client.start(std::move(request));
  all_of(*call);
  EXPECT_EQ(call->failure().fault, Fault::Tls);
  EXPECT_EQ(call->failure().stage, Stage::Tls);
}

}  // namespace
}  // namespace smartroute::control::outgoing
