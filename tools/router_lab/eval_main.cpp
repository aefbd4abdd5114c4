// smartroute-routing-eval: how well a routing mode does on prompts, and how fast.
// Exit status: 0 done, 2 wrong flags or files.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "tools/router_lab/metrics.hpp"
#include "tools/router_lab/routers.hpp"

namespace {

using namespace smartroute;
using namespace smartroute::router_lab;

struct Options {
  std::vector<std::string> files;
  RouterSettings router;
  std::string predictions;
  double threshold = 0.8;
  bool json = false;
};

void add_flags(CLI::App& app, Options& o) {
  app.add_option("FILE", o.files, "Prompts: .jsonl with \"text\" and, if known, \"id\", \"tier\", \"lang\", \"source\"; or .tsv")
      ->required();
  app.add_option("--mode", o.router.mode)
      ->check(CLI::IsMember({"embedded", "keyword", "cascade", "random"}))
      ->capture_default_str();
  app.add_option("--weights", o.router.weights, "File instead of the built-in weights");
  app.add_option("--config", o.router.config, "Configuration with the keyword rules, for keyword and cascade");
  app.add_option("--seed", o.router.seed, "Of random")->capture_default_str();
  app.add_option("--threshold", o.threshold, "Confidence from which a prompt counts as decided")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--predictions", o.predictions, "Write id<TAB>tier<TAB>confidence a prompt into this file");
  app.add_flag("--json", o.json, "The report as JSON");
}

int run(const Options& o) {
  std::vector<Prompt> prompts;
  for (const std::string& path : o.files)
    if (const auto read = read_prompts(path, Labels::Optional, prompts); !read) {
      std::fprintf(stderr, "%s\n", read.error().text().c_str());
      return 2;
    }
  auto router = make_router(o.router);
  if (!router) {
    std::fprintf(stderr, "%s\n", router.error().text().c_str());
    return 2;
  }
  using Clock = std::chrono::steady_clock;
  std::vector<Judgement> judgements;
  judgements.reserve(prompts.size());
  constexpr std::size_t kWarmUp = 1000;
  for (std::size_t i = 0; i < std::min(kWarmUp, prompts.size()); ++i) (*router)(prompts[i]);
  for (const Prompt& prompt : prompts) {
    const auto begin = Clock::now();
    const Verdict verdict = (*router)(prompt);
    const std::chrono::duration<float, std::micro> took = Clock::now() - begin;
    judgements.push_back({&prompt, verdict.tier, verdict.confidence, took.count()});
  }
  if (!o.predictions.empty() && !write_predictions(o.predictions, judgements)) {
    std::fprintf(stderr, "%s: cannot be written\n", o.predictions.c_str());
    return 2;
  }
  const Report report = make_report(judgements, o.threshold);
  std::fputs((o.json ? to_json(report) + "\n" : to_text(report)).c_str(), stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Judges prompts with a routing mode and compares with their tiers");
  Options options;
  add_flags(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run(options);
}
