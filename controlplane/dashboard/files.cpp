#include "controlplane/dashboard/files.hpp"

#include <sodium.h>

#include <optional>
#include <utility>
#include <vector>

#include "controlplane/base/files.hpp"

namespace smartroute::control::dashboard {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTagBytes = 16;

std::string etag_of(std::string_view bytes) {
  unsigned char hash[kTagBytes];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  char hex[kTagBytes * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  return '"' + std::string(hex) + '"';
}

Error unreadable(const fs::path& folder, std::string_view why) {
  return Error(ErrorKind::Storage,
               "the dashboard's files in " + folder.string() + " cannot be read: " + std::string(why));
}

// All regular files below `folder`, by path as a request says it.
Result<std::vector<std::pair<std::string, fs::path>>> list(const fs::path& folder) {
  std::vector<std::pair<std::string, fs::path>> found;
  std::error_code ec;
  fs::recursive_directory_iterator at(folder, ec), end;
  for (; !ec && at != end; at.increment(ec)) {
    const auto status = at->symlink_status(ec);
    if (ec) break;
    if (!fs::is_regular_file(status)) continue;
    if (found.size() >= kMaxFiles)
      return tl::unexpected<Error>(
          unreadable(folder, "there are more than " + std::to_string(kMaxFiles)));
    found.emplace_back("/" + at->path().lexically_relative(folder).generic_string(), at->path());
  }
  if (ec) return tl::unexpected<Error>(unreadable(folder, ec.message()));
  return found;
}

// Of what file, and in what form.
std::pair<std::string, Coding> take_apart(const std::string& path) {
  if (path.ends_with(".gz")) return {path.substr(0, path.size() - 3), Coding::Gzip};
  if (path.ends_with(".br")) return {path.substr(0, path.size() - 3), Coding::Brotli};
  return {path, Coding::Identity};
}

}  // namespace

Result<FileMap> read_files(const fs::path& folder) {
  std::error_code ec;
  if (!fs::is_directory(folder, ec))
    return fail(ErrorKind::NotFound, "there is no folder " + folder.string());
  const auto found = list(folder);
  if (!found) return fail(found.error());
  FileMap files;
  std::size_t left = kMaxBytes;
  for (const auto& [path, place] : *found) {
    auto bytes = base::read_file(place, left);
    if (!bytes) {
      const auto size = fs::file_size(place, ec);
      if (!ec && size > left)
        return tl::unexpected<Error>(
            unreadable(folder, "they have more than " + std::to_string(kMaxBytes) + " bytes"));
      return fail(bytes.error());
    }
    left -= bytes->size();
    const auto [name, coding] = take_apart(path);
    Form& form = files[name].forms[static_cast<std::size_t>(coding)];
    form.etag = etag_of(*bytes);
    form.bytes = std::make_shared<const std::string>(std::move(*bytes));
  }
  std::erase_if(files, [](const auto& entry) { return !entry.second.form(Coding::Identity).bytes; });
  for (auto& [name, file] : files) file.content_type = content_type_of(name);
  if (!files.contains("/index.html"))
    return fail(ErrorKind::NotFound, "there is no index.html in " + folder.string());
  return files;
}

std::string_view content_type_of(std::string_view name) noexcept {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
      {".woff", "font/woff"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
  };
  for (const auto& [ending, type] : kTypes)
    if (name.ends_with(ending)) return type;
  return "application/octet-stream";
}

}  // namespace smartroute::control::dashboard
