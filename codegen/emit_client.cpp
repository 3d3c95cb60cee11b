#include "codegen/emit_parts.hpp"

namespace farcall::codegen {
namespace {

bool takes_request(const MethodModel& method) {
  return method.streaming == Streaming::none || method.streaming == Streaming::server;
}

std::string result_of(const MethodModel& method) {
  switch (method.streaming) {
    case Streaming::none:
      return "::farcall::Op<::farcall::Result<" + method.reply + ">>";
    case Streaming::server:
      return "::farcall::ClientReader<" + method.reply + ">";
    case Streaming::client:
      return "::farcall::ClientWriter<" + method.request + ", " + method.reply + ">";
    case Streaming::both:
      return "::farcall::ClientStream<" + method.request + ", " + method.reply + ">";
  }
  return {};
}

std::string signature_of(const MethodModel& method, const std::string& scope, bool default_options) {
  std::string options = "::farcall::CallOptions options";
  if (default_options) options += " = ::farcall::CallOptions()";
  std::string request = takes_request(method) ? "const " + method.request + "& request, " : "";
  return result_of(method) + " " + scope + method.name + "(" + request + options + ")";
}

std::string call_of(const MethodModel& method) {
  switch (method.streaming) {
    case Streaming::none:
      return "call_unary<" + method.reply + ">";
    case Streaming::server:
      return "call_server_streaming<" + method.reply + ">";
    case Streaming::client:
      return "call_client_streaming<" + method.request + ", " + method.reply + ">";
    case Streaming::both:
      return "call_bidi_streaming<" + method.request + ", " + method.reply + ">";
  }
  return {};
}

std::string kind_of(const MethodModel& method) {
  switch (method.streaming) {
    case Streaming::none:
      return "unary";
    case Streaming::server:
      return "server_streaming";
    case Streaming::client:
      return "client_streaming";
    case Streaming::both:
      return "bidi_streaming";
  }
  return {};
}

std::string deprecation_of(const MethodModel& method) {
  return method.deprecated ? "[[deprecated(\"" + method.full_name + " is deprecated\")]] " : "";
}

}  // namespace

std::string declare_client(const ServiceModel& service) {
  Lines out(1);
  out << "/// What calls the service: Client does it over a channel; tests implement it with a mock."
      << "class ClientInterface {"
      << " public:"
      << "  ClientInterface() = default;"
      << "  ClientInterface(const ClientInterface&) = delete;"
      << "  ClientInterface& operator=(const ClientInterface&) = delete;"
      << "  virtual ~ClientInterface() = default;";
  for (const MethodModel& method : service.methods) {
    for (const std::string& line : method.comment) {
      out << (line.empty() ? "  ///" : "  ///" + (line[0] == ' ' ? line : " " + line));
    }
    out << "  " + deprecation_of(method) + "virtual " + signature_of(method, "", true) + " = 0;";
  }
  out << "};"
      << ""
      << "/// Calls over `channel`; once that is destroyed they end with CANCELLED. Any thread; calls do not "
         "wait for"
      << "/// each other."
      << "class Client final : public ClientInterface {"
      << " public:"
      << "  explicit Client(const ::farcall::Channel& channel) : channel_(channel) {}";
  for (const MethodModel& method : service.methods) {
    out << "  " + deprecation_of(method) + signature_of(method, "", true) + " override;";
  }
  out << ""
      << " private:"
      << std::string("  ") + (service.methods.empty() ? "[[maybe_unused]] " : "") +
             "::farcall::codegen::ChannelHandle channel_;"
      << "};";
  return out.text();
}

std::string define_client(const ServiceModel& service) {
  Lines out(0);
  for (const MethodModel& method : service.methods) {
    out << signature_of(method, service.name + "::Client::", false) + " {"
        << "  static constexpr ::farcall::codegen::ClientMethod method(\"" + method.path + "\","
        << "                                                         ::farcall::codegen::MethodKind::" +
               kind_of(method) + ");"
        << "  return ::farcall::codegen::" + call_of(method) + "(channel_, method, " +
               (takes_request(method) ? "request, " : "") + "::std::move(options));"
        << "}"
        << "";
  }
  return out.text();
}

}  // namespace farcall::codegen
