#include "codegen/model.hpp"

#include "codegen/names.hpp"

#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <string_view>

namespace farcall::codegen {
namespace {

namespace pb = google::protobuf;

/// What is a class inside each service's class, and so cannot be that class's own name.
const std::set<std::string>& nested_class_names() {
  static const std::set<std::string> names = {"Service", "BlockingService", "Client", "ClientInterface",
                                              "kServiceName"};
  return names;
}

void add_message_names(const pb::Descriptor& message, std::set<std::string>& names) {
  names.insert(pb::compiler::cpp::ClassName(&message));
  for (int i = 0; i < message.nested_type_count(); ++i) add_message_names(*message.nested_type(i), names);
  for (int i = 0; i < message.enum_type_count(); ++i) {
    names.insert(pb::compiler::cpp::ClassName(message.enum_type(i)));
  }
}

/// Everything that protobuf's own code puts into the file's namespace.
std::set<std::string> names_of_messages(const pb::FileDescriptor& file) {
  std::set<std::string> names = nested_class_names();
  for (int i = 0; i < file.message_type_count(); ++i) add_message_names(*file.message_type(i), names);
  for (int i = 0; i < file.enum_type_count(); ++i) {
    const pb::EnumDescriptor& type = *file.enum_type(i);
    names.insert(std::string(type.name()));
    for (int j = 0; j < type.value_count(); ++j) names.insert(std::string(type.value(j)->name()));
  }
  return names;
}

template <class Descriptor>
std::vector<std::string> comment_of(const Descriptor& descriptor) {
  std::vector<std::string> lines;
  pb::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return lines;
  std::string_view text = location.leading_comments;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
      line.pop_back();
    if (!line.empty() && line.back() == '\\') line += " .";  // a comment must not swallow the next line
    lines.push_back(std::move(line));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

Streaming streaming_of(const pb::MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? Streaming::both : Streaming::client;
  return method.server_streaming() ? Streaming::server : Streaming::none;
}

ServiceModel model_of(const pb::ServiceDescriptor& service, NameScope& file_scope) {
  ServiceModel model;
  model.name = file_scope.claim(service.name());
  model.full_name = std::string(service.full_name());
  model.deprecated = service.options().deprecated();
  model.comment = comment_of(service);
  NameScope methods({"service_name", "methods", "channel_"});
  for (int i = 0; i < service.method_count(); ++i) {
    const pb::MethodDescriptor& method = *service.method(i);
    MethodModel entry;
    entry.name = methods.claim(snake_case(method.name()));
    entry.full_name = std::string(method.full_name());
    entry.path = "/" + model.full_name + "/" + std::string(method.name());
    entry.request = pb::compiler::cpp::QualifiedClassName(method.input_type());
    entry.reply = pb::compiler::cpp::QualifiedClassName(method.output_type());
    entry.streaming = streaming_of(method);
    entry.deprecated = method.options().deprecated() || model.deprecated;
    entry.comment = comment_of(method);
    model.methods.push_back(std::move(entry));
  }
  return model;
}

}  // namespace

FileModel model_of(const pb::FileDescriptor& file) {
  FileModel model;
  model.proto = std::string(file.name());
  model.stem = pb::compiler::cpp::StripProto(model.proto);
  model.namespaces = namespace_parts(file.package());
  NameScope scope(names_of_messages(file));
  for (int i = 0; i < file.service_count(); ++i) model.services.push_back(model_of(*file.service(i), scope));
  return model;
}

}  // namespace farcall::codegen
