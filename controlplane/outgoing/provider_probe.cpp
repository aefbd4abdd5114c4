#include "controlplane/outgoing/provider_probe.hpp"

#include <optional>
#include <utility>

#include "contract/base/utf8.hpp"
#include "controlplane/outgoing/model_list.hpp"
#include "dataplane/core/accounting/redaction.hpp"

namespace smartroute::control::outgoing {
namespace {

constexpr Millis kLook{100};
constexpr std::string_view kKeyTakenOut = "[key]";

// Takes our key, and whatever looks like one, out of a stranger's words.
class Censor {
 public:
  explicit Censor(std::string_view key) : key_(key), redactor_({key}, {}) {}

  std::string clean(std::string text) const {
    if (!key_.empty())
      for (std::size_t at = text.find(key_); at != std::string::npos; at = text.find(key_, at + kKeyTakenOut.size()))
        text.replace(at, key_.size(), kKeyTakenOut);
    std::string room;
    const auto cleaned = redactor_.clean(text, accounting::TextKind::Plain, accounting::Redactor::Scope::Keys, {}, room);
    return std::string(cleaned.text);
  }
  std::string quote(std::string_view words) const {
    std::string text = clean(std::string(words));
    if (text.size() > kMaxQuotedBytes) text = std::string(cut_between_characters(text, kMaxQuotedBytes)) + "…";
    return text;
  }

 private:
  const std::string_view key_;
  const accounting::Redactor redactor_;
};

// A call and all of its answer, or as much of it as is wanted.
struct Answered {
  std::optional<AnswerHead> head;
  std::optional<Failure> failure;
  std::string body;
  bool too_long = false;
  bool stopped = false;
  Facts facts;
};

class Probe {
 public:
  Probe(Client& client, const config::Provider& provider, const config::BaseUrl& url, const std::function<bool()>& stopping)
      : client_(client), provider_(provider), url_(url), stopping_(stopping), censor_(provider.api_key.reveal()),
        end_(std::chrono::steady_clock::now() + kProbeTime) {}

  ProbeResult run();

 private:
  Request request(Verb verb, const char* path) const;
  Answered call(Request request) const;
  void judge_failure(const Answered& answered);
  void judge_answer(const Answered& answered);
  void judge_list(const Answered& answered);
  void look_for_chat();
  bool refused(int status, const std::string& said);
  std::string with_words(std::string sentence, const Answered& answered) const;
  void say(bool ok, const char* step, std::string message) {
    result_.ok = ok;
    result_.step = step;
    result_.message = std::move(message);
  }

