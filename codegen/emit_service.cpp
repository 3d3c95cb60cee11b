#include "codegen/emit_parts.hpp"

namespace farcall::codegen {
namespace {

std::string class_name(Handlers handlers) {
  return handlers == Handlers::coroutines ? "Service" : "BlockingService";
}

/// What the handler gives back: a reply where there is one, else how the call ended.
std::string outcome_of(const MethodModel& method) {
  bool one_reply = method.streaming == Streaming::none || method.streaming == Streaming::client;
  return one_reply ? "::farcall::Result<" + method.reply + ">" : "::farcall::Status";
}

std::string result_of(const MethodModel& method, Handlers handlers) {
  return handlers == Handlers::coroutines ? "::farcall::Task<" + outcome_of(method) + ">"
                                          : outcome_of(method);
}

std::string parameters_of(const MethodModel& method, Handlers handlers, bool named) {
  auto name = [named](const char* text) {
    return named ? " " + std::string(text) : std::string(" /*") + text + "*/";
  };
  std::string prefix = handlers == Handlers::coroutines ? "::farcall::Server" : "::farcall::Blocking";
  std::string context = "::farcall::ServerContext&" + name("context") + ", ";
  switch (method.streaming) {
    case Streaming::none:
      return context + "const " + method.request + "&" + name("request");
    case Streaming::server:
      return context + "const " + method.request + "&" + name("request") + ", " + prefix + "Writer<" +
             method.reply + ">&" + name("writer");
    case Streaming::client:
      return context + prefix + "Reader<" + method.request + ">&" + name("reader");
    case Streaming::both:
      return context + prefix + "Stream<" + method.request + ", " + method.reply + ">&" + name("stream");
  }
  return {};
}

std::string binding_of(const MethodModel& method, Handlers handlers) {
  std::string prefix = handlers == Handlers::coroutines ? "" : "blocking_";
  switch (method.streaming) {
    case Streaming::none:
      return prefix + "unary";
    case Streaming::server:
      return prefix + "server_streaming";
    case Streaming::client:
      return prefix + "client_streaming";
    case Streaming::both:
      return prefix + "bidi_streaming";
  }
  return {};
}

}  // namespace

std::string declare_service(const ServiceModel& service, Handlers handlers) {
  Lines out(1);
  if (handlers == Handlers::coroutines) {
    out << "/// What a server implements: handlers are coroutines and run on the loop of their connection, "
           "which they"
        << "/// must not block. A method that is not overridden answers UNIMPLEMENTED.";
  } else {
    out << "/// The same with plain functions, which may block: they run on the server's pool of threads.";
  }
  out << "class " + class_name(handlers) + " : public ::farcall::codegen::ServiceBase {"
      << " public:";
  for (const MethodModel& method : service.methods) {
    Lines body(1);
    body.comment(method.comment);
    if (method.deprecated) body << "/// Deprecated.";
    body << "virtual " + result_of(method, handlers) + " " + method.name + "(" +
                parameters_of(method, handlers, true) + ");";
    std::string text = body.text();
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = text.find('\n', at);
      out << text.substr(at, end - at);
      at = end + 1;
    }
  }
  out << ""
      << "  ::std::string_view service_name() const final { return kServiceName; }"
      << "  ::std::span<const ::farcall::codegen::MethodBinding> methods() const final;"
      << "};";
  return out.text();
}

std::string define_service(const ServiceModel& service, Handlers handlers) {
  Lines out(0);
  std::string scope = service.name + "::" + class_name(handlers);
  for (const MethodModel& method : service.methods) {
    std::string unimplemented =
        handlers == Handlers::coroutines ? "unimplemented<" + outcome_of(method) + ">" : "not_implemented";
    out << result_of(method, handlers) + " " + scope + "::" + method.name + "(" +
               parameters_of(method, handlers, false) + ") {"
        << "  return ::farcall::codegen::" + unimplemented + "(\"" + method.full_name + "\");"
        << "}"
        << "";
  }
  out << "::std::span<const ::farcall::codegen::MethodBinding> " + scope + "::methods() const {";
  if (service.methods.empty()) {
    out << "  return {};";
  } else {
    out << "  static constexpr ::farcall::codegen::MethodBinding bindings[] = {";
    for (const MethodModel& method : service.methods) {
      out << "      ::farcall::codegen::" + binding_of(method, handlers) + "<&" + class_name(handlers) +
                 "::" + method.name + ">(\"" + method.path + "\"),";
    }
    out << "  };"
        << "  return bindings;";
  }
  out << "}";
  return out.text();
}

}  // namespace farcall::codegen
