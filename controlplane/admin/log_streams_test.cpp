#include "controlplane/admin/log_streams.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

#include "contract/base/clock.hpp"
#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/record_csv.hpp"
#include "controlplane/admin/tail_feed.hpp"
#include "controlplane/core/record_match.hpp"
#include "controlplane/store/memory_store.hpp"

namespace smartroute::control::admin {
namespace {

using Json = nlohmann::json;

// What the test stores next, to the one reader there is.
struct Tap {
  rpc::RecordFilter filter;
  std::deque<TailPiece> pieces;
  std::function<void()> wake;
  bool open = false;
};

class TapReader final : public TailReader {
 public:
  explicit TapReader(Tap& tap) : tap_(tap) { tap_.open = true; }
  ~TapReader() override { tap_.open = false; }
  std::optional<TailPiece> next() override {
    if (tap_.pieces.empty()) return std::nullopt;
    TailPiece piece = std::move(tap_.pieces.front());
    tap_.pieces.pop_front();
    return piece;
  }
  void refilter(const rpc::RecordFilter& filter) override { tap_.filter = filter; }

 private:
  Tap& tap_;
};

// Takes `room` bytes, until the test makes more.
class Peer final : public http::WebSocketPeer {
 public:
  bool send(std::string text) override {
    if (text.size() > room) return false;
    room -= text.size();
    sent.push_back(Json::parse(text));
    return true;
  }
  std::size_t queued_bytes() const override { return 0; }
  void wake() override { ++wakes; }
  void close(std::uint16_t code, std::string_view) override { closed_with = code; }

  std::size_t room = 100'000'000;
  std::vector<Json> sent;
  int wakes = 0;
  std::uint16_t closed_with = 0;
};

class LogStreamsTest : public testing::Test {
 protected:
  v1::RequestRecord record(int i) const {
    v1::RequestRecord record;
    record.set_request_id("r" + std::to_string(i));
    record.set_received_us(micros_since_epoch(clock.wall()) + i);
    record.set_endpoint("chat_completions");
    record.set_tier(i % 2 == 0 ? "t1" : "t3");
    record.set_preview("ask " + std::to_string(i));
    record.set_request_body("question " + std::to_string(i));
    return record;
  }
  void store_records(int count) {
    v1::ReportRequest batch;
    batch.set_instance_id("proxy");
    batch.set_boot_id("boot");
    batch.set_first_sequence(1);
    for (int i = 0; i < count; ++i) *batch.add_records() = record(i);
    ASSERT_TRUE(store->append_records(batch));
  }
  TailPiece fresh(int i, std::uint64_t dropped = 0) const {
    TailPiece piece;
    auto stored = record(i);
    stored.set_record_id("id" + std::to_string(i));
    piece.record = std::make_shared<const v1::RequestRecord>(stored);
    piece.dropped = dropped;
    return piece;
  }
  LogSource logs() {
    OpenTail open = [this](const rpc::RecordFilter& filter,
                           std::function<void()> wake) -> Result<std::unique_ptr<TailReader>> {
      tap.filter = filter;
      tap.wake = std::move(wake);
      return std::unique_ptr<TailReader>(std::make_unique<TapReader>(tap));
    };
    return LogSource{*store, std::move(open)};
  }
  static http::Head get(std::string_view path, const std::string& query) {
    http::Head head;
    head.method = "GET";
    head.path = path;
    head.query = query;
    return head;
  }
  // The whole body; `pieces` it came in.
  static std::string read(http::BodySource& source, int& pieces) {
    std::string body;
    auto kind = http::BodySource::Piece::More;
    for (pieces = 0; kind == http::BodySource::Piece::More; ++pieces) {
      std::string piece;
      kind = source.next(piece);
      body += piece;
    }
    EXPECT_EQ(kind, http::BodySource::Piece::Last);
    return body;
  }
  std::string exported(const std::string& query) {
    const auto response = export_records(source, get(kExportPath, query));
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_NE(response.stream, nullptr);
    int pieces = 0;
    return response.stream ? read(*response.stream, pieces) : std::string();
  }
  std::shared_ptr<http::WebSocketSession> tail(const std::string& query) {
    auto answer = tail_records(source, get(kTailPath, query));
    auto* session = std::get_if<std::shared_ptr<http::WebSocketSession>>(&answer);
    if (session == nullptr) {
      ADD_FAILURE() << std::get<http::Response>(answer).body;
      return nullptr;
    }
    (*session)->on_open(peer);
    return *session;
  }
  FakeClock clock;
  std::unique_ptr<store::Store> store = store::make_memory_store();
  Tap tap;
  const LogSource source = logs();
  std::shared_ptr<Peer> peer = std::make_shared<Peer>();
};

std::vector<std::string> lines_of(const std::string& text, const std::string& end) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto stop = text.find(end, at);
    lines.push_back(text.substr(at, stop - at));
    at = stop == std::string::npos ? text.size() : stop + end.size();
  }
  return lines;
}

