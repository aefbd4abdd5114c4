#include "tools/mock_provider/mock_provider.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

namespace smartroute::mock_provider {
namespace {

using Json = nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string with_directive(const std::string& directive, const std::string& more = "") {
  const Json message = {{"role", "user"}, {"content", "hi [[mock: " + directive + "]]"}};
  return R"({"model":"m1","messages":[)" + message.dump() + "]" + more + "}";
}

std::string post(const std::string& body, const std::string& headers = "") {
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: mock\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A blocking client that sees raw bytes.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { close(); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int fd() const { return fd_; }
  void send(const std::string& bytes) {
    EXPECT_EQ(::write(fd_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  // Up to the end of the connection; `reset` tells RST from FIN.
  std::string read_to_end(bool* reset = nullptr) {
    std::string out;
    for (ssize_t n; (n = read_some(out)) != 0;) {
      if (n < 0) {
        if (reset != nullptr) *reset = errno == ECONNRESET;
        break;
      }
    }
    return out;
  }
  std::string read_until(const std::string& mark) {
    std::string out;
    while (out.find(mark) == std::string::npos && read_some(out) > 0) {
    }
    return out;
  }
  // One whole response of declared or chunked length.
  std::string read_response() {
    std::string out = read_until("\r\n\r\n");
    const auto body = out.find("\r\n\r\n") + 4;
    const auto at = out.find("content-length: ");
    if (at < body) {
      const std::size_t whole = body + std::strtoul(out.c_str() + at + 16, nullptr, 10);
      while (out.size() < whole && read_some(out) > 0) {
      }
    } else {
      while (!out.ends_with("\r\n0\r\n\r\n") && read_some(out) > 0) {
      }
    }
    return out;
  }

 private:
  ssize_t read_some(std::string& out) {
    char block[4096];
    const ssize_t n = ::read(fd_, block, sizeof block);
    if (n > 0) out.append(block, static_cast<std::size_t>(n));
    return n;
  }
  int fd_;
};

std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

std::string unchunked(std::string_view body) {
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t line_end = body.find("\r\n", at);
    if (line_end == std::string_view::npos) return out;
    const std::size_t size = std::stoul(std::string(body.substr(at, line_end - at)), nullptr, 16);
    if (size == 0) return out;
    out += body.substr(line_end + 2, size);
    at = line_end + 2 + size + 2;
  }
}

std::vector<Json> events_of(const std::string& payload) {
  std::vector<Json> events;
  for (std::size_t at = 0; at < payload.size();) {
    const std::size_t end = payload.find("\n\n", at);
    const std::string event = payload.substr(at, end - at);
    EXPECT_THAT(event, StartsWith("data: "));
    if (event != "data: [DONE]") events.push_back(Json::parse(event.substr(6)));
    at = end == std::string::npos ? payload.size() : end + 2;
  }
  return events;
}

std::string content_of(const std::vector<Json>& events) {
  std::string text;
  for (const Json& event : events) {
    for (const Json& choice : event["choices"]) text += choice["delta"].value("content", "");
  }
  return text;
}

class MockProviderTest : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }
  void start(Behaviour fallback) {
    ASSERT_TRUE(provider_.start("127.0.0.1", 0, std::move(fallback)));
  }
  std::string ask(const std::string& bytes) {
    Client client(provider_.port());
    client.send(bytes);
    return client.read_response();
  }
  std::string ask_to_end(const std::string& bytes, bool* reset = nullptr) {
    Client client(provider_.port());
    client.send(bytes);
    return client.read_to_end(reset);
  }
  // A stream's payload under a behaviour given in the request.
  std::string stream_of(const std::string& behaviour) {
    return unchunked(body_of(ask(post(with_directive(behaviour, ",\"stream\":true")))));
  }
  // Counters change on the provider's thread a moment after the client has seen the effect.
  template <class Condition>
  bool becomes_true(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return condition();
  }

  MockProvider provider_;
};

TEST_F(MockProviderTest, AnswersWithModelAndUserTextAndTheSameBytesEachTime) {
  const std::string body =
      R"({"model":"gpt-x","messages":[{"role":"user","content":[{"type":"text","text":"say \"hé\""}]}]})";
  const std::string response = ask(post(body));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
  const Json answer = Json::parse(body_of(response));
  EXPECT_EQ(answer["model"], "gpt-x");
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "Hello from gpt-x. You said: say \"hé\"");
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
  EXPECT_GT(answer["usage"]["prompt_tokens"], 0);
  EXPECT_EQ(response, ask(post(body)));
}

