// The built front-end in memory: every file of a folder, with the compressed forms that lie beside
// it as NAME.gz and NAME.br. Read once, at the start; then never changed.
#pragma once
#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "controlplane/dashboard/coding.hpp"

namespace smartroute::control::dashboard {

constexpr std::size_t kMaxFiles = 512;  // compressed forms included
constexpr std::size_t kMaxBytes = 32 * 1024 * 1024;

// Where the build leaves the licences of what the files are made of.
constexpr std::string_view kNoticesPath = "/third-party-notices.txt";

struct Form {
  std::shared_ptr<const std::string> bytes;  // null: there is none
  std::string etag;                          // strong, quoted; of these bytes
};

struct File {
  std::string_view content_type;
  std::array<Form, kCodings> forms;  // by Coding; Identity is always there

  const Form& form(Coding coding) const { return forms[static_cast<std::size_t>(coding)]; }
};

// By path as a request says it: "/assets/index-1a2b.js". Nothing else has a path, so none leads out.
using FileMap = std::map<std::string, File, std::less<>>;

// Links are not followed, and what they point to is not there. Errors: NotFound (no such folder, or
// no index.html in it), Storage (not readable, beyond a bound), each a sentence with the path.
Result<FileMap> read_files(const std::filesystem::path& folder);

// By the name's ending; application/octet-stream where it says nothing.
std::string_view content_type_of(std::string_view name) noexcept;

}  // namespace smartroute::control::dashboard
