// The table of admin methods: name -> role, messages, handler. Deny by default: what is not in the
// table cannot be called, and a caller without the method's role is refused before its request is
// decoded. Transports (connect_handler.hpp, grpc_services.hpp) only carry bytes to it.
//
// Thread rule: add() before serving starts; then every method may be called from any thread.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "controlplane/admin/call.hpp"
#include "controlplane/admin/caller.hpp"

namespace google::protobuf {
class Message;
}

namespace smartroute::control::admin {

struct Method {
  std::string name;         // smartroute.admin.v1.ConfigService/GetConfig, or "GET /path"
  Role role = Role::Admin;  // Nobody: anyone may call it
  // Default instances, to make new ones of; null: a path (http_routes.hpp).
  const google::protobuf::Message* request = nullptr;
  const google::protobuf::Message* response = nullptr;
  // Null: a path, or a stream, which its transports look after (declare_stream).
  std::function<CallResult<void>(const google::protobuf::Message& request, const Caller& caller,
                                 Reply& reply, google::protobuf::Message& response)>
      handle;
};

struct MethodCount {
  std::string method;  // "other": refused before it was known
  Code code = Code::Ok;
  std::uint64_t calls = 0;
};

class Dispatch {
 public:
  Dispatch();
  ~Dispatch();
  Dispatch(const Dispatch&) = delete;
  Dispatch& operator=(const Dispatch&) = delete;

  // `handle` takes const Request& and returns CallResult<Response>; it may block and must be
  // thread-safe.
  template <class Request, class Response, class Handle>
  void add(std::string name, Role role, Handle handle) {
    add_for_caller<Request, Response>(
        std::move(name), role,
        [handle = std::move(handle)](const Request& request, const Caller&) { return handle(request); });
  }

  // As add, but `handle` takes (const Request&, const Caller&), or those and a Reply&.
  template <class Request, class Response, class Handle>
  void add_for_caller(std::string name, Role role, Handle handle) {
    Method method;
    method.name = std::move(name);
    method.role = role;
    method.request = &Request::default_instance();
    method.response = &Response::default_instance();
    method.handle = [handle = std::move(handle)](const google::protobuf::Message& message,
                                                 const Caller& caller, Reply& reply,
                                                 google::protobuf::Message& response) -> CallResult<void> {
      const auto& request = static_cast<const Request&>(message);
      CallResult<Response> result = [&]() -> CallResult<Response> {
        if constexpr (std::is_invocable_v<Handle, const Request&, const Caller&, Reply&>) {
          return handle(request, caller, reply);
        } else {
          return handle(request, caller);
        }
      }();
      if (!result) return tl::unexpected<CallError>(std::move(result.error()));
      static_cast<Response&>(response).Swap(&*result);
      return {};
    };
    insert(std::move(method));
  }

  // A method whose answers are a stream: for its role and its counts.
  template <class Request, class Response>
  void declare_stream(std::string name, Role role) {
    Method method;
    method.name = std::move(name);
    method.role = role;
    method.request = &Request::default_instance();
    method.response = &Response::default_instance();
    insert(std::move(method));
  }

  // An HTTP path, for its role and its counts; http_routes.hpp calls it.
  void declare_path(std::string name, Role role);

  // Null: there is no such method.
  const Method* find(std::string_view name) const;
  // Everything that was added or declared, by name.
  std::vector<const Method*> all() const;
  // Whether `role` may call it. Refused: PermissionDenied, or Unauthenticated for Nobody.
  static CallResult<void> authorize(const Method& method, Role role);
  // Is told how long each handler ran, on the calling thread. Before serving starts.
  void time_calls(std::function<void(std::string_view method, std::chrono::microseconds took)> timer) { timer_ = std::move(timer); }
  // Runs the handler for a caller that was let through, and counts the outcome. The messages must
  // be of the method's types. Unimplemented for a stream.
  CallResult<void> call(const Method& method, const google::protobuf::Message& request,
                        const Caller& caller, Reply& reply,
                        google::protobuf::Message& response) const;
  // For the operator.
  CallResult<void> call(const Method& method, const google::protobuf::Message& request,
                        google::protobuf::Message& response) const;
  // Counts a call that ended before its handler ran; null: the method was not known.
  void count(const Method* method, Code code) const;

  std::vector<MethodCount> counts() const;

 private:
  using Counters = std::array<std::atomic<std::uint64_t>, kCodeCount>;
  struct Entry {
    Method method;
    mutable Counters counters{};
  };
  void insert(Method method);

  std::map<std::string, std::unique_ptr<Entry>, std::less<>> entries_;
  mutable Counters others_{};
  std::function<void(std::string_view, std::chrono::microseconds)> timer_;
};

}  // namespace smartroute::control::admin
