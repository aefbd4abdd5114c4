// Between the control plane's values and the messages of the admin API.
#pragma once
#include <vector>

#include "contract/config/problem.hpp"
#include "controlplane/core/fleet.hpp"
#include "controlplane/core/revision.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control::admin {

namespace rpc = ::smartroute::admin::v1;

rpc::Revision to_message(const RevisionHead& head);
v1::Problem to_message(const config::Problem& problem);

template <class Repeated>
void add_problems(const config::Problems& problems, Repeated* out) {
  for (const auto& problem : problems) *out->Add() = to_message(problem);
}

// `newest` is this control plane's: an instance that serves a later revision gets that as its first
// problem.
rpc::Instance to_message(const InstanceStatus& instance, Revision newest);

}  // namespace smartroute::control::admin
