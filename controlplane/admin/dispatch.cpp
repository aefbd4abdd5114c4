#include "controlplane/admin/dispatch.hpp"

#include <google/protobuf/message.h>

#include <cassert>

namespace smartroute::control::admin {

Dispatch::Dispatch() = default;
Dispatch::~Dispatch() = default;

void Dispatch::insert(Method method) {
  auto entry = std::make_unique<Entry>();
  const std::string name = method.name;
  entry->method = std::move(method);
  const bool fresh = entries_.emplace(name, std::move(entry)).second;
  assert(fresh && "a method is declared once");
  (void)fresh;
}

const Method* Dispatch::find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second->method;
}

std::vector<const Method*> Dispatch::all() const {
  std::vector<const Method*> methods;
  for (const auto& [name, entry] : entries_) methods.push_back(&entry->method);
  return methods;
}

void Dispatch::declare_path(std::string name, Role role) {
  Method method;
  method.name = std::move(name);
  method.role = role;
  insert(std::move(method));
}

CallResult<void> Dispatch::authorize(const Method& method, Role role) {
  if (role == Role::Nobody && method.role != Role::Nobody) {
    return refuse(Code::Unauthenticated,
                  "sign in, or send a token: authorization: Bearer sra_...");
  }
  if (role < method.role) return refuse(Code::PermissionDenied, "this needs a higher role");
  return {};
}

CallResult<void> Dispatch::call(const Method& method, const google::protobuf::Message& request,
                                google::protobuf::Message& response) const {
  Reply unused;
  return call(method, request, operator_caller(), unused, response);
}

CallResult<void> Dispatch::call(const Method& method, const google::protobuf::Message& request,
                                const Caller& caller, Reply& reply,
                                google::protobuf::Message& response) const {
  const auto began = std::chrono::steady_clock::now();
  auto result = method.handle
                    ? method.handle(request, caller, reply, response)
                    : refuse(Code::Unimplemented, "this method answers with a stream: gRPC, or GET "
                                                  "/admin/v1/logs/export and /admin/v1/logs/tail");
  if (timer_) timer_(method.name, std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began));
  count(&method, result ? Code::Ok : result.error().code);
  return result;
}

void Dispatch::count(const Method* method, Code code) const {
  Counters* counters = &others_;
  if (method != nullptr) counters = &entries_.find(method->name)->second->counters;
  (*counters)[static_cast<std::size_t>(code)].fetch_add(1, std::memory_order_relaxed);
}

std::vector<MethodCount> Dispatch::counts() const {
  std::vector<MethodCount> counts;
  const auto add = [&](const std::string& name, const Counters& counters) {
    for (std::size_t code = 0; code < kCodeCount; ++code) {
      const auto calls = counters[code].load(std::memory_order_relaxed);
      if (calls > 0) counts.push_back({name, static_cast<Code>(code), calls});
    }
  };
  for (const auto& [name, entry] : entries_) add(name, entry->counters);
  add("other", others_);
  return counts;
}

}  // namespace smartroute::control::admin
