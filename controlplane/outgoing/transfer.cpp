#include "controlplane/outgoing/transfer.hpp"

#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

namespace smartroute::control::outgoing {
namespace {

// As data planes: TLS 1.2 with forward secrecy and AEAD only, or 1.3.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kLongestWaitMs = 1'000;
constexpr long kAddressesKeptSeconds = 60;
constexpr long kNoLowerBound = 1;   // bytes a second: silence is less than this

void* new_multi() {
  static std::once_flag once;       // the library's own state, which the process has once
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return curl_multi_init();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::strchr(" \t\r\n", text.back()) != nullptr) text.remove_suffix(1);
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

std::optional<config::AddressVerdict> judge(const sockaddr& address, std::string_view host, bool allow_private) {
  if (address.sa_family == AF_INET) {
    config::Ipv4 bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, bytes.size());
    return config::judge_address(bytes, host, allow_private);
  }
  if (address.sa_family == AF_INET6) {
    config::Ipv6 bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
    return config::judge_address(bytes, host, allow_private);
  }
  return std::nullopt;
}

// Two lines where one is meant would be a header of somebody else's making.
bool is_one_line(std::string_view text) {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
  return true;
}

bool is_tls_fault(CURLcode code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS: return true;
    default: return false;
  }
}

}  // namespace

struct Transfers::One {
  One(Request r, TransferEvents& e) : request(std::move(r)), events(e) {}
  ~One() {
    curl_slist_free_all(headers);
    curl_slist_free_all(known_addresses);
    curl_easy_cleanup(easy);
  }

  bool prepare(const std::vector<std::string>& addresses);
  void prepare_address(const std::vector<std::string>& addresses);
  void prepare_tls();
  void take_line(std::string_view line);
  void finish(CURLcode code);
  Facts facts() const;
  Stage stage(CURLcode code) const;
  std::int64_t time_of(CURLINFO info) const {
    curl_off_t us = 0;
    curl_easy_getinfo(easy, info, &us);
    return us;
  }

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);
  static CURLcode on_tls(CURL* easy, void* context, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  const Request request;
  TransferEvents& events;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  curl_slist* known_addresses = nullptr;
  char error[CURL_ERROR_SIZE] = "";
  AnswerHead head;
  Facts known;                  // as of the head: the connection is gone at the end
  std::size_t head_bytes = 0;
  bool head_done = false;
  bool head_too_large = false;
  bool begun = false;
  bool resolved = false;
  bool tls_begun = false;
  config::AddressVerdict verdict = config::AddressVerdict::Allowed;
};

std::size_t Transfers::One::on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& one = *static_cast<One*>(self);
  if (one.head_done) return size;   // trailers
  one.head_bytes += size;
  if (one.head_bytes > kMaxHeadBytes) {
    one.head_too_large = true;
    return 0;
  }
  one.take_line(std::string_view(data, size));
  return size;
}

void Transfers::One::take_line(std::string_view line) {
  if (line.substr(0, 5) == "HTTP/") {
    head.headers.clear();           // of an interim answer
    return;
  }
  const std::string_view text = trim(line);
  if (!text.empty()) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return;
    head.headers.emplace_back(lower(trim(text.substr(0, colon))), std::string(trim(text.substr(colon + 1))));
    return;
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200) return;
  head.status = static_cast<int>(status);
  head_done = true;
  known = facts();
  events.on_head(std::move(head), known);
}

std::size_t Transfers::One::on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& one = *static_cast<One*>(self);
  return one.events.on_body(std::string_view(data, size)) ? size : CURL_WRITEFUNC_PAUSE;
}

// The one place of the control plane where a socket to a provider or data plane is made: what is judged here, again, is what is connected to.
curl_socket_t Transfers::One::on_socket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto& one = *static_cast<One*>(self);
  one.resolved = true;
  if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
  const auto verdict = judge(address->addr, one.request.url.host, one.request.allow_private);
  // A name that mixes addresses of both kinds is not to be trusted at all.
  if (one.verdict == config::AddressVerdict::Allowed && verdict) one.verdict = *verdict;
  if (!verdict || one.verdict != config::AddressVerdict::Allowed) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Called when the connection stands and TLS begins.