TEST_F(MockProviderTest, StreamsRoleContentFinishUsageAndDone) {
  const std::string body =
      R"({"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"one two"}]})";
  const std::string response = ask(post(body));
  EXPECT_THAT(response, HasSubstr("content-type: text/event-stream"));
  const std::string payload = unchunked(body_of(response));
  EXPECT_THAT(payload, EndsWith("data: [DONE]\n\n"));
  const auto events = events_of(payload);
  EXPECT_EQ(events.front()["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(content_of(events), "Hello from m. You said: one two");
  EXPECT_EQ(events[events.size() - 2]["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(events.back()["choices"].empty());
  EXPECT_GT(events.back()["usage"]["completion_tokens"], 3);
}

TEST_F(MockProviderTest, NumbersThePiecesOfASequence) {
  const std::string payload = stream_of(R"({"sequence":3,"tag":"s7"})");
  const std::string text = "s7.m1.0 é漢😀 s7.m1.1 é漢😀 s7.m1.2 é漢😀 ";
  EXPECT_EQ(content_of(events_of(payload)), text);
  EXPECT_THAT(payload, HasSubstr("s7.m1.0 é漢😀 "));
  EXPECT_THAT(payload, HasSubstr(R"(s7.m1.1 \u00E9\u6F22\uD83D\uDE00 )"));
  const Json plain =
      Json::parse(body_of(ask(post(with_directive(R"({"sequence":3,"tag":"s7"})")))));
  EXPECT_EQ(plain["choices"][0]["message"]["content"], text);
}

TEST_F(MockProviderTest, SpellsEventsAsItIsToldTo) {
  const auto first = [&](const std::string& form) {
    return stream_of(R"({"sequence":1,)" + form + "}").substr(0, 60);
  };
  EXPECT_THAT(first(R"("bom":true)"), StartsWith("\xef\xbb\xbf"
                                                 "data: {\"id\""));
  EXPECT_THAT(first(R"("named":true)"), StartsWith("event: message\nid: 0\nretry: 1000\ndata: {"));
  EXPECT_THAT(first(R"("comments":true)"), StartsWith(": ping 0\n\ndata: {"));
  EXPECT_THAT(first(R"("no_space":true)"), StartsWith("data:{"));
  EXPECT_THAT(stream_of(R"({"sequence":1,"two_lines":true})"), HasSubstr(",\ndata: \"object\""));
  for (const auto& [name, end] :
       {std::pair("crlf", "}\r\n\r\n"), std::pair("cr", "}\r\r"), std::pair("lf", "}\n\n")}) {
    const std::string payload =
        stream_of(R"({"sequence":1,"line_end":")" + std::string(name) + "\"}");
    EXPECT_THAT(payload, HasSubstr(std::string(end) + "data: {")) << name;
  }
  const std::string mixed = stream_of(R"({"sequence":2,"line_end":"mixed"})");
  for (const char* end : {"}\n\ndata", "}\r\n\r\ndata", "}\r\rdata"})
    EXPECT_THAT(mixed, HasSubstr(end));
}

TEST_F(MockProviderTest, PutsGarbageWhereItIsToldTo) {
  const std::string payload = stream_of(
      R"({"sequence":2,"garbage_at_event":1,"garbage":"data: ÿ\n\n","after_done":"data: late\n\n"})");
  const auto garbage = payload.find("data: \xff\n\n");
  ASSERT_NE(garbage, std::string::npos);
  EXPECT_LT(payload.find("m1.0"), garbage);
  EXPECT_GT(payload.find("m1.1"), garbage);
  EXPECT_THAT(payload, EndsWith("data: [DONE]\n\ndata: late\n\n"));
  EXPECT_THAT(stream_of(R"({"sequence":2,"usage_every_event":true})"),
              HasSubstr(R"("finish_reason":null}],"usage":{"prompt_tokens")"));
}

TEST_F(MockProviderTest, TakesAScriptForSeveralModelsFromARequest) {
  const std::string directive = R"({"models":{"m1":{"status":503},"m2":{"sequence":1}}})";
  EXPECT_THAT(ask(post(with_directive(directive))), StartsWith("HTTP/1.1 503"));
  std::string other = with_directive(directive);
  other.replace(other.find("m1"), 2, "m2");
  EXPECT_THAT(ask(post(other)), HasSubstr("m2.m2.0"));
  other.replace(other.find("m2"), 2, "m3");
  EXPECT_THAT(ask(post(other)), HasSubstr("Hello from m3"));
}

TEST_F(MockProviderTest, LeavesOutWhatItIsToldTo) {
  const std::string usage = R"(,"stream":true,"stream_options":{"include_usage":true})";
  const std::string all = unchunked(body_of(ask(post(with_directive("{\"events\":2}", usage)))));
  EXPECT_THAT(all, HasSubstr("\"usage\":{"));
  EXPECT_THAT(all, HasSubstr("\"finish_reason\":\"stop\""));
  const std::string fewer = unchunked(body_of(ask(post(with_directive(
      R"({"events":2,"no_done":true,"no_usage":true,"no_finish_reason":true})", usage)))));
  EXPECT_THAT(fewer, Not(HasSubstr("\"usage\":{")));
  EXPECT_THAT(fewer, Not(HasSubstr("\"stop\"")));
  EXPECT_THAT(fewer, Not(HasSubstr("[DONE]")));
  EXPECT_EQ(content_of(events_of(fewer)), content_of(events_of(all)));
}

TEST_F(MockProviderTest, MakesAsManyNumberedEventsAsAsked) {
  const std::string response =
      ask(post(with_directive(R"({"events":120,"chunk_bytes":20})", R"(,"stream":true)")));
  const auto events = events_of(unchunked(body_of(response)));
  ASSERT_EQ(events.size(), 122u);
  EXPECT_EQ(events[1]["choices"][0]["delta"]["content"], "w00000 xxxxxxxxxxxxx");
  EXPECT_EQ(events[120]["choices"][0]["delta"]["content"], "w00119 xxxxxxxxxxxxx");
  const Json plain =
      Json::parse(body_of(ask(post(with_directive(R"({"events":120,"chunk_bytes":20})")))));
  EXPECT_EQ(plain["choices"][0]["message"]["content"], content_of(events));
}

TEST_F(MockProviderTest, ChoosesHeaderBeforeDirectiveBeforeModelBeforeFallback) {
  provider_.set_script(
      *parse_script(R"({"default":{"status":501},"models":{"m1":{"status":502}}})"));
  const std::string plain = R"({"model":"m1","messages":[{"role":"user","content":"x"}]})";
  const std::string header = "X-Mock-Script: {\"status\":504}\r\n";
  EXPECT_THAT(ask(post(with_directive(R"({"status":503})"), header)), StartsWith("HTTP/1.1 504 "));
  EXPECT_THAT(ask(post(with_directive(R"({"status":503})"))), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(ask(post(plain)), StartsWith("HTTP/1.1 502 "));
  EXPECT_THAT(ask(post(R"({"model":"m2","messages":[]})")), StartsWith("HTTP/1.1 501 "));
}

TEST_F(MockProviderTest, RefusesAScriptItDoesNotUnderstand) {
  EXPECT_THAT(ask(post(with_directive(R"({"statu":503})"))),
              HasSubstr("behaviour.statu: unknown field"));
  EXPECT_FALSE(parse_behaviour(R"({"framing":"odd"})"));
  EXPECT_FALSE(parse_behaviour(R"({"events":-2})"));
  EXPECT_FALSE(parse_behaviour("[]"));
  EXPECT_FALSE(parse_script(R"({"models":{"a":{"status":"x"}}})"));
}

TEST_F(MockProviderTest, AnswersErrorsWithBodyHeadersAndRetryAfter) {
  const std::string response = ask(post(with_directive(
      R"({"status":429,"retry_after":7,"headers":{"x-a":"b"},"body":{"error":{"message":"slow down"}}})",
      R"(,"stream":true)")));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(response, HasSubstr("retry-after: 7\r\nx-a: b\r\n"));
  EXPECT_EQ(body_of(response), R"({"error":{"message":"slow down"}})");
  EXPECT_EQ(Json::parse(body_of(ask(post(with_directive("{\"status\":401}")))))["error"]["type"],
            "authentication_error");
}

TEST_F(MockProviderTest, HidesErrorsInsideA200) {
  EXPECT_TRUE(
      Json::parse(body_of(ask(post(with_directive("{\"error_200\":true}"))))).contains("error"));
  const auto events = events_of(
      unchunked(body_of(ask(post(with_directive("{\"error_200\":true}", R"(,"stream":true)"))))));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].contains("error"));
  const std::string late = unchunked(body_of(ask(post(with_directive(
      R"({"events":5,"error_at_event":2,"raw_error":true})", R"(,"stream":true)")))));
  EXPECT_THAT(late, HasSubstr("w00001"));
  EXPECT_THAT(late, Not(HasSubstr("w00002")));
  EXPECT_THAT(late, HasSubstr("\n\n{\"error\""));
}

TEST_F(MockProviderTest, FailsEveryNthRequestAndAShareOfThem) {
  provider_.set_script(*parse_script(
      R"({"models":{"n":{"fail_every":3},"r":{"fail_ratio":0.5,"seed":9,"status":429}}})"));
  std::string fates;
  for (int i = 0; i < 6; ++i) fates += ask(post(R"({"model":"n","messages":[]})"))[9];
  EXPECT_EQ(fates, "225225");
  int failed = 0;
  for (int i = 0; i < 200; ++i)
    failed += ask(post(R"({"model":"r","messages":[]})")).starts_with("HTTP/1.1 429") ? 1 : 0;
  EXPECT_GT(failed, 60);
  EXPECT_LT(failed, 140);
}

TEST_F(MockProviderTest, CutsAfterExactlyThatManyBodyBytesWithFinOrRst) {
  const std::string whole =
      body_of(ask(post(with_directive(R"({"events":3,"no_done":false})", R"(,"stream":true)"))));
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{1}, std::size_t{150}, whole.size() - 1}) {
    const std::string directive = R"({"events":3,"cut_at_byte":)" + std::to_string(at) + "}";
    bool reset = false;
    const std::string cut =
        ask_to_end(post(with_directive(directive, R"(,"stream":true)")), &reset);
    EXPECT_EQ(body_of(cut), whole.substr(0, at));
    EXPECT_FALSE(reset);
  }
  bool reset = false;
  ask_to_end(
      post(with_directive(R"({"events":3,"cut_at_byte":0,"rst":true})", R"(,"stream":true)")),
      &reset);
  EXPECT_TRUE(reset);
  EXPECT_EQ(ask_to_end(post(with_directive("{\"cut_before_head\":true}"))), "");
}

