// The dashboard as answers: files of the folder, and its page for the addresses of the app. It holds
// no data, so nobody has to be signed in.
//
//   GET /assets/...        for ever: their names change with their content
//   GET /, /logs, ...      the page, with a fresh nonce; 404 beside it where only the app can say
//                          that there is nothing
//
// What a page of this origin may do is said by kPolicy: only what comes from here, no inline script,
// and inline styles with the answer's nonce only. Trusted Types: the app's one policy lets through
// text without markup, which is all that its libraries ever write that way.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/dashboard/files.hpp"
#include "controlplane/http/message.hpp"

namespace smartroute::control::dashboard {

// Mark in index.html that each answer replaces by its nonce.
constexpr std::string_view kNonceMark = "__CSP_NONCE__";
constexpr std::size_t kNonceBytes = 16;

// Thread rule: any thread.
class Site {
 public:
  explicit Site(FileMap files);

  // To GET and HEAD.
  http::Response answer(const http::Head& head) const;

 private:
  http::Response file(const http::Head& head, const File& file) const;
  http::Response page(int status) const;

  const FileMap files_;
  std::vector<std::string> page_;  // index.html between the marks
};

// Whether `path` is one of the app's pages.
bool is_page(std::string_view path) noexcept;

}  // namespace smartroute::control::dashboard