CURLcode Transfers::One::on_tls(CURL*, void*, void* self) {
  static_cast<One*>(self)->tls_begun = true;
  return CURLE_OK;
}

// The library looks up no name itself: what it may connect to is what was judged. It forgets the answer before the name is tried again.
void Transfers::One::prepare_address(const std::vector<std::string>& addresses) {
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, kAddressesKeptSeconds);
  if (addresses.empty()) return;
  std::string entry = "+" + request.url.host + ":" + std::to_string(request.url.port) + ":";
  for (const auto& address : addresses) entry += (entry.back() == ':' ? "" : ",") + address;
  known_addresses = curl_slist_append(nullptr, entry.c_str());
  curl_easy_setopt(easy, CURLOPT_RESOLVE, known_addresses);
}

bool Transfers::One::prepare(const std::vector<std::string>& addresses) {
  easy = curl_easy_init();
  if (easy == nullptr) return false;
  const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  const std::string url = (request.url.tls ? "https://" : "http://") + config::authority(request.url) + request.url.path + request.path;
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, request.url.tls ? "https" : "http");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);       // a lookup that hangs holds nobody up
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.total.count()));
  if (request.silence.count() > 0) {
    set(CURLOPT_LOW_SPEED_LIMIT, kNoLowerBound);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::chrono::ceil<std::chrono::seconds>(request.silence).count()));
  }
  set(CURLOPT_ERRORBUFFER, error);
  set(CURLOPT_OPENSOCKETFUNCTION, &One::on_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &One::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &One::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  if (request.verb == Verb::Post) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, request.body.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  headers = curl_slist_append(headers, "Expect:");
  for (const auto& [name, value] : request.headers) {
    if (!is_one_line(name) || !is_one_line(value)) return false;
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    headers = curl_slist_append(headers, line.c_str());
  }
  set(CURLOPT_HTTPHEADER, headers);
  prepare_address(addresses);
  prepare_tls();
  return true;
}

void Transfers::One::prepare_tls() {
  if (!request.url.tls) return;
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &One::on_tls);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, kCiphers);
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request.tls_verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request.tls_verify ? 2L : 0L);
  const char* const own = std::getenv("SSL_CERT_FILE");
  if (!request.tls_ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, request.tls_ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  } else if (own != nullptr && *own != '\0') {
    curl_easy_setopt(easy, CURLOPT_CAINFO, own);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
}

Facts Transfers::One::facts() const {
  Facts facts;
  char* address = nullptr;
  long port = 0;
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  if (address != nullptr && *address != '\0') {
    const std::string text(address);
    facts.address = (text.find(':') == std::string::npos ? text : "[" + text + "]") + ":" + std::to_string(port);
  }
  const auto looked_up = time_of(CURLINFO_NAMELOOKUP_TIME_T);
  const auto connected = time_of(request.url.tls ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T);
  const auto sent = time_of(CURLINFO_PRETRANSFER_TIME_T);
  const auto first = time_of(CURLINFO_STARTTRANSFER_TIME_T);
  if (connected > looked_up) facts.connect_ms = static_cast<double>(connected - looked_up) / 1'000;
  if (first > sent && sent > 0) facts.first_byte_ms = static_cast<double>(first - sent) / 1'000;
  curl_tlssessioninfo* session = nullptr;
  if (request.url.tls && curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK && session != nullptr &&
      session->backend == CURLSSLBACKEND_OPENSSL && session->internals != nullptr) {
    const auto* const ssl = static_cast<const SSL*>(session->internals);
    if (const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl))
      facts.tls = std::string(SSL_get_version(ssl)) + " " + SSL_CIPHER_get_name(cipher);
  }
  return facts;
}

