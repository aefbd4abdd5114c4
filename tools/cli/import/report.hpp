// What became of a foreign configuration, for people and for programs.
#pragma once
#include <string>
#include <string_view>

#include "tools/cli/import/import.hpp"

namespace smartroute::import {

// A heading and a line a value, for a terminal: what was taken exactly is only counted unless `every` says so.
enum class Detail : std::uint8_t { Short, Every };
std::string text_report(const Import& import, std::string_view file, Detail detail);

// {"file","from","form","exact":[{path,value,line}],"approximate":[{...,"how"}],"not_taken":[{...,"why"}],"added":[{path,value,why}],"notes":[...]}; without the document.
std::string json_report(const Import& import, std::string_view file);

}  // namespace smartroute::import
