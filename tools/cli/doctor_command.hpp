// `smartroute doctor`: looks at everything that can be looked at from here and says what is wrong and what to do about it.
#pragma once
#include "tools/cli/doctor_facts.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

// kOk, kFailed (a check failed), kWarnings (nothing failed, there are warnings), kUsage (an address that is none).
int doctor(const DoctorOptions& options, Output output);

}  // namespace smartroute::cli