Stage Transfers::One::stage(CURLcode code) const {
  if (head_done) return Stage::Body;
  if (code == CURLE_COULDNT_RESOLVE_HOST || !resolved || verdict != config::AddressVerdict::Allowed) return Stage::Address;
  if (is_tls_fault(code)) return Stage::Tls;
  // With TLS, the library only notes that it has connected when that is done, too.
  if (request.url.tls && time_of(CURLINFO_APPCONNECT_TIME_T) == 0) return tls_begun ? Stage::Tls : Stage::Connect;
  return time_of(CURLINFO_CONNECT_TIME_T) == 0 ? Stage::Connect : Stage::Answer;
}

void Transfers::One::finish(CURLcode code) {
  if (code == CURLE_OK && head_done) return events.on_end(std::nullopt, std::move(known));
  Failure failure;
  if (!begun) {
    failure.detail = "the request cannot be written: a header holds a control character";
    return events.on_end(std::move(failure), {});
  }
  failure.stage = stage(code);
  failure.verdict = verdict;
  failure.detail = error[0] != '\0' ? error : curl_easy_strerror(code);
  if (head_too_large) {
    failure.fault = Fault::TooLarge;
    failure.detail = "the head of the answer is longer than " + std::to_string(kMaxHeadBytes) + " bytes";
  } else if (verdict != config::AddressVerdict::Allowed) {
    failure.fault = Fault::Forbidden;
    failure.detail = config::text_of(verdict);
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    failure.fault = Fault::Timeout;
  } else if (code == CURLE_COULDNT_RESOLVE_HOST) {
    failure.fault = Fault::Lookup;
  } else if (failure.stage == Stage::Tls) {
    failure.fault = Fault::Tls;
  } else if (failure.stage <= Stage::Connect) {
    failure.fault = Fault::Unreachable;
  }
  events.on_end(std::move(failure), head_done ? std::move(known) : facts());
}

Transfers::Transfers() : multi_(new_multi()) {}

Transfers::~Transfers() {
  for (const auto& [id, one] : live_)
    if (one->begun) curl_multi_remove_handle(multi_, one->easy);
  live_.clear();
  curl_multi_cleanup(multi_);
}

void Transfers::add(std::uint64_t id, Request request, const std::vector<std::string>& addresses, TransferEvents& events) {
  auto one = std::make_unique<One>(std::move(request), events);
  One& added = *one;
  live_.emplace(id, std::move(one));
  added.begun = added.prepare(addresses);
  if (!added.begun) return;
  curl_easy_setopt(added.easy, CURLOPT_PRIVATE, reinterpret_cast<void*>(id));
  curl_multi_add_handle(multi_, added.easy);
}

void Transfers::go_on(std::uint64_t id) {
  const auto found = live_.find(id);
  if (found != live_.end()) curl_easy_pause(found->second->easy, CURLPAUSE_CONT);
}

void Transfers::remove(std::uint64_t id) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  if (found->second->begun) curl_multi_remove_handle(multi_, found->second->easy);
  live_.erase(found);
}

std::vector<std::uint64_t> Transfers::run() {
  int running = 0;
  curl_multi_perform(multi_, &running);
  std::vector<std::pair<std::uint64_t, CURLcode>> done;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* id = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &id);
    done.emplace_back(reinterpret_cast<std::uint64_t>(id), message->data.result);
  }
  for (const auto& [id, one] : live_)
    if (!one->begun) done.emplace_back(id, CURLE_FAILED_INIT);
  std::vector<std::uint64_t> ended;
  for (const auto& [id, code] : done) {
    live_.at(id)->finish(code);
    remove(id);
    ended.push_back(id);
  }
  return ended;
}

void Transfers::wait() { curl_multi_poll(multi_, nullptr, 0, kLongestWaitMs, nullptr); }
void Transfers::wake() { curl_multi_wakeup(multi_); }

}  // namespace smartroute::control::outgoing
