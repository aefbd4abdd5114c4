#include "controlplane/admin/page.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kPage = R"page(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>SmartRoute control plane</title>
<style>
  :root { --ink: #1c2430; --soft: #5a6675; --paper: #f6f7f9; --card: #ffffff; --line: #dfe3e8; --mark: #0b6bcb; --code: #f0f2f5; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e6eaf0; --soft: #9aa6b5; --paper: #12161c; --card: #1a2029; --line: #2c3542; --mark: #6cb2ff; --code: #10141a; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", sans-serif; }
  main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
  h1 { font-size: 1.75rem; margin: 0; letter-spacing: -0.01em; }
  h1 span { color: var(--mark); }
  h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
  p { margin: .5rem 0; }
  .lead { color: var(--soft); margin-top: .25rem; }
  section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem 1.4rem; margin-top: 1.25rem; }
  pre { background: var(--code); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; margin: .6rem 0; }
  code { font: .875rem/1.55 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
  p code, td code { background: var(--code); border-radius: 4px; padding: .1rem .3rem; }
  table { border-collapse: collapse; width: 100%; }
  td { padding: .35rem .6rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top; }
  tr:first-child td { border-top: 0; }
  td:first-child { white-space: nowrap; }
</style>
</head>
<body>
<main>
  <h1>Smart<span>Route</span> control plane</h1>
  <p class="lead">It keeps the gateway's configuration and pushes it to every data plane. The files of its dashboard were
  not found when it started (<code>--dashboard</code>, and its log says where it looked); this port answers the admin API all the same.</p>

  <section>
    <h2>Ask it something</h2>
    <p>Every call needs the admin token, which lies in <code>@TOKEN_FILE@</code> on the machine that runs the gateway.</p>
    <pre><code>TOKEN=$(cat @TOKEN_FILE@)

# the configuration, as a YAML document, secrets hidden
curl -s @URL@/smartroute.admin.v1.ConfigService/GetConfig \
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{}'

# which data plane runs which revision
curl -s @URL@/smartroute.admin.v1.FleetService/ListInstances \
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{}'</code></pre>
  </section>

  <section>
    <h2>Methods</h2>
    <p>Connect unary calls: <code>POST /smartroute.admin.v1.Service/Method</code> with a JSON body. The same services answer
    over gRPC.</p>
    <table>
      <tr><td><code>ConfigService/GetConfig</code></td><td>the newest configuration, or an earlier revision</td></tr>
      <tr><td><code>ConfigService/ValidateConfig</code></td><td>every problem of a document, without storing it</td></tr>
      <tr><td><code>ConfigService/PutConfig</code></td><td>a new revision, written against the newest one</td></tr>
      <tr><td><code>ConfigService/ListRevisions</code></td><td>the history</td></tr>
      <tr><td><code>ConfigService/DiffRevisions</code></td><td>what changed between two revisions</td></tr>
      <tr><td><code>ConfigService/Rollback</code></td><td>a new revision with the content of an earlier one</td></tr>
      <tr><td><code>FleetService/ListInstances</code></td><td>the data planes, and why one refused a revision</td></tr>
      <tr><td><code>LogService/ListRecords</code></td><td>request records, newest first</td></tr>
    </table>
  </section>
</main>
</body>
</html>
)page";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void replace_all(std::string& text, std::string_view mark, const std::string& with) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size())) {
    text.replace(at, mark.size(), with);
  }
}

}  // namespace

std::string make_page(std::string_view url, std::string_view token_file) {
  std::string page(kPage);
  replace_all(page, "@URL@", escaped(url));
  replace_all(page, "@TOKEN_FILE@", escaped(token_file));
  return page;
}

}  // namespace smartroute::control::admin
