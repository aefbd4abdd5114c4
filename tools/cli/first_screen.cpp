#include "tools/cli/first_screen.hpp"

#include <string_view>

#include "tools/cli/address.hpp"

namespace smartroute::cli {
namespace {

class Page {
 public:
  explicit Page(Colour colour) : colour_(colour) {}

  void title(std::string_view text) { text_ += painted(text, paint::kBold, colour_) + "\n\n"; }
  void row(std::string_view name, std::string_view value) {
    std::string cell(name);
    cell.resize(14, ' ');
    text_ += "  " + painted(cell, paint::kDim, colour_) + std::string(value) + "\n";
  }
  void command(std::string_view what, std::string_view text) {
    text_ += "  " + painted("# " + std::string(what), paint::kDim, colour_) + "\n  " +
             painted(text, paint::kCyan, colour_) + "\n";
  }
  void line(std::string_view text) { text_ += std::string(text) + "\n"; }
  std::string take() { return std::move(text_); }

 private:
  Colour colour_;
  std::string text_;
};

std::string url(const std::string& address, const std::string& scheme = "http") {
  const auto parsed = parse_host_port(address);
  return scheme + "://" + (parsed ? to_string(dialled(*parsed)) : address);
}

constexpr std::string_view kUnix = "unix:", kTls = "https://";

// As a place that the proxy names is called: what stands before /v1, and what curl needs before it.
struct Way {
  std::string url, curl;
};

std::string shell_word(std::string_view text);

Way way_to(const std::string& place) {
  if (place.starts_with(kUnix)) return {"http://localhost", "--unix-socket " + shell_word(place.substr(kUnix.size())) + " "};
  if (place.starts_with(kTls)) return {url(place.substr(kTls.size()), "https"), ""};
  return {url(place), ""};
}

// Fit for a POSIX shell, whatever the path holds.
std::string shell_word(std::string_view text) {
  const bool plain =
      text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+:@%") ==
      std::string_view::npos;
  if (plain && !text.empty()) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace

std::string render(const FirstScreen& screen, Colour colour) {
  Page page(colour);
  const std::string& place = screen.addresses.listen;
  const Way way = way_to(place);
  const std::string& api = way.url;
  const std::string admin = url(screen.addresses.admin, screen.admin_scheme);
  page.title("SmartRoute " SMARTROUTE_VERSION " is up");
  page.row("OpenAI API", place.starts_with(kUnix) ? place : api + "/v1");
  if (!screen.addresses.tls_listen.empty() && !place.starts_with(kTls))
    page.row("... with TLS", url(screen.addresses.tls_listen.substr(0, screen.addresses.tls_listen.find(',')), "https") + "/v1");
  if (screen.set_up_code.empty())
    page.row("Dashboard", admin);
  else
    page.row("Dashboard", admin + "/set-up?code=" + screen.set_up_code + "  (makes the first account; works once)");
  page.row("Admin API", admin);
  page.row("Metrics", url(screen.addresses.proxy_ops) + "/metrics  " +
                          url(screen.addresses.control_ops) + "/metrics");
  page.row("Data", screen.state);
  page.row("Logs", screen.state + "/logs/{control,proxy}.log");
  page.row("Config", screen.config_source);
  if (screen.admin_token)
    page.row("Admin token",
             *screen.admin_token + "  (shown this once; kept in " + screen.admin_token_file + ")");
  else
    page.row("Admin token", "in " + screen.admin_token_file);

  page.line("");
  const std::string key =
      screen.needs_key ? " -H \"authorization: Bearer $SMARTROUTE_API_KEY\"" : "";
  const std::string chat =
      "curl " + way.curl + api + "/v1/chat/completions" + key + " -H 'content-type: application/json' ";
  page.command(screen.needs_key
                   ? "ask (SMARTROUTE_API_KEY: one of the configuration's gateway.api_keys)"
                   : "ask",
               chat + R"(-d '{"model":"auto","messages":[{"role":"user","content":"hello"}]}')");
  page.command(
      "stream, and see in the headers who answered and why",
      "curl -Ni" + chat.substr(4) +
          R"(-d '{"model":"auto","stream":true,"messages":[{"role":"user","content":"Prove that there are infinitely many primes."}]}')");
  if (!screen.validate_target.empty())
    page.command("check the configuration",
                 shell_word(screen.program) + " validate " + shell_word(screen.validate_target));
  else
    page.command(
        "read the configuration back",
        "curl " + admin +
            "/smartroute.admin.v1.ConfigService/GetConfig -H \"authorization: Bearer $(cat " +
            shell_word(screen.admin_token_file) +
            ")\" -H 'content-type: application/json' -d '{}'");
  page.line("");
  if (screen.is_demo)
    page.line(
        "This is a demo: its providers are mocks inside this process. Set OPENAI_API_KEY (or "
        "another provider's\n"
        "key) and start again for real answers, or write a configuration and give it with "
        "--config.");
  if (screen.sample_seconds > 0)
    page.line("For " + std::to_string(screen.sample_seconds) +
              " s it sends itself sample requests, so that the dashboard has something to show (--demo-traffic 0: none).");
  page.line("Ctrl-C stops it; requests under way are finished first.");
  return page.take();
}

}  // namespace smartroute::cli