TEST_F(MockProviderTest, NoticesThatTheClientLeftAStalledPacedOrEndlessStream) {
  const char* directives[] = {R"({"stall_before_head":true})",
                              R"({"events":3,"stall_at_byte":100})",
                              R"({"events":1000,"pace_ms":60000})",
                              R"({"events":-1,"pace_ms":1})",
                              R"({"events":-1})",
                              R"({"latency_ms":60000})"};
  std::uint64_t expected = 0;
  for (const char* directive : directives) {
    Client client(provider_.port());
    client.send(post(with_directive(directive, R"(,"stream":true)")));
    ASSERT_TRUE(becomes_true([&] { return provider_.stats().active == 1; })) << directive;
    client.close();
    ++expected;
    EXPECT_TRUE(becomes_true([&] {
      return provider_.stats().aborted == expected && provider_.stats().active == 0;
    })) << directive;
  }
}

struct FramingRow {
  const char* name;
  const char* more;  // of the request
  const char* head_holds;
  const char* end;  // of the bytes on the wire
};

TEST_F(MockProviderTest, SpeaksEveryBadFramingItKnows) {
  const std::string stream = R"(,"stream":true)";
  const FramingRow rows[] = {
      {"cl_te", stream.c_str(), "content-length: 5\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"},
      {"bad_chunk", "", "transfer-encoding: chunked\r\n", "0\r\n\r\n"},
      {"http10_eof", stream.c_str(), "HTTP/1.0 200 OK\r\n", "data: [DONE]\n\n"},
      {"eof", "", "connection: close\r\n", "\"fp_mock\"}"},
      {"short_cl", "", "connection: close\r\n", "\"fp_mock\"}"},
      {"te_gzip", "", "transfer-encoding: gzip\r\n", ""},
      {"no_last_chunk", stream.c_str(), "transfer-encoding: chunked\r\n", "data: [DONE]\n\n\r\n"},
      {"trailers", stream.c_str(), "transfer-encoding: chunked\r\n",
       "0\r\nx-mock-trailer: 1\r\n\r\n"},
      {"chunk_ext", stream.c_str(), "transfer-encoding: chunked\r\n", "0\r\n\r\n"},
      {"no_reason", "", "HTTP/1.1 200\r\n", "\"fp_mock\"}"},
      {"1xx_then_200", "", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n",
       "\"fp_mock\"}"},
      {"extra_bytes", "", "HTTP/1.1 200 OK\r\n", "{\"poison\":\"unasked\"}"},
      {"html_200", stream.c_str(), "content-type: text/html", "</html>\n"},
      {"json_for_stream", stream.c_str(), "content-type: application/json", "\"fp_mock\"}"},
  };
  for (const FramingRow& row : rows) {
    const std::string directive = std::string(R"({"events":2,"framing":")") + row.name + "\"}";
    const std::string response =
        ask_to_end(post(with_directive(directive, row.more), "Connection: close\r\n"));
    EXPECT_THAT(response, HasSubstr(row.head_holds)) << row.name;
    EXPECT_THAT(response, EndsWith(row.end)) << row.name;
  }
  const std::string two =
      ask_to_end(post(with_directive(R"({"framing":"two_cl"})"), "Connection: close\r\n"));
  const auto first = two.find("content-length: ");
  const auto second = two.find("content-length: ", first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_NE(two.substr(first, 20), two.substr(second, 20));
  const std::string bad =
      ask_to_end(post(with_directive(R"({"framing":"bad_chunk"})"), "Connection: close\r\n"));
  EXPECT_THAT(bad, HasSubstr("\r\nxyz\r\n"));
  const std::string shortened = ask_to_end(post(with_directive(R"({"framing":"short_cl"})")));
  const std::size_t promised =
      std::strtoul(shortened.c_str() + shortened.find("content-length: ") + 16, nullptr, 10);
  EXPECT_EQ(promised, body_of(shortened).size() + 16);
}

std::string gunzipped(const std::string& bytes) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, 15 + 16), Z_OK);
  std::string out(1 << 20, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

TEST_F(MockProviderTest, CompressesPlainAnswersAndStreams) {
  const std::string plain = ask(post(with_directive(R"({"gzip":true,"pad_bytes":1000})")));
  EXPECT_THAT(plain, HasSubstr("content-encoding: gzip\r\n"));
  EXPECT_EQ(Json::parse(gunzipped(body_of(plain)))["object"], "chat.completion");
  const std::string stream =
      ask(post(with_directive(R"({"gzip":true,"events":9})", R"(,"stream":true)")));
  EXPECT_THAT(gunzipped(unchunked(body_of(stream))), EndsWith("data: [DONE]\n\n"));
}

TEST_F(MockProviderTest, SendsTheSameBytesForEveryWriteSize) {
  const std::string whole =
      ask(post(with_directive(R"({"events":4,"write_size":0})", R"(,"stream":true)")));
  for (const int size : {1, 7, 4096}) {
    const std::string directive = R"({"events":4,"write_size":)" + std::to_string(size) + "}";
    EXPECT_EQ(body_of(ask(post(with_directive(directive, R"(,"stream":true)")))).size(),
              body_of(whole).size());
  }
  EXPECT_EQ(content_of(events_of(unchunked(body_of(ask(post(
                with_directive(R"({"events":4,"event_writes":true})", R"(,"stream":true)"))))))),
            content_of(events_of(unchunked(body_of(whole)))));
}

TEST_F(MockProviderTest, EchoesTheRawRequest) {
  const std::string body = with_directive(
      R"({"echo_request":true})", R"(,"odd":123456789012345678901234567890,"z":1.0,"u":"ü")");
  const std::string response = ask(post(body, "X-Special: 1\r\n"));
  EXPECT_THAT(response, HasSubstr("x-mock-header-names: Host,X-Special,Content-Length\r\n"));
  const Json answer = Json::parse(body_of(response));
  EXPECT_EQ(answer["choices"][0]["message"]["content"], body);
  const std::string stream = body.substr(0, body.size() - 1) + R"(,"stream":true})";
  EXPECT_EQ(content_of(events_of(unchunked(body_of(ask(post(stream)))))), stream);
}

TEST_F(MockProviderTest, CallsToolsWhenAskedTo) {
  const std::string tools =
      R"("tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"},"unit":{"enum":["c","f"]}}}}}])";
  const auto request = [&](const std::string& text, const std::string& more) {
    return R"({"model":"m","messages":[{"role":"user","content":")" + text + "\"}]," + tools +
           more + "}";
  };
  const Json call = Json::parse(body_of(ask(post(request("use get_weather", "")))));
  EXPECT_EQ(call["choices"][0]["finish_reason"], "tool_calls");
  const Json function = call["choices"][0]["message"]["tool_calls"][0]["function"];
  EXPECT_EQ(function["name"], "get_weather");
  EXPECT_EQ(Json::parse(function["arguments"].get<std::string>()),
            Json({{"city", "mock city"}, {"days", 1}, {"unit", "c"}}));

  std::string arguments;
  int fragments = 0;
  for (const Json& event : events_of(unchunked(
           body_of(ask(post(request("hi", R"(,"tool_choice":"required","stream":true)"))))))) {
    for (const Json& part : event["choices"][0]["delta"].value("tool_calls", Json::array())) {
      arguments += part["function"].value("arguments", "");
      ++fragments;
    }
  }
  EXPECT_EQ(arguments, function["arguments"]);
  EXPECT_GT(fragments, 3);
  EXPECT_FALSE(Json::parse(body_of(ask(post(request("hi", "")))))["choices"][0]["message"].contains(
      "tool_calls"));
  EXPECT_FALSE(Json::parse(body_of(
      ask(post(request("get_weather", R"(,"tool_choice":"none")")))))["choices"][0]["message"]
                   .contains("tool_calls"));
}

