// Our own validator has the last word about what is written. Internal to import/.
#pragma once
#include "contract/base/result.hpp"
#include "tools/cli/import/draft.hpp"
#include "tools/cli/import/import.hpp"
#include "tools/cli/import/source.hpp"

namespace smartroute::import {

// Leaves out of `root` what our validator refuses, and marks where it came from as not taken, with the validator's words. Afterwards the document has no
// errors, and into.yaml is its text. References to the environment are taken to be there. Error: Invalid, if nothing valid is left; our fault.
Result<void> write_valid(Draft& root, Source& source, Import& into);

}  // namespace smartroute::import
