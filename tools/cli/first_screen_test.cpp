#include "tools/cli/first_screen.hpp"

#include <gmock/gmock.h>

namespace smartroute::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

FirstScreen screen() {
  FirstScreen screen;
  screen.addresses = Addresses{"0.0.0.0:8080", "127.0.0.1:6688", "unix:/s/control.sock",
                               "127.0.0.1:8081", "127.0.0.1:6690"};
  screen.state = "/s";
  screen.config_source = "stored in the data folder";
  screen.admin_token_file = "/s/admin.token";
  return screen;
}

TEST(FirstScreen, UrlsCanBeOpenedOnThisMachine) {
  const auto text = render(screen(), Colour::Off);
  EXPECT_THAT(text, HasSubstr("http://127.0.0.1:8080/v1"));
  EXPECT_THAT(text, Not(HasSubstr("0.0.0.0")));
}

TEST(FirstScreen, HasNoColourUnlessAsked) {
  EXPECT_THAT(render(screen(), Colour::Off), Not(HasSubstr("\x1b")));
  EXPECT_THAT(render(screen(), Colour::On), HasSubstr("\x1b[1m"));
}

TEST(FirstScreen, ShowsTheTokenOnlyWhenItIsNew) {
  auto first = screen();
  first.admin_token = "secret-token";
  EXPECT_THAT(render(first, Colour::Off),
              HasSubstr("secret-token  (shown this once; kept in /s/admin.token)"));
  EXPECT_THAT(render(screen(), Colour::Off), HasSubstr("in /s/admin.token"));
}

TEST(FirstScreen, TheDashboardIsALinkThatSetsUpUntilSomebodyHasAnAccount) {
  EXPECT_THAT(render(screen(), Colour::Off), HasSubstr("Dashboard     http://127.0.0.1:6688\n"));
  auto fresh = screen();
  fresh.set_up_code = "the-code";
  EXPECT_THAT(render(fresh, Colour::Off), HasSubstr("Dashboard     http://127.0.0.1:6688/set-up?code=the-code  (makes"));
}

TEST(FirstScreen, ADemoSaysThatItAsksItself) {
  auto demo = screen();
  demo.is_demo = true;
  EXPECT_THAT(render(demo, Colour::Off), Not(HasSubstr("--demo-traffic")));
  demo.sample_seconds = 20;
  EXPECT_THAT(render(demo, Colour::Off), HasSubstr("For 20 s it sends itself sample requests"));
}

TEST(FirstScreen, CommandsCarryAKeyWhenCallersNeedOne) {
  EXPECT_THAT(render(screen(), Colour::Off), Not(HasSubstr("$SMARTROUTE_API_KEY")));
  auto locked = screen();
  locked.needs_key = true;
  EXPECT_THAT(render(locked, Colour::Off),
              HasSubstr(R"(-H "authorization: Bearer $SMARTROUTE_API_KEY")"));
}

TEST(FirstScreen, PathsAreFitForAShell) {
  auto odd = screen();
  odd.validate_target = "it's a file.yaml";
  EXPECT_THAT(render(odd, Colour::Off), HasSubstr(R"(smartroute validate 'it'\''s a file.yaml')"));
}

TEST(FirstScreen, SaysHttpsWhereItIsSpoken) {
  FirstScreen both = screen();
  both.addresses.tls_listen = "0.0.0.0:8443,[::1]:8443";
  both.admin_scheme = "https";
  const auto text = render(both, Colour::Off);
  EXPECT_THAT(text, HasSubstr("OpenAI API    http://127.0.0.1:8080/v1\n  ... with TLS  https://127.0.0.1:8443/v1\n"));
  EXPECT_THAT(text, HasSubstr("Dashboard     https://127.0.0.1:6688\n"));
  FirstScreen tls_only = screen();
  tls_only.addresses.listen = "https://127.0.0.1:8443";
  tls_only.addresses.tls_listen = "127.0.0.1:8443";
  EXPECT_THAT(render(tls_only, Colour::Off), HasSubstr("curl https://127.0.0.1:8443/v1/chat/completions"));
  FirstScreen socket = screen();
  socket.addresses.listen = "unix:/run/my proxy.sock";
  EXPECT_THAT(render(socket, Colour::Off), HasSubstr("curl --unix-socket '/run/my proxy.sock' http://localhost/v1/chat/completions"));
}

}  // namespace
}  // namespace smartroute::cli
