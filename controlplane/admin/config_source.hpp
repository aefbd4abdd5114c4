// A configuration as admin calls bring it in.
#pragma once
#include "controlplane/admin/call.hpp"
#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"

namespace smartroute::control::admin {

// Refuses what is no source, what is larger than a data plane takes, and sealed secrets.
CallResult<store::ConfigSource> to_source(const rpc::ConfigSource& source, ConfigBounds bounds);

}  // namespace smartroute::control::admin
