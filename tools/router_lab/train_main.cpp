// smartroute-train-classifier: makes the weights of the embedded classifier from labelled prompts.
// Exit status: 0 done, 2 it could not begin.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <numeric>

#include "tools/router_lab/cross_validation.hpp"

namespace {

using namespace smartroute;
using namespace smartroute::router_lab;

struct Options {
  std::vector<std::string> files;
  std::string out;
  bool cross_validate = false, json = false;
  std::string predictions;
  double threshold = 0.8;
  TrainingSettings training;
  Decision decision;
};

void add_flags(CLI::App& app, Options& o) {
  app.add_option("FILE", o.files, "Labelled prompts: .jsonl or .tsv")->required();
  app.add_option("--out", o.out, "Write the weights here");
  app.add_flag("--cross-validate", o.cross_validate, "Hold out each family of sources in turn and print how it is judged");
  app.add_flag("--json", o.json, "Of --cross-validate: a JSON report");
  app.add_option("--predictions", o.predictions, "Of --cross-validate: id<TAB>tier<TAB>confidence a prompt, into this file");
  app.add_option("--threshold", o.threshold, "Of --cross-validate: confidence that decides")->capture_default_str();
  app.add_option("--seed", o.training.seed)->capture_default_str();
  app.add_option("--groups", o.training.groups, "Of the table")
      ->check(CLI::Range(1u, static_cast<unsigned>(classify::kMostGroups)))
      ->capture_default_str();
  app.add_option("--trainings", o.training.trainings, "Whose mean is taken")->check(CLI::Range(1, 100))->capture_default_str();
  app.add_option("--passes", o.training.passes, "Over the rows")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--rate", o.training.rate, "Learning rate")->capture_default_str();
  app.add_option("--drop", o.training.drop, "Share of features")->check(CLI::Range(0.0, 0.95))->capture_default_str();
  app.add_option("--smoothing", o.training.smoothing, "Of labels")->check(CLI::Range(0.0, 0.5))->capture_default_str();
  app.add_option("--balance", o.training.balance, "Of sources: 0 rows alike, 1 sources alike")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--least-rows", o.training.least_rows, "That a feature must be seen in")->capture_default_str();
  app.add_option("--sharpness", o.decision.sharpness, "Of probabilities, as --cross-validate fits it")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--cost-of-low", o.decision.cost_of_low, "Of T3 judged T1, against 1 of other errors")
      ->check(CLI::Range(1.0, 10.0))
      ->capture_default_str();
}

void print_held_out(const Options& o, const std::vector<Prompt>& prompts, const HeldOut& held_out) {
  const Report report = make_report(held_out.judgements, o.threshold);
  std::fputs((o.json ? to_json(report) + "\n" : to_text(report)).c_str(), stdout);
  std::fprintf(stderr, "sharpness of least loss: %.2f\n",
               static_cast<double>(fit_sharpness(prompts, held_out, o.decision.sharpness)));
  if (!o.predictions.empty() && !write_predictions(o.predictions, held_out.judgements))
    std::fprintf(stderr, "%s: cannot be written\n", o.predictions.c_str());
}

bool write_file(const std::string& path, const std::vector<std::byte>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return static_cast<bool>(file);
}

int run(const Options& o) {
  std::vector<Prompt> prompts;
  for (const std::string& path : o.files)
    if (const auto read = read_prompts(path, Labels::Required, prompts); !read) {
      std::fprintf(stderr, "%s\n", read.error().text().c_str());
      return 2;
    }
  const Corpus corpus = make_corpus(prompts);
  std::fprintf(stderr, "%zu prompts, %zu families, %zu features\n", prompts.size(), corpus.families.size(),
               corpus.hash.size());
  if (o.cross_validate)
    print_held_out(o, prompts, cross_validate(prompts, corpus, o.training, o.decision, [](const std::string& family) {
                     std::fprintf(stderr, "judged: %s\n", family.c_str());
                   }));
  if (o.out.empty()) return 0;
  std::vector<std::uint32_t> all(prompts.size());
  std::iota(all.begin(), all.end(), 0u);
  const auto bytes = classify::write_weights(train(corpus, all, o.training, o.decision).weights);
  if (!write_file(o.out, bytes)) {
    std::fprintf(stderr, "%s: cannot be written\n", o.out.c_str());
    return 2;
  }
  std::fprintf(stderr, "%s: %zu bytes\n", o.out.c_str(), bytes.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes the weights of the embedded classifier from labelled prompts");
  Options options;
  add_flags(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!options.cross_validate && options.out.empty()) {
    std::fputs("nothing to do: give --out, --cross-validate, or both\n", stderr);
    return 2;
  }
  return run(options);
}
