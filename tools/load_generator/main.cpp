// smartroute-load: constant load on an OpenAI-compatible endpoint, with the latencies told as JSON.
// Exit status: 0 all requests were right, 1 some failed, 2 it could not begin.
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>

#include "tools/load_generator/load_run.hpp"

int main(int argc, char** argv) {
  using namespace smartroute;
  CLI::App app("Sends chat requests at a fixed rate or as fast as they are answered, and measures");
  load_generator::Options options;
  load_generator::add_flags(app, options);
  CLI11_PARSE(app, argc, argv);
  signal(SIGPIPE, SIG_IGN);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  const auto on_open = [](int count) {
    std::printf("{\"open\":%d}\n", count);
    std::fflush(stdout);
  };
  const auto report = load_generator::LoadRun(options, on_open).run();
  if (!report) {
    std::fprintf(stderr, "%s\n", report.error().text().c_str());
    return 2;
  }
  const std::string json = load_generator::to_json(*report, options);
  if (options.out_file.empty()) {
    std::printf("%s\n", json.c_str());
  } else {
    std::ofstream file(options.out_file);
    file << json << '\n';
    if (!file) {
      std::fprintf(stderr, "%s: cannot be written\n", options.out_file.c_str());
      return 2;
    }
  }
  return report->failed() == 0 || options.allow_errors ? 0 : 1;
}
