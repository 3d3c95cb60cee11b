#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace farcall::codegen {

enum class Streaming { none, client, server, both };

/// What the emitters need to know of a method, all names already those of C++.
struct MethodModel {
  std::string name;       ///< The C++ function, "return_train_details".
  std::string full_name;  ///< "enquiry.TrainStatus.ReturnTrainDetails", for texts.
  std::string path;       ///< "/enquiry.TrainStatus/ReturnTrainDetails", the :path of its calls.
  std::string request;    ///< "::enquiry::Message"
  std::string reply;
  Streaming streaming = Streaming::none;
  bool deprecated = false;
  std::vector<std::string> comment;  ///< Lines of the comment above it, without the comment signs.
};

struct ServiceModel {
  std::string name;       ///< The C++ class.
  std::string full_name;  ///< "enquiry.TrainStatus"
  bool deprecated = false;
  std::vector<std::string> comment;
  std::vector<MethodModel> methods;
};

struct FileModel {
  std::string proto;  ///< "enquiry/train_status.proto"
  std::string stem;   ///< Without ".proto": what the generated files' names begin with.
  std::vector<std::string> namespaces;
  std::vector<ServiceModel> services;
};

/// Resolves every name, so that the code compiles whatever the .proto calls its things: keywords, methods
/// that differ only in case, services named like a message or like a class of the generated code.
[[nodiscard]] FileModel model_of(const google::protobuf::FileDescriptor& file);

}  // namespace farcall::codegen
