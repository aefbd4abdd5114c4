#include "dataplane/sync/control_credentials.hpp"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "contract/certificates/identity.hpp"

namespace smartroute::sync {
namespace {

// Links are followed: Kubernetes mounts secrets as links. O_NONBLOCK: opening a named pipe must not hang.
Result<std::string> read_pem(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail(ErrorKind::Storage, "cannot read " + path + ": " + std::strerror(errno));
  std::string bytes(certificates::kMaxPemBytes + 1, '\0');
  std::size_t filled = 0;
  ssize_t n = 1;
  while (filled < bytes.size() && n != 0) {
    n = ::read(fd, bytes.data() + filled, bytes.size() - filled);
    if (n < 0 && errno != EINTR) break;
    if (n > 0) filled += static_cast<std::size_t>(n);
  }
  const int error = errno;
  ::close(fd);
  if (n < 0) return fail(ErrorKind::Storage, "cannot read " + path + ": " + std::strerror(error));
  bytes.resize(filled);
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace

ControlCredentials::ControlCredentials(certificates::CredentialPaths paths, std::string name, const Clock& clock,
                                       spdlog::logger& log)
    : name_(std::move(name)), clock_(clock), log_(log), files_(std::move(paths), read_pem) {}

Result<std::shared_ptr<ControlCredentials>> ControlCredentials::open(certificates::CredentialPaths paths,
                                                                     std::string name, const Clock& clock,
                                                                     spdlog::logger& log) {
  std::shared_ptr<ControlCredentials> made(new ControlCredentials(std::move(paths), std::move(name), clock, log));
  if (auto first = made->files_.look(); !first) return fail(std::move(first.error()));
  made->looked_ = clock.steady();
  const auto& own = made->files_.current()->own;
  if (own.not_after < clock.wall())
    log.error("the certificate for the control plane ended at {}: there will be no stream to it",
              certificates::date_text(own.not_after));
  return made;
}

std::shared_ptr<const certificates::Credentials> ControlCredentials::current() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady();
  if (now - looked_ < kLookEvery) return files_.current();
  looked_ = now;
  const auto renewed = files_.look();
  const auto ends = certificates::date_text(files_.current()->own.not_after);
  const std::string trouble = renewed ? "" : renewed.error().text();
  if (!trouble.empty() && trouble != told_)
    log_.warn("new files of the certificate for the control plane cannot be used, the ones before stay (until {}): {}",
              ends, trouble);
  told_ = trouble;
  if (renewed && *renewed)
    log_.info("the certificate for the control plane was renewed: {}, until {}", files_.current()->own.subject, ends);
  return files_.current();
}

std::optional<std::string> ControlCredentials::instance() { return certificates::named_instance(current()->own); }
WallTime ControlCredentials::expires() { return current()->own.not_after; }

// gRPC says what OpenSSL says; that is little when it was the other side that refused.
std::string ControlCredentials::remark(const std::string& why) {
  const auto has = [&why](const char* text) { return why.find(text) != std::string::npos; };
  const auto now = current();
  const WallTime wall = clock_.wall();
  const std::string own = " (this data plane's certificate is of " + certificates::names_text(now->own);
  if (has("certificate verify failed"))
    return " (the control plane's certificate is not signed by --control-ca, or not of now)";
  if (has("is not in peer certificate")) return " (--control-name says what else it is to be of)";
  if (has("wrong version number")) return " (what answers there speaks no TLS)";
  if (wall > now->own.not_after)
    return own + " and ended at " + certificates::date_text(now->own.not_after) + ")";
  if (wall < now->own.not_before)
    return own + " and begins at " + certificates::date_text(now->own.not_before) + ")";
  if (has("Socket closed")) return own + "; a control plane hangs up on one that it does not take)";
  return {};
}

}  // namespace smartroute::sync
