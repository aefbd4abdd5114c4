// HTTP calls that the control plane makes itself: to providers when they are tested, to data planes for the playground. One thread drives
// all of them over libcurl, which stays in client.cpp.
//
// What it never does: follow a redirect, use a proxy of the environment, send a cookie, reuse a connection, take a head or a piece of a body
// beyond its bounds. All addresses of a name are judged by contract/config/address_policy.hpp, as data planes judge them, before the first is
// connected to; and each once more when its socket is made.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/config/address_policy.hpp"
#include "contract/config/base_url.hpp"

namespace smartroute::control::outgoing {

using Millis = std::chrono::milliseconds;
using Headers = std::vector<std::pair<std::string, std::string>>;

// The largest head of an answer, interim ones included.
constexpr std::size_t kMaxHeadBytes = 64 * 1024;
// What is read of a body before its reader has taken it; then the connection waits.
constexpr std::size_t kMaxUnreadBytes = 256 * 1024;

enum class Verb : std::uint8_t { Get, Post };

struct Request {
  config::BaseUrl url;
  std::string path;           // behind url.path: "/models", with its query
  Verb verb = Verb::Get;
  Headers headers;            // neither host nor content-length; no line breaks
  std::string body;
  bool allow_private = false;
  bool tls_verify = true;
  std::string tls_ca_file;    // PEM; empty: SSL_CERT_FILE, else the system's
  Millis connect{5'000};      // lookup, TCP and TLS
  Millis total{0};            // 0: no bound
  Millis silence{0};          // without a byte in either direction; 0: no bound. Whole seconds
};

// How far a call came before it failed.
enum class Stage : std::uint8_t { Address, Connect, Tls, Answer, Body };
enum class Fault : std::uint8_t {
  Lookup,        // the name does not resolve
  Forbidden,     // `verdict` says why
  Unreachable,   // refused, no route, ...
  Tls,
  Timeout,       // any of the three
  TooLarge,      // the head
  Broken,        // cut, or no HTTP
  Cancelled,     // the client was shut down
};
struct Failure {
  Stage stage = Stage::Address;
  Fault fault = Fault::Broken;
  config::AddressVerdict verdict = config::AddressVerdict::Allowed;
  std::string detail;         // in the library's words; holds nothing of the headers that were sent
};

// What is known of the connection, as far as it came.
struct Facts {
  std::string address;        // that was connected, with its port
  std::string tls;            // version and cipher
  double connect_ms = 0;      // TCP and TLS
  double first_byte_ms = 0;   // from the request's last byte
};

struct AnswerHead {
  int status = 0;
  Headers headers;            // names in lower case
  // The first of that name; empty if there is none.
  std::string_view get(std::string_view name) const noexcept;
};

class Client;

// One call. Thread rule: one thread at a time, any. Its destructor ends the call: the connection closes within a moment, and nothing is
// called back any more.
class Call {
 public:
  enum class State : std::uint8_t { Waiting, Answering, Ended, Failed };   // Answering: the head is there
  enum class Taken : std::uint8_t { Bytes, Nothing, End, Failed };

  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  State state() const;
  // Appends what has come of the body. End may come with bytes.
  Taken take(std::string& out);
  // Until something has changed since the last call of any method here, or `time` is over.
  void wait(Millis time);
  AnswerHead head() const;    // when Answering or Ended
  Failure failure() const;    // when Failed
  Facts facts() const;

 private:
  friend class Client;
  struct Shared;
  explicit Call(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

// Thread rule: every method from any thread. Calls may outlive the client: they then fail with Cancelled.
class Client {
 public:
  Client();
  // As shut_down().
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `on_change` is called on the client's thread when state or body have changed; it must not block, nor destroy the call. May be empty.
  std::unique_ptr<Call> start(Request request, std::function<void()> on_change = {});
  // Ends all calls, and refuses later ones.
  void shut_down();

 private:
  friend class Call;
  class Engine;
  std::shared_ptr<Engine> engine_;
};

}  // namespace smartroute::control::outgoing