TEST_F(MockProviderTest, ReadsChunkedBodiesExpectContinueAndSeveralRequestsOnAConnection) {
  Client client(provider_.port());
  const std::string body = R"({"model":"m","messages":[]})";
  client.send(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" +
      body.substr(0, 5) + "\r\n16\r\n" + body.substr(5) + "\r\n0\r\n\r\n");
  EXPECT_THAT(client.read_response(), HasSubstr("Hello from m"));
  client.send(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  EXPECT_THAT(client.read_response(), HasSubstr("Hello from m"));
  EXPECT_EQ(provider_.stats().connections, 1u);
  EXPECT_EQ(provider_.requests_seen(), 2u);
}

TEST_F(MockProviderTest, StampsHeadAndEventsWithTheMonotonicClock) {
  const std::string response =
      ask(post(with_directive(R"({"events":3})", R"(,"stream":true)"), "x-mock-stamp: 1\r\n"));
  EXPECT_THAT(response, HasSubstr("x-mock-recv-ns: "));
  EXPECT_THAT(response, HasSubstr("x-mock-send-ns: "));
  std::int64_t last = 0;
  for (const Json& event : events_of(unchunked(body_of(response)))) {
    EXPECT_GE(event["t"], last);
    last = event["t"];
  }
  EXPECT_GT(last, 0);
}

TEST_F(MockProviderTest, ListsModels) {
  EXPECT_EQ(
      Json::parse(body_of(ask("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")))["data"][0]["id"],
      "mock-model");
  provider_.set_script(*parse_script(R"({"models":{"fast":{},"slow":{"latency_ms":1}}})"));
  EXPECT_EQ(Json::parse(body_of(ask("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")))["data"].size(),
            2u);
  EXPECT_EQ(Json::parse(body_of(ask("GET /v1/models/a/b HTTP/1.1\r\nHost: a\r\n\r\n")))["id"],
            "a/b");
  EXPECT_THAT(ask("GET /v1/models/missing-one HTTP/1.1\r\nHost: a\r\n\r\n"),
              StartsWith("HTTP/1.1 404 "));
}

TEST_F(MockProviderTest, TellsWhatItSawOverItsAdminPaths) {
  ask(post(R"({"model":"m1","messages":[]})", "X-One: 1\r\n"));
  const Json seen = Json::parse(body_of(ask("GET /__mock/requests HTTP/1.1\r\n\r\n")));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0]["path"], "/v1/chat/completions");
  EXPECT_EQ(seen[0]["body"], R"({"model":"m1","messages":[]})");
  EXPECT_EQ(seen[0]["headers"][1], Json({"X-One", "1"}));
  const Json stats = Json::parse(body_of(ask("GET /__mock/stats HTTP/1.1\r\n\r\n")));
  EXPECT_EQ(stats["total"], 1);
  EXPECT_EQ(stats["per_model"]["m1"], 1);
  ask("DELETE /__mock/requests HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(provider_.requests().empty());
  const std::string script = R"({"default":{"status":418}})";
  ask("PUT /__mock/script HTTP/1.1\r\nContent-Length: " + std::to_string(script.size()) +
      "\r\n\r\n" + script);
  EXPECT_THAT(ask(post(R"({"model":"m1","messages":[]})")), StartsWith("HTTP/1.1 418 "));
}

