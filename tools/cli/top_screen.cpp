#include "tools/cli/top_screen.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "contract/config/duration_text.hpp"
#include "tools/cli/display_width.hpp"
#include "tools/cli/preview.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;
using Align = Table::Align;
using nlohmann::ordered_json;

constexpr double kPercent = 100, kSecondsOfAnHour = 3'600, kMillisOfASecond = 1'000;
constexpr std::size_t kBar = 8;
constexpr std::size_t kErrorRows = 5, kLeastModelRows = 3;
constexpr double kSound = 90, kSick = 50;  // health, of 100

rpc::StatsTotals totals_of(const rpc::GetStatsResponse& said) { return said.series_size() > 0 ? said.series(0).totals() : rpc::StatsTotals(); }

// Of the span that was answered: whole minutes, and nothing before the gateway started.
double seconds_of(const TopSnapshot& s) {
  const std::int64_t begin = std::max(s.all.since_ms(), s.about.started_at_ms());
  return std::max(1.0, static_cast<double>(s.all.until_ms() - begin) / kMillisOfASecond);
}

std::uint64_t tokens_in(const rpc::StatsTotals& t) { return t.prompt_tokens_upstream() + t.prompt_tokens_local() + t.prompt_tokens_estimate(); }
std::uint64_t tokens_out(const rpc::StatsTotals& t) { return t.completion_tokens_upstream() + t.completion_tokens_local() + t.completion_tokens_estimate(); }

std::string rate(double value) { return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0); }
std::string percent(double share) { return fixed(share * kPercent, share >= 1 ? 0 : 1) + " %"; }
std::string ms(const rpc::Latency& latency, double value) { return latency.count() == 0 ? "-" : fixed(value, value < 100 ? 1 : 0); }
std::int64_t an_hour(std::int64_t nanos, double seconds) { return static_cast<std::int64_t>(std::llround(static_cast<double>(nanos) / seconds * kSecondsOfAnHour)); }