  Client& client_;
  const config::Provider& provider_;
  const config::BaseUrl& url_;
  const std::function<bool()>& stopping_;
  const Censor censor_;
  const std::chrono::steady_clock::time_point end_;
  ProbeResult result_;
};

Request Probe::request(Verb verb, const char* path) const {
  Request request;
  request.url = url_;
  request.path = path;
  request.verb = verb;
  request.headers.emplace_back("accept", "application/json");
  request.headers.emplace_back("user-agent", "smartroute/" SMARTROUTE_VERSION);
  if (!provider_.api_key.empty()) request.headers.emplace_back("authorization", "Bearer " + std::string(provider_.api_key.reveal()));
  for (const auto& [name, value] : provider_.headers) request.headers.emplace_back(name, value);
  if (verb == Verb::Post) {
    request.headers.emplace_back("content-type", "application/json");
    request.body = "{}";
  }
  request.allow_private = provider_.allow_private;
  request.tls_verify = provider_.tls_verify;
  request.tls_ca_file = provider_.tls_ca_file;
  request.total = std::max(Millis(1), std::chrono::duration_cast<Millis>(end_ - std::chrono::steady_clock::now()));
  request.connect = request.total;
  return request;
}

Answered Probe::call(Request request) const {
  Answered answered;
  const auto call = client_.start(std::move(request));
  for (;;) {
    if (call->take(answered.body) != Call::Taken::Nothing && answered.body.size() > kMaxProbeBytes) answered.too_long = true;
    const auto state = call->state();
    if (state == Call::State::Ended || state == Call::State::Failed || answered.too_long) break;
    if (stopping_ && stopping_()) {
      answered.stopped = true;
      break;
    }
    call->wait(kLook);
  }
  answered.facts = call->facts();
  const auto state = call->state();
  if (call->head().status != 0 || state == Call::State::Ended) answered.head = call->head();
  if (state == Call::State::Failed) answered.failure = call->failure();
  return answered;
}

std::string Probe::with_words(std::string sentence, const Answered& answered) const {
  const std::string said = censor_.quote(read_error_text(answered.body));
  return said.empty() ? sentence : sentence + " It said: " + said;
}

void Probe::judge_failure(const Answered& answered) {
  const Failure& why = *answered.failure;
  const std::string host = config::authority(url_);
  const std::string detail = censor_.quote(why.detail);
  const bool cancelled = why.fault == Fault::Cancelled;
  if (cancelled) return say(false, "address", "The control plane is stopping.");
  const bool late = why.fault == Fault::Timeout;
  const std::string in_time = " within " + std::to_string(kProbeTime.count() / 1'000) + " s";
  switch (why.stage) {
    case Stage::Address:
      if (why.fault == Fault::Forbidden && why.verdict == config::AddressVerdict::PrivateFromPublicName)
        return say(false, "address", "The name " + url_.host +
                                         " resolves to a private address. If it is meant to, set allow_private for this provider.");
      if (why.fault == Fault::Forbidden)
        return say(false, "address", host + " is refused: " + detail + ". Check base_url.");
      if (late) return say(false, "address", "The name " + url_.host + " could not be looked up" + in_time + ". Check the name servers of this machine.");
      return say(false, "address", "The name " + url_.host + " does not resolve. Check base_url for typing errors, and the name servers of this machine.");
    case Stage::Connect:
      if (late)
        return say(false, "connect", "No connection to " + host + in_time + ". Check host and port of base_url, and whether a firewall is in between.");
      return say(false, "connect", "No connection to " + host + ": " + detail + ". Check host and port of base_url, and whether the server runs.");
    case Stage::Tls:
      if (late) return say(false, "tls", "No TLS handshake with " + host + in_time + ". Does that port speak TLS? If not, base_url begins with http://.");
      return say(false, "tls", "TLS with " + host + " failed: " + detail +
                                   ". If the certificate comes from an authority of your own, name its file in tls_ca_file; if the port does not speak "
                                   "TLS, base_url begins with http://.");
    case Stage::Answer:
    case Stage::Body: break;
  }
  if (late) return say(false, "answer", host + " was connected to, but did not answer" + in_time + ".");
  say(false, "answer", host + " was connected to, but gave no proper answer: " + detail + ". Does that port speak " +
                           (url_.tls ? "HTTPS" : "plain HTTP; if it wants TLS, base_url begins with https://") + "?");
}

bool Probe::refused(int status, const std::string& said) {
  if (status != 401 && status != 403) return false;
  const std::string what = provider_.api_key.empty() ? "The provider wants a key (" + std::to_string(status) + "), and none is configured: set api_key."
                                                     : "The provider refused the key (" + std::to_string(status) + "): check api_key and what it may do.";
  say(false, "answer", said.empty() ? what : what + " It said: " + said);
  return true;
}

void Probe::judge_list(const Answered& answered) {
  auto models = read_model_list(answered.body, kMaxListedModels, kMaxListedIdBytes);
  const std::string status = std::to_string(answered.head->status);
  if (answered.too_long || !models)
    return say(true, "answer", "It answered " + status + (answered.too_long ? ", with a list of models too long to be read" : ", but not with a list of models") +
                                   ". Name its models by hand.");
  for (auto& id : *models) result_.models.push_back(censor_.clean(std::move(id)));
  const std::size_t count = result_.models.size();
  say(true, "models", count == 0 ? "It answered, and lists no models." : "It answered, and lists " + std::to_string(count) + (count == 1 ? " model." : " models."));
}

// There is no list; is there anything?
void Probe::look_for_chat() {
  const Answered second = call(request(Verb::Post, "/chat/completions"));
  const std::string none = "There is no list of models (" + std::to_string(result_.status) + ")";
  if (second.failure || !second.head)
    return say(true, "answer", none + "; host and port are right, whether the key is too shows at the first request.");
  const int status = second.head->status;
  if (refused(status, censor_.quote(read_error_text(second.body)))) return;
  if (status != 404 && status != 405)
    return say(true, "answer", none + ", but chat completions are there. Name its models by hand; whether the key is right shows at the first request.");
  const bool versioned = url_.path.find("/v") != std::string::npos;
  say(false, "answer", none + " and no chat/completions (" + std::to_string(status) + ") below base_url" +
                           (versioned ? ": check its path." : ", which probably lacks /v1 at its end."));
}

void Probe::judge_answer(const Answered& answered) {
  const int status = answered.head->status;
  const std::string number = std::to_string(status);
  if (status >= 200 && status < 300) return judge_list(answered);
  if (refused(status, censor_.quote(read_error_text(answered.body)))) return;
  if (status == 404 || status == 405) return look_for_chat();
  if (status >= 300 && status < 400) {
    const std::string to = censor_.quote(answered.head->get("location"));
    return say(false, "answer", "It answers " + number + (to.empty() ? "" : " and points to " + to) + ". Redirects are not followed: write the final address into base_url.");
  }
  if (status == 402) return say(false, "answer", with_words("The provider wants to be paid first (402).", answered));
  if (status == 429) return say(false, "answer", with_words("The provider takes no more requests for now (429): a rate limit, or a spent quota.", answered));
  if (status >= 500) return say(false, "answer", with_words("The provider is reached, but in trouble (" + number + "): try again later.", answered));
  say(false, "answer", with_words("The provider refused the question for its models (" + number + ").", answered));
}

ProbeResult Probe::run() {
  const Answered answered = call(request(Verb::Get, "/models"));
  result_.facts = answered.facts;
  if (answered.stopped) {
    say(false, "address", "The control plane is stopping.");
  } else if (answered.head && !(answered.failure && answered.head->status < 300)) {
    result_.status = answered.head->status;
    judge_answer(answered);
  } else if (answered.failure) {
    if (answered.head) result_.status = answered.head->status;
    judge_failure(answered);
  }
  return std::move(result_);
}

}  // namespace

ProbeResult probe(Client& client, const config::Provider& provider, const config::BaseUrl& url, const std::function<bool()>& stopping) {
  return Probe(client, provider, url, stopping).run();
}

}  // namespace smartroute::control::outgoing