TEST_F(MockProviderTest, RefusesWhatIsNoChatRequest) {
  EXPECT_THAT(ask(post("{\"model\":")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask(post("{\"messages\":[]}")), HasSubstr("you must provide a model parameter"));
  EXPECT_THAT(ask(post(R"({"model":"m","messages":"text"})")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask("POST /v1/nothing HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask_to_end("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

// A self-signed certificate for 127.0.0.1, in two files.
struct Certificate {
  Certificate() {
    char pattern[] = "/tmp/mock_provider_XXXXXX";
    directory = ::mkdtemp(pattern);
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    FILE* file = ::fopen(cert_file().c_str(), "w");
    PEM_write_X509(file, certificate);
    ::fclose(file);
    file = ::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    ::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() {
    ::unlink(cert_file().c_str());
    ::unlink(key_file().c_str());
    ::rmdir(directory.c_str());
  }
  std::string cert_file() const { return directory + "/cert.pem"; }
  std::string key_file() const { return directory + "/key.pem"; }
  std::string directory;
};

TEST(MockProviderTls, AnswersOverTls) {
  const Certificate certificate;
  Options options;
  options.tls_cert_file = certificate.cert_file();
  options.tls_key_file = certificate.key_file();
  options.threads = 2;
  MockProvider provider;
  ASSERT_TRUE(provider.start(options));
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  for (int i = 0; i < 4; ++i) {
    Client client(provider.port());
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, client.fd());
    ASSERT_EQ(SSL_connect(ssl), 1);
    const std::string request =
        post(with_directive("{\"events\":3}", R"(,"stream":true)"), "Connection: close\r\n");
    SSL_write(ssl, request.data(), static_cast<int>(request.size()));
    std::string response;
    char block[4096];
    for (int n; (n = SSL_read(ssl, block, sizeof block)) > 0;)
      response.append(block, static_cast<std::size_t>(n));
    EXPECT_THAT(response, EndsWith("data: [DONE]\n\n\r\n0\r\n\r\n"));
    SSL_free(ssl);
  }
  SSL_CTX_free(context);
}

TEST(MockProviderStart, ReportsABadAddressAndAMissingCertificate) {
  EXPECT_FALSE(MockProvider().start("not-an-address", 0));
  Options options;
  options.tls_cert_file = "/nowhere/cert.pem";
  EXPECT_FALSE(MockProvider().start(options));
}

}  // namespace
}  // namespace smartroute::mock_provider