TEST_F(LogStreamsTest, ExportsAllThatMatchesAsCsvNewestFirstInPieces) {
  store_records(1'200);
  const auto response = export_records(source, get(kExportPath, "format=csv"));
  EXPECT_EQ(response.content_type, "text/csv; charset=utf-8");
  int pieces = 0;
  const auto lines = lines_of(read(*response.stream, pieces), "\r\n");
  EXPECT_GE(pieces, 3) << "not all in memory at once";
  ASSERT_EQ(lines.size(), 1'201u);
  std::string header;
  append_csv_header(header);
  EXPECT_EQ(lines[0] + "\r\n", header);
  EXPECT_NE(lines[1].find("ask 1199"), std::string::npos) << lines[1];
  EXPECT_NE(lines[1'200].find("ask 0"), std::string::npos) << lines[1'200];
  // filter={"tiers":["t3"]}
  EXPECT_EQ(lines_of(exported("filter=%7B%22tiers%22:[%22t3%22]%7D"), "\r\n").size(), 601u);
  EXPECT_EQ(lines_of(exported("max_records=501"), "\r\n").size(), 502u);
}

TEST_F(LogStreamsTest, ExportsJsonLinesWithBodiesIfAsked) {
  store_records(3);
  for (const bool bodies : {false, true}) {
    const auto lines =
        lines_of(exported(std::string("format=jsonl&bodies=") + (bodies ? "true" : "false")), "\n");
    ASSERT_EQ(lines.size(), 3u);
    const Json newest = Json::parse(lines[0]);
    EXPECT_EQ(newest["requestId"], "r2");
    EXPECT_FALSE(newest["recordId"].get<std::string>().empty());
    EXPECT_EQ(newest.contains("requestBody"), bodies);
    if (bodies) {
      EXPECT_EQ(newest["requestBody"], "cXVlc3Rpb24gMg==");  // "question 2"
    }
  }
}

TEST_F(LogStreamsTest, AnEmptyExportIsAHeader) {
  EXPECT_EQ(lines_of(exported(""), "\r\n").size(), 1u);
  EXPECT_EQ(exported("format=jsonl"), "");
}

TEST_F(LogStreamsTest, RefusesParametersThatItDoesNotUnderstand) {
  const struct {
    std::string_view path;
    const char* query;
  } rows[] = {
      {kExportPath, "format=xml"},
      {kExportPath, "filter=%7B"},
      {kExportPath, "filter=%7B%22tier%22:1%7D"},
      {kExportPath, "filter=%7B%22statuses%22:[%22nine%22]%7D"},
      {kExportPath, "bodies=1"},
      {kExportPath, "max_records=many"},
      {kExportPath, "max_records=-1"},
      {kExportPath, "backlog=1"},
      {kExportPath, "a=%zz"},
      {kTailPath, "format=csv"},
      {kTailPath, "backlog=1001"},
      {kTailPath, "backlog=1x"},
      {kTailPath, "filter=nonsense"},
      {kTailPath, "filter=%7B%22tiers%22:[%22t9%22]%7D"},
  };
  for (const auto& row : rows) {
    http::Response response;
    if (row.path == kExportPath) {
      response = export_records(source, get(row.path, row.query));
    } else {
      auto answer = tail_records(source, get(row.path, row.query));
      ASSERT_TRUE(std::holds_alternative<http::Response>(answer)) << row.query;
      response = std::get<http::Response>(answer);
    }
    EXPECT_EQ(response.status, 400) << row.query;
    EXPECT_EQ(response.stream, nullptr) << row.query;
  }
}

TEST_F(LogStreamsTest, TailSendsTheBacklogAndThenWhatIsStored) {
  store_records(5);
  const auto session = tail("backlog=2&filter=%7B%22tiers%22:[%22t1%22]%7D");
  EXPECT_EQ(tap.filter.tiers(0), "t1");
  ASSERT_EQ(peer->sent.size(), 2u);
  EXPECT_EQ(peer->sent[0]["record"]["requestId"], "r2") << "oldest first";
  EXPECT_EQ(peer->sent[1]["record"]["requestId"], "r4");
  EXPECT_FALSE(peer->sent[1]["record"].contains("requestBody"));
  tap.pieces.push_back(fresh(6));
  tap.pieces.push_back(fresh(8, 7));
  tap.wake();
  EXPECT_EQ(peer->wakes, 1) << "records come on other threads, they only wake the session";
  session->on_ready();
  ASSERT_EQ(peer->sent.size(), 5u);
  EXPECT_EQ(peer->sent[2]["record"]["requestId"], "r6");
  EXPECT_EQ(peer->sent[3], Json({{"dropped", 7}}));
  EXPECT_EQ(peer->sent[4]["record"]["requestId"], "r8");
  session->on_closed();
  EXPECT_FALSE(tap.open);
  session->on_ready();
}

TEST_F(LogStreamsTest, TailTellsNoneTwiceThatCameWhileTheBacklogWasRead) {
  store_records(2);
  rpc::TailRecordsRequest request;
  request.set_backlog(10);
  auto feed = TailFeed::open(source.open_tail, *store, request, [] {});
  ASSERT_TRUE(feed);
  auto oldest = (*feed)->next();
  ASSERT_TRUE(oldest);
  TailPiece again;
  again.record = oldest->record;
  again.dropped = 3;
  tap.pieces.push_back(again);
  tap.pieces.push_back(fresh(5));
  EXPECT_EQ((*feed)->next()->record->request_id(), "r1");
  const auto piece = (*feed)->next();
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->record->request_id(), "r5");
  EXPECT_EQ(piece->dropped, 3u) << "what was lost before it is told with the next";
  EXPECT_FALSE((*feed)->next());
  tap.pieces.push_back(again);
  EXPECT_EQ((*feed)->next()->record->request_id(), oldest->record->request_id())
      << "the same id a second time is another story";
}

TEST_F(LogStreamsTest, ATextReplacesTheFilterAndABadOneIsAnswered) {
  const auto session = tail("");
  session->on_text(R"({"tiers":["t3"]})");
  EXPECT_EQ(tap.filter.tiers(0), "t3");
  EXPECT_TRUE(peer->sent.empty());
  for (const char* bad : {"{", R"({"nonsense":1})", R"({"statuses":["nine"]})"}) {
    peer->sent.clear();
    session->on_text(bad);
    ASSERT_EQ(peer->sent.size(), 1u) << bad;
    EXPECT_TRUE(peer->sent[0].contains("error")) << bad;
    EXPECT_EQ(tap.filter.tiers(0), "t3") << "the old one stays";
  }
  session->on_text("");
  EXPECT_EQ(tap.filter.tiers_size(), 0) << "nothing is no condition";
  session->on_closed();
}

TEST_F(LogStreamsTest, AFullQueueIsWaitedForAndNothingIsLostOrRepeated) {
  const auto session = tail("");
  peer->room = 0;
  tap.pieces.push_back(fresh(1, 2));
  tap.pieces.push_back(fresh(2));
  session->on_ready();
  session->on_ready();
  EXPECT_TRUE(peer->sent.empty());
  EXPECT_EQ(tap.pieces.size(), 1u) << "the hub keeps, counts and drops the rest";
  peer->room = 20;  // for the number, not for a record
  session->on_ready();
  ASSERT_EQ(peer->sent.size(), 1u);
  peer->room = 100'000;
  session->on_ready();
  ASSERT_EQ(peer->sent.size(), 3u);
  EXPECT_EQ(peer->sent[0], Json({{"dropped", 2}}));
  EXPECT_EQ(peer->sent[1]["record"]["requestId"], "r1");
  EXPECT_EQ(peer->sent[2]["record"]["requestId"], "r2");
  session->on_closed();
}

TEST_F(LogStreamsTest, ALongRunIsTakenInTurns) {
  const auto session = tail("");
  for (int i = 0; i < 1'000; ++i) tap.pieces.push_back(fresh(i));
  session->on_ready();
  EXPECT_LT(peer->sent.size(), 1'000u);
  EXPECT_EQ(peer->wakes, 1);
  for (int turn = 1; turn == peer->wakes; ++turn) session->on_ready();
  EXPECT_EQ(peer->sent.size(), 1'000u);
  session->on_closed();
}

TEST_F(LogStreamsTest, TheEndClosesBehindTheLastRecord) {
  const auto session = tail("");
  tap.pieces.push_back(fresh(1));
  TailPiece end;
  end.ended = true;
  tap.pieces.push_back(end);
  session->on_ready();
  EXPECT_EQ(peer->sent.size(), 1u);
  EXPECT_EQ(peer->closed_with, 1001);
  session->on_closed();
}

}  // namespace
}  // namespace smartroute::control::admin