std::string span_text(std::int64_t milliseconds) {
  const std::int64_t seconds = std::max<std::int64_t>(0, milliseconds / 1'000);
  const auto two = [](std::int64_t a, const char* unit_a, std::int64_t b, const char* unit_b) { return std::to_string(a) + unit_a + (b > 0 ? " " + std::to_string(b) + unit_b : ""); };
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3'600) return two(seconds / 60, "m", seconds % 60, "s");
  if (seconds < 86'400) return two(seconds / 3'600, "h", seconds / 60 % 60, "m");
  return two(seconds / 86'400, "d", seconds / 3'600 % 24, "h");
}

// Text in lines, each cut to the screen.
class Page {
 public:
  Page(std::size_t columns, Style style) : columns_(columns), style_(style) {}
  void line(const std::string& text) { lines_.push_back(cut(text)); }
  void blank() { lines_.emplace_back(); }
  // The headings bold, `most` rows at most, and how many were left out.
  void table(const Table& table, std::size_t rows, std::size_t most) {
    std::istringstream in(table.text());
    std::string text;
    std::getline(in, text);
    lines_.push_back(painted(cut(text), paint::kBold, style_.colour));
    const std::size_t shown_rows = rows > most && most > 0 ? most - 1 : rows;
    for (std::size_t i = 0; i < shown_rows && std::getline(in, text); ++i) line(text);
    if (shown_rows < rows) lines_.push_back(painted(cut("... and " + std::to_string(rows - shown_rows) + " more"), paint::kDim, style_.colour));
  }
  std::size_t size() const { return lines_.size(); }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::string cut(const std::string& text) const {
    if (display_width(text) <= columns_) return text;
    const std::string head = text.substr(0, bytes_within(text, columns_));
    return style_.colour == Colour::On ? head + "\x1b[0m" : head;
  }

  const std::size_t columns_;
  const Style style_;
  std::vector<std::string> lines_;
};

std::string label(std::string_view text, Style style) { return painted(text, paint::kDim, style.colour); }

void add_head(const TopSnapshot& s, Style style, Page& page) {
  const rpc::StatsTotals t = totals_of(s.all);
  const double seconds = seconds_of(s);
  page.line(painted("SmartRoute " + s.about.version(), paint::kBold, style.colour) + "  " + s.admin + "  up " + span_text(s.about.now_ms() - s.about.started_at_ms()) + "  revision " +
            std::to_string(s.fleet.newest_revision()) + "  " + utc_text(s.about.now_ms() * 1'000).substr(0, 19) + " UTC");
  if (!s.complaint.empty()) page.line(painted("not up to date: " + shown(s.complaint), paint::kRed, style.colour));
  const std::string now = label("now", style) + "  " + rate(s.all.qps()) + " requests/s, " + std::to_string(s.all.in_flight()) + " in flight";
  const std::string success = t.requests() == 0 ? "-" : painted(percent(t.success_rate()), t.success_rate() < 0.99 ? paint::kYellow : paint::kGreen, style.colour);
  page.line(now + "   " + label("last " + std::to_string(s.window_minutes) + " min", style) + "  " + grouped(t.requests()) + " requests, " + success + " well, " + grouped(t.retries()) + " retries");
  const auto& response = t.response_time();
  const auto& first = t.first_byte();
  page.line(label("answer", style) + "  p50 " + ms(response, response.p50_ms()) + "  p90 " + ms(response, response.p90_ms()) + "  p99 " + ms(response, response.p99_ms()) + " ms   " +
            label("first byte", style) + "  p50 " + ms(first, first.p50_ms()) + "  p99 " + ms(first, first.p99_ms()) + " ms");
  page.line(label("tokens", style) + "  " + rate(static_cast<double>(tokens_in(t)) / seconds) + " in/s, " + rate(static_cast<double>(tokens_out(t)) / seconds) + " out/s   " + label("cost", style) +
            "  " + dollars(an_hour(t.cost_nano_usd(), seconds)) + "/h" + (t.unpriced_requests() > 0 ? "+?" : "") + "   " + label("saved", style) + "  " +
            dollars(an_hour(t.saved_nano_usd(), seconds)) + "/h");
}

void add_tiers(const TopSnapshot& s, Page& page) {
  Table table({{"TIER"}, {"REQUESTS", Align::Right}, {"SHARE", Align::Right}, {"SUCCESS", Align::Right}, {"P50 MS", Align::Right}, {"P90 MS", Align::Right}, {"P99 MS", Align::Right}, {"OUT/S", Align::Right}, {"COST/H", Align::Right}});
  const double seconds = seconds_of(s);
  const double all = std::max(1.0, static_cast<double>(totals_of(s.all).requests()));
  std::map<std::string, const rpc::StatsSeries*> in_order;
  for (const auto& series : s.tiers.series()) in_order[series.value()] = &series;
  // "none" last: what named a model.
  for (const auto& [name, series] : in_order) {
    const rpc::StatsTotals& t = series->totals();
    const auto& r = t.response_time();
    table.add({shown(name == "none" ? "named" : name), grouped(t.requests()), percent(static_cast<double>(t.requests()) / all), t.requests() == 0 ? "-" : percent(t.success_rate()), ms(r, r.p50_ms()),
               ms(r, r.p90_ms()), ms(r, r.p99_ms()), rate(static_cast<double>(tokens_out(t)) / seconds), dollars(an_hour(t.cost_nano_usd(), seconds))});
  }
  if (in_order.empty()) table.add({"-", "0", "-", "-", "-", "-", "-", "-", "-"});
  page.table(table, std::max<std::size_t>(in_order.size(), 1), 0);
}

std::string bar(double health, Style style) {
  const auto filled = std::min(kBar, static_cast<std::size_t>(std::lround(std::clamp(health, 0.0, 100.0) / 100 * kBar)));
  std::string text;
  for (std::size_t i = 0; i < kBar; ++i) text += style.glyphs == Glyphs::Unicode ? (i < filled ? "█" : "░") : (i < filled ? "#" : ".");
  return painted(text, health >= kSound ? paint::kGreen : health >= kSick ? paint::kYellow : paint::kRed, style.colour);
}

std::string left_text(std::int64_t milliseconds) {
  if (milliseconds <= 0) return "-";
  return config::format_duration(config::Millis((milliseconds + 999) / 1'000 * 1'000));
}

// Those in trouble first, then those with the most requests.
std::vector<const rpc::ModelHealth*> models_in_order(const TopSnapshot& s, const std::map<std::string, const rpc::StatsTotals*>& totals) {
  std::vector<const rpc::ModelHealth*> models;
  for (const auto& model : s.health.models()) models.push_back(&model);
  const auto requests = [&](const rpc::ModelHealth* model) {
    const auto found = totals.find(model->model());
    return found == totals.end() ? 0 : found->second->requests();
  };
  std::stable_sort(models.begin(), models.end(), [&](const auto* a, const auto* b) {
    const bool a_rests = a->cooling_ms() > 0, b_rests = b->cooling_ms() > 0;
    if (a_rests != b_rests) return a_rests;
    return requests(a) > requests(b);
  });
  return models;
}

void add_models(const TopSnapshot& s, Style style, std::size_t most, Page& page) {
  std::map<std::string, const rpc::StatsTotals*> totals;
  for (const auto& series : s.models.series()) totals[series.value()] = &series.totals();
  Table table({{"MODEL"}, {"HEALTH"}, {"", Align::Right}, {"COOLDOWN"}, {"REQUESTS", Align::Right}, {"SUCCESS", Align::Right}, {"P50 MS", Align::Right}, {"P99 MS", Align::Right}, {"COST/H", Align::Right}});
  for (const rpc::ModelHealth* model : models_in_order(s, totals)) {
    const auto found = totals.find(model->model());
    const rpc::StatsTotals t = found == totals.end() ? rpc::StatsTotals() : *found->second;
    const auto& r = t.response_time();
    const std::string rest = model->cooling_ms() > 0 ? left_text(model->cooling_ms()) + " " + shown(model->cooling_reason()) : "-";
    table.add({shown(model->model()), bar(model->health(), style), fixed(model->health(), 0), model->cooling_ms() > 0 ? painted(rest, paint::kYellow, style.colour) : rest, grouped(t.requests()),
               t.requests() == 0 ? "-" : percent(t.success_rate()), ms(r, r.p50_ms()), ms(r, r.p99_ms()), dollars(an_hour(t.cost_nano_usd(), seconds_of(s)))});
  }
  page.table(table, static_cast<std::size_t>(s.health.models_size()), most);
}

std::string state_of(const rpc::Instance& instance, std::uint64_t newest, Style style) {
  if (!instance.connected()) return painted("away", paint::kRed, style.colour);
  if (instance.rejected_revision() > instance.applied_revision()) return painted("refused " + std::to_string(instance.rejected_revision()), paint::kRed, style.colour);
  if (instance.applied_revision() < newest) return painted("behind", paint::kYellow, style.colour);
  return painted("ok", paint::kGreen, style.colour);
}

void add_fleet(const TopSnapshot& s, Style style, std::size_t most, Page& page) {
  Table table({{"PROXY"}, {"STATE"}, {"REVISION", Align::Right}, {"VERSION"}, {"LISTENS"}, {"HEARD OF", Align::Right}});
  for (const auto& instance : s.fleet.instances())
    table.add({shown(instance.instance_id()), state_of(instance, s.fleet.newest_revision(), style), std::to_string(instance.applied_revision()), shown(instance.version()), shown(instance.listen()),
               span_text(s.about.now_ms() - instance.last_seen_ms()) + " ago"});
  page.table(table, static_cast<std::size_t>(s.fleet.instances_size()), most);
}

void add_errors(const TopSnapshot& s, std::size_t most, Page& page) {
  Table table({{"ERRORS (UTC)"}, {"STATUS", Align::Right}, {"MODEL"}, {"KIND"}, {"WHAT"}});
  for (const auto& record : s.errors.records())
    table.add({utc_text(record.received_us()).substr(11, 8), record.status() == 0 ? "-" : std::to_string(record.status()),
               shown(record.model().empty() ? record.requested_model() : record.model()), shown(record.error_kind()), shown(record.error())});
  if (s.errors.records_size() == 0) return page.line("no errors in the last hour");
  page.table(table, static_cast<std::size_t>(s.errors.records_size()), most);
}

}  // namespace

std::vector<std::string> top_lines(const TopSnapshot& s, ScreenSize size, Style style) {
  Page page(size.columns, style);
  add_head(s, style, page);
  page.blank();
  add_tiers(s, page);
  page.blank();
  std::size_t models = 0, proxies = 0;  // 0: all
  if (size.rows > 0) {
    const std::size_t errors = 1 + std::min<std::size_t>(kErrorRows, static_cast<std::size_t>(s.errors.records_size()));
    const std::size_t fleet = 1 + static_cast<std::size_t>(s.fleet.instances_size());
    const std::size_t room = size.rows > page.size() + 3 ? size.rows - page.size() - 3 : 0;  // three headings' worth of gaps
    proxies = std::min<std::size_t>(fleet - 1, std::max<std::size_t>(1, room / 4));
    models = std::max(kLeastModelRows, room > errors + proxies + 1 ? room - errors - proxies - 1 : 0);
  }
  add_models(s, style, models, page);
  page.blank();
  add_fleet(s, style, proxies, page);
  page.blank();
  add_errors(s, kErrorRows, page);
  auto lines = page.take();
  if (size.rows > 0 && lines.size() > size.rows) lines.resize(size.rows);
  return lines;
}

namespace {

ordered_json latency_json(const rpc::Latency& latency) {
  return {{"p50", latency.p50_ms()}, {"p90", latency.p90_ms()}, {"p99", latency.p99_ms()}};
}

ordered_json totals_json(const rpc::StatsTotals& t, double seconds) {
  return {{"requests", t.requests()},
          {"failures", t.failures()},
          {"success_rate", t.success_rate()},
          {"retries", t.retries()},
          {"answer_ms", latency_json(t.response_time())},
          {"first_byte_ms", latency_json(t.first_byte())},
          {"tokens_in_per_second", static_cast<double>(tokens_in(t)) / seconds},
          {"tokens_out_per_second", static_cast<double>(tokens_out(t)) / seconds},
          {"cost_usd_per_hour", static_cast<double>(an_hour(t.cost_nano_usd(), seconds)) / 1e9},
          {"saved_usd_per_hour", static_cast<double>(an_hour(t.saved_nano_usd(), seconds)) / 1e9},
          {"unpriced_requests", t.unpriced_requests()}};
}

ordered_json series_json(const rpc::GetStatsResponse& said, double seconds) {
  ordered_json out = ordered_json::object();
  for (const auto& series : said.series()) out[series.value()] = totals_json(series.totals(), seconds);
  return out;
}

}  // namespace

std::string top_json(const TopSnapshot& s) {
  const double seconds = seconds_of(s);
  ordered_json document{{"at_ms", s.about.now_ms()},
                        {"version", s.about.version()},
                        {"up_ms", s.about.now_ms() - s.about.started_at_ms()},
                        {"revision", s.fleet.newest_revision()},
                        {"requests_per_second", s.all.qps()},
                        {"in_flight", s.all.in_flight()},
                        {"window_seconds", seconds}};
  document["all"] = totals_json(totals_of(s.all), seconds);
  document["tiers"] = series_json(s.tiers, seconds);
  document["models"] = series_json(s.models, seconds);
  const auto list = [](const google::protobuf::Message& message, const char* name) {
    auto parsed = ordered_json::parse(to_json(message), nullptr, false);
    return parsed.is_object() && parsed.contains(name) ? parsed[name] : ordered_json::array();
  };
  document["health"] = list(s.health, "models");
  document["proxies"] = list(s.fleet, "instances");
  document["errors"] = list(s.errors, "records");
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace smartroute::cli
