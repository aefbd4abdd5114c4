#include "tools/router_lab/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace smartroute::router_lab {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

template <class... Values>
void print(std::string& to, const char* format, Values... values) {
  std::array<char, 256> line;
  std::snprintf(line.data(), line.size(), format, values...);
  to += line.data();
}

void print_tallies(std::string& to, const char* title, const std::vector<std::pair<std::string, Tally>>& rows) {
  print(to, "\n%-44s %7s %9s %9s %9s %9s %9s\n", title, "prompts", "accuracy", "macro-F1", "T3 as T1", "decided",
        "of them");
  for (const auto& [name, t] : rows)
    print(to, "%-44.44s %7zu %9.4f %9.4f %9.4f %9.4f %9.4f\n", name.c_str(), t.total(), t.accuracy(), t.macro_f1(),
          t.hard_sent_low(), t.decided_share(), t.decided_accuracy());
}

nlohmann::json json_of(const Tally& t) {
  return {{"prompts", t.total()},
          {"accuracy", t.accuracy()},
          {"macro_f1", t.macro_f1()},
          {"t3_sent_to_t1", t.hard_sent_low()},
          {"decided", t.decided_share()},
          {"decided_accuracy", t.decided_accuracy()}};
}

}  // namespace

void Tally::add(const Judgement& j, double threshold) {
  if (!j.prompt->tier) return;
  ++judged[static_cast<std::size_t>(*j.prompt->tier)][static_cast<std::size_t>(j.tier)];
  if (j.confidence < threshold) return;
  ++decided;
  decided_right += *j.prompt->tier == j.tier ? 1 : 0;
}

std::size_t Tally::total() const {
  std::size_t sum = 0;
  for (const auto& row : judged)
    for (const std::size_t n : row) sum += n;
  return sum;
}

double Tally::accuracy() const {
  return ratio(static_cast<double>(judged[0][0] + judged[1][1] + judged[2][2]), static_cast<double>(total()));
}

double Tally::macro_f1() const {
  double sum = 0;
  int tiers = 0;
  for (std::size_t t = 0; t < config::kTierCount; ++t) {
    double real = 0, said = 0;
    for (std::size_t o = 0; o < config::kTierCount; ++o) {
      real += static_cast<double>(judged[t][o]);
      said += static_cast<double>(judged[o][t]);
    }
    if (real == 0) continue;  // a source of one tier has no F1 of the others
    ++tiers;
    sum += ratio(2 * static_cast<double>(judged[t][t]), real + said);
  }
  return ratio(sum, tiers);
}

double Tally::hard_sent_low() const {
  const auto& hard = judged[static_cast<std::size_t>(config::TierName::T3)];
  return ratio(static_cast<double>(hard[0]), static_cast<double>(hard[0] + hard[1] + hard[2]));
}

double Tally::decided_share() const { return ratio(static_cast<double>(decided), static_cast<double>(total())); }
double Tally::decided_accuracy() const {
  return ratio(static_cast<double>(decided_right), static_cast<double>(decided));
}

Report make_report(const std::vector<Judgement>& judgements, double threshold) {
  Report report;
  report.threshold = threshold;
  std::map<std::string, Tally> by_language, by_source;
  std::vector<float> times;
  for (const Judgement& j : judgements) {
    times.push_back(j.microseconds);
    if (!j.prompt->tier) continue;
    report.all.add(j, threshold);
    by_language[j.prompt->lang].add(j, threshold);
    by_source[j.prompt->source].add(j, threshold);
    Bin& bin = report.reliability[std::min<std::size_t>(static_cast<std::size_t>(j.confidence * 10), 9)];
    ++bin.count;
    bin.right += *j.prompt->tier == j.tier ? 1 : 0;
    bin.confidence += j.confidence;
  }
  report.by_language.assign(by_language.begin(), by_language.end());
  report.by_source.assign(by_source.begin(), by_source.end());
  for (const Bin& bin : report.reliability)
    report.calibration_error += ratio(std::fabs(static_cast<double>(bin.right) - bin.confidence),
                                      static_cast<double>(report.all.total()));
  if (!times.empty()) {
    std::sort(times.begin(), times.end());
    report.p50_us = times[times.size() / 2];
    report.p99_us = times[std::min(times.size() - 1, times.size() * 99 / 100)];
  }
  return report;
}

std::string to_text(const Report& r) {
  std::string out;
  print_tallies(out, "all", {{"all", r.all}});
  print_tallies(out, "language", r.by_language);
  print_tallies(out, "source", r.by_source);
  print(out, "\n%-10s %8s %8s %8s\n", "is \\ said", "T1", "T2", "T3");
  for (std::size_t t = 0; t < config::kTierCount; ++t)
    print(out, "T%-9zu %8zu %8zu %8zu\n", t + 1, r.all.judged[t][0], r.all.judged[t][1], r.all.judged[t][2]);
  print(out, "\n%-12s %8s %12s %9s\n", "confidence", "prompts", "mean of it", "right");
  for (std::size_t b = 0; b < r.reliability.size(); ++b) {
    const Bin& bin = r.reliability[b];
    if (bin.count == 0) continue;
    const auto count = static_cast<double>(bin.count);
    print(out, "%.1f to %.1f   %8zu %12.4f %9.4f\n", 0.1 * static_cast<double>(b), 0.1 * static_cast<double>(b + 1),
          bin.count, bin.confidence / count, static_cast<double>(bin.right) / count);
  }
  print(out, "\nexpected calibration error %.4f; threshold %.2f\n", r.calibration_error, r.threshold);
  print(out, "microseconds a prompt: p50 %.2f, p99 %.2f\n", static_cast<double>(r.p50_us),
        static_cast<double>(r.p99_us));
  return out;
}

std::string to_json(const Report& r) {
  nlohmann::json out = json_of(r.all);
  for (const auto& [name, tally] : r.by_language) out["by_language"][name] = json_of(tally);
  for (const auto& [name, tally] : r.by_source) out["by_source"][name] = json_of(tally);
  out["confusion"] = r.all.judged;
  for (const Bin& bin : r.reliability)
    out["reliability"].push_back({{"prompts", bin.count},
                                  {"confidence", ratio(bin.confidence, static_cast<double>(bin.count))},
                                  {"right", ratio(static_cast<double>(bin.right), static_cast<double>(bin.count))}});
  out["calibration_error"] = r.calibration_error;
  out["threshold"] = r.threshold;
  out["p50_us"] = r.p50_us;
  out["p99_us"] = r.p99_us;
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool write_predictions(const std::string& path, const std::vector<Judgement>& judgements) {
  std::ofstream file(path);
  for (const Judgement& j : judgements)
    file << j.prompt->id << "\tT" << static_cast<int>(j.tier) + 1 << '\t' << j.confidence << '\n';
  file.close();
  return static_cast<bool>(file);
}

}  // namespace smartroute::router_lab
