// Measures the log store; not a test.
//   log_bench queries DIR [RECORDS] [STEP_US]   a store of so many records (made if DIR has none), then pages and charts of it, as a Markdown table
//   log_bench load DIR [CAP_MIB] [HOURS]        appends, as fast as it can, a load of so many hours (of a clock that is turned by hand), with
//                                               bodies, and says what it took of the disk at its peak
//   log_bench fill DIR [RECORDS] [STEP_US]      a store of so many records, the last of them received now: for a control plane to be started above it
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "controlplane/store/log_load.hpp"
#include "controlplane/store/rocks_store.hpp"

namespace smartroute::store {
namespace {

using Clock = std::chrono::steady_clock;
using admin::v1::RecordFilter;
using control::Dimension;
using control::Resolution;

double millis_since(Clock::time_point began) { return std::chrono::duration<double, std::milli>(Clock::now() - began).count(); }

std::uint64_t bytes_in(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(directory, gone)) {
    const auto size = entry.file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

std::unique_ptr<Store> open(const std::filesystem::path& dir) {
  auto opened = open_rocks_store({dir, nullptr});
  if (opened) return std::move(opened->store);
  std::fprintf(stderr, "%s\n", opened.error().text().c_str());
  std::exit(1);
}

void row(const char* name, int times, const std::function<std::string()>& run) {
  std::vector<double> took;
  std::string note;
  for (int i = 0; i < times; ++i) {
    const auto began = Clock::now();
    note = run();
    took.push_back(millis_since(began));
  }
  std::sort(took.begin(), took.end());
  std::printf("| %s | %.2f | %.2f | %s |\n", name, took[took.size() / 2], took[took.size() * 99 / 100], note.c_str());
  std::fflush(stdout);
}

std::string page_of(const Store& store, const RecordQuery& query, std::int64_t newest_us, std::int64_t begin_us) {
  const auto page = store.query(query);
  if (!page) return page.error().text();
  return std::to_string(page->records.size()) + " records" + (page->searched_to_us ? ", searched as far as " + std::to_string((newest_us - *page->searched_to_us) * 100 / std::max<std::int64_t>(newest_us - begin_us, 1)) + " %" : page->next_cursor.empty() ? ", the last" : "");
}

void pages(const Store& store, std::int64_t newest_us, std::int64_t begin_us) {
  const auto page = [&](const char* name, const std::function<void(RecordQuery&)>& set) {
    RecordQuery query;
    set(query);
    row(name, 60, [&] { return page_of(store, query, newest_us, begin_us); });
  };
  const std::int64_t middle = begin_us + (newest_us - begin_us) / 2;
  page("first page", [](auto&) {});
  page("first page, with bodies", [](auto& q) { q.bodies = true; });
  page("page from the middle", [&](auto& q) { q.filter.set_until_us(middle); });
  page("tier t1 (half)", [](auto& q) { q.filter.add_tiers("t1"); });
  page("key (1 in 40)", [](auto& q) { q.filter.add_key_ids("key7"); });
  page("any error (1 in 50)", [](auto& q) { q.filter.add_error_kinds("any"); });
  page("key and status 429 (1 in 4,000)", [](auto& q) { q.filter.add_key_ids("key7"), q.filter.add_statuses("429"); });
  page("tier, model, key, status, retries", [](auto& q) {
    q.filter.add_tiers("t2"), q.filter.add_models("moonshot/kimi-k2"), q.filter.add_key_ids("key7"), q.filter.add_statuses("5xx"), q.filter.set_min_retries(1);
  });
  page("duration of 20 s or more", [](auto& q) { q.filter.set_min_duration_ms(20'000); });
  page("tool calls of one key", [](auto& q) { q.filter.add_categories("tool"), q.filter.add_key_ids("key3"); });
  page("conditions that never meet", [](auto& q) { q.filter.add_tiers("t1"), q.filter.add_models("openai/gpt-4.1"); });
  page("value that is nowhere", [](auto& q) { q.filter.add_key_ids("nobody"); });
  page("request id that is nowhere", [](auto& q) { q.filter.set_request_id("req-1"); });
  page("text, common", [](auto& q) { q.filter.set_text("invoice"); });
  page("text that is nowhere", [](auto& q) { q.filter.set_text("xyzzyxyzzy"); });
  page("text that is nowhere, of one key", [](auto& q) { q.filter.set_text("xyzzyxyzzy"), q.filter.add_key_ids("key7"); });
  RecordQuery oldest;
  oldest.limit = 1;
  oldest.filter.set_until_us(begin_us + 1);
  const std::string id = store.query(oldest)->records.at(0).record_id(), request = store.query(oldest)->records.at(0).request_id();
  row("one record, the oldest", 200, [&] { return std::to_string(store.record(id)->response_body().size()) + " bytes of answer"; });
  page("request id of the oldest", [&](auto& q) { q.filter.set_request_id(request); });
}

void charts(const Store& store, std::int64_t newest_us, std::int64_t begin_us) {
  const auto chart = [&](const char* name, RollupQuery query) {
    query.from_us = begin_us - begin_us % kDayUs;
    query.to_us = newest_us + 1;
    row(name, 30, [&] {
      control::RollupRow total;
      int rows = 0;
      (void)store.rollups(query, [&](std::string_view, std::int64_t, const control::RollupRow& row) {
        total.add(row);
        ++rows;
        return true;
      });
      return std::to_string(rows) + " rows, " + std::to_string(total.requests) + " requests";
    });
  };
  chart("chart, all, by minute", {Resolution::Minute, Dimension::All, {}, 0, 0});
  chart("chart, models, by hour", {Resolution::Hour, Dimension::Model, {}, 0, 0});
  chart("chart, keys, by minute", {Resolution::Minute, Dimension::Key, {}, 0, 0});
  chart("chart, keys, by hour", {Resolution::Hour, Dimension::Key, {}, 0, 0});
  chart("chart, keys, by day", {Resolution::Day, Dimension::Key, {}, 0, 0});
}

int measure_queries(const std::filesystem::path& dir, std::uint64_t records, double step_us) {
  auto store = open(dir);
  LogLoad::Shape shape;
  shape.step_us = step_us;
  LogLoad load(shape, 1);
  double appending = 0;
  while (store->record_count() < records) {  // a store of an earlier run is measured again
    const auto batch = load.batch(1'000);
    const auto began = Clock::now();
    if (!store->append_records(batch)) return 1;
    appending += millis_since(began);
  }
  const auto storage = *store->log_storage();
  std::printf("%llu records, one each %.0f us: appended at %.0f a second; %.0f MiB on disk, of it bodies %.0f, rollups %.0f\n\n",
              static_cast<unsigned long long>(store->record_count()), step_us, static_cast<double>(load.made()) / std::max(appending, 1.0) * 1'000,
              static_cast<double>(storage.bytes()) / (1 << 20), static_cast<double>(storage.body_bytes()) / (1 << 20),
              static_cast<double>(storage.rollup_bytes()) / (1 << 20));
  std::printf("| what | p50 ms | p99 ms | |\n|---|---|---|---|\n");
  pages(*store, storage.newest_us(), storage.oldest_us());
  charts(*store, storage.newest_us(), storage.oldest_us());
  return 0;
}

int fill(const std::filesystem::path& dir, std::uint64_t records, double step_us) {
  auto store = open(dir);
  LogLoad::Shape shape;
  shape.step_us = step_us;
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  shape.begin_us = now - static_cast<std::int64_t>(step_us * static_cast<double>(records));
  LogLoad load(shape, 1);
  while (load.made() < records)
    if (!store->append_records(load.batch(1'000))) return 1;
  std::printf("%llu records\n", static_cast<unsigned long long>(store->record_count()));
  return 0;
}

int measure_load(const std::filesystem::path& dir, std::uint64_t cap, double hours) {
  auto store = open(dir);
  constexpr std::int64_t kHourUs = 3'600LL * 1'000'000;
  LogLoad::Shape shape;
  shape.step_us = 4'000;  // 250 a second
  LogLoad load(shape, 2);
  const std::int64_t end = shape.begin_us + static_cast<std::int64_t>(hours * static_cast<double>(kHourUs));
  std::atomic<std::uint64_t> peak{0};
  std::atomic<bool> stop{false};
  std::thread watch([&] {
    while (!stop) {
      peak = std::max<std::uint64_t>(peak, bytes_in(dir / "logs.db"));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  Retention retention;
  retention.max_bytes = cap;
  std::int64_t swept = 0;
  std::uint64_t sweeps = 0, sent = 0;
  const auto began = Clock::now();
  while (load.now_us() < end) {
    constexpr std::int64_t kSweepEveryUs = 5'000'000;
    if (load.now_us() - swept > kSweepEveryUs) {
      swept = retention.now_us = load.now_us();
      retention.oldest_us = swept - 7 * kDayUs;
      for (bool more = true; more; ++sweeps) {
        const auto removed = store->retain_records(retention);
        if (!removed) return 1;
        more = removed->more;
      }
    }
    const auto batch = load.batch(500);
    sent += batch.ByteSizeLong();
    if (!store->append_records(batch)) return 1;
  }
  const double seconds = millis_since(began) / 1'000;
  stop = true;
  watch.join();
  const auto storage = *store->log_storage();
  const auto mib = [](std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
  std::printf("%llu records of %.1f hours, %.0f MiB sent, in %.0f s; cap %.0f MiB\n", static_cast<unsigned long long>(load.made()), hours, mib(sent), seconds,
              mib(cap));
  std::printf("disk at its peak %.0f MiB (%.1f %% of the cap), at the end %.0f; %llu records, bodies %.0f MiB; %llu sweeps\n", mib(peak),
              100.0 * static_cast<double>(peak) / static_cast<double>(cap), mib(storage.bytes()), static_cast<unsigned long long>(storage.records()),
              mib(storage.body_bytes()), static_cast<unsigned long long>(sweeps));
  return peak <= cap + cap / 10 ? 0 : 1;
}

}  // namespace
}  // namespace smartroute::store

int main(int argc, char** argv) {
  const std::string mode = argc > 2 ? argv[1] : "";
  const double first = argc > 3 ? std::atof(argv[3]) : 0, second = argc > 4 ? std::atof(argv[4]) : 0;
  if (mode == "queries")
    return smartroute::store::measure_queries(argv[2], first > 0 ? static_cast<std::uint64_t>(first) : 1'000'000, second > 0 ? second : 2'000);
  if (mode == "load")
    return smartroute::store::measure_load(argv[2], (first > 0 ? static_cast<std::uint64_t>(first) : 1'024) << 20, second > 0 ? second : 2);
  if (mode == "fill")
    return smartroute::store::fill(argv[2], first > 0 ? static_cast<std::uint64_t>(first) : 1'000'000, second > 0 ? second : 2'000);
  std::fprintf(stderr, "log_bench queries DIR [RECORDS] [STEP_US] | log_bench load DIR [CAP_MIB] [HOURS] | log_bench fill DIR [RECORDS] [STEP_US]\n");
  return 2;
}
