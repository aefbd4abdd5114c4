#include "tools/fault_proxy/control.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>
#include <utility>

namespace smartroute::fault_proxy {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Json = nlohmann::ordered_json;
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> as_values{};
constexpr std::size_t kMaxRequestBytes = 16 << 20;

struct Reply {
  int status = 200;
  std::string body = "{}";
};

Reply refusal(int status, const std::string& why) { return {status, Json{{"error", why}}.dump()}; }

Reply counters(const PlanBook& book) {
  const Counters c = book.counters();
  Json faults = Json::object();
  for (const auto& [name, count] : c.faults) faults[name] = count;
  const Json out = {{"connections", c.connections},
                    {"open", c.open},
                    {"requests", c.requests},
                    {"upstream_failed", c.upstream_failed},
                    {"request_bytes", c.request_bytes},
                    {"response_bytes", c.response_bytes},
                    {"faults", faults}};
  return {200, out.dump()};
}

Reply obey(std::string_view what, std::string_view body, const Commands& commands) {
  if (what == "GET /counters") return counters(commands.book);
  if (what == "PUT /plan") {
    auto document = parse_document(body);
    if (!document) return refusal(400, document.error().text());
    commands.book.set(*std::move(document));
    return {};
  }
  if (what == "POST /reset") {
    commands.book.reset();
    return {};
  }
  if (what == "POST /drop") {
    commands.drop_connections();
    return {};
  }
  if (what == "PUT /listening") {
    if (body != "true" && body != "false") return refusal(400, "must be true or false");
    const auto done = commands.set_listening(body == "true" ? Listening::Open : Listening::Closed);
    return done ? Reply{} : refusal(500, done.error().text());
  }
  return refusal(404, "no such command: " + std::string(what));
}

std::size_t content_length(std::string_view head) {
  std::string lower(head);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  const auto at = lower.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::strtoul(lower.c_str() + at + 17, nullptr, 10);
}

asio::awaitable<void, Executor> one_request(Socket socket, const Commands& commands) {
  std::string bytes;
  char block[16 * 1024];
  const asio::mutable_buffer room(block, sizeof block);
  std::size_t head_end = std::string::npos;
  for (std::size_t needed = std::string::npos; bytes.size() < needed;) {
    const auto [error, count] = co_await socket.async_read_some(room, as_values);
    if (error || bytes.size() > kMaxRequestBytes) co_return;
    bytes.append(block, count);
    if (needed != std::string::npos) continue;
    head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string::npos) continue;
    needed = head_end + 4 + content_length(std::string_view(bytes).substr(0, head_end + 2));
  }
  const std::string_view line = std::string_view(bytes).substr(0, bytes.find("\r\n"));
  const Reply reply =
      obey(line.substr(0, line.rfind(' ')), std::string_view(bytes).substr(head_end + 4), commands);
  const std::string out = "HTTP/1.1 " + std::to_string(reply.status) +
                          (reply.status == 200 ? " OK" : " Refused") +
                          "\r\ncontent-type: application/json\r\nconnection: close\r\n"
                          "content-length: " +
                          std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
  const asio::const_buffer buffer(out.data(), out.size());
  const auto [error, count] = co_await asio::async_write(socket, buffer, as_values);
  boost::system::error_code ignored;
  if (!error) socket.shutdown(asio::socket_base::shutdown_send, ignored);
}

}  // namespace

void serve_control(Socket socket, const Commands& commands) {
  const auto executor = socket.get_executor();
  auto over = [](std::exception_ptr) {};
  asio::co_spawn(executor, one_request(std::move(socket), commands), std::move(over));
}

}  // namespace smartroute::fault_proxy
