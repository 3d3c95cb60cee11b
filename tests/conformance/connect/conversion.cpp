#include "conversion.hpp"

#include "rpc/base64.hpp"

#include <farcall/error_details.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace conformance {
namespace {

bool is_binary(std::string_view name) {
  return name.ends_with("-bin");
}

std::string lower_case(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

void for_each_value(const SuiteHeaders& headers,
                    const std::function<void(std::string_view name, std::string_view value)>& add) {
  for (const suite::Header& header : headers) {
    const std::string name = lower_case(header.name());
    for (const std::string& value : header.value()) {
      std::string bytes;
      // What is no base64 is meant to be sent as it is.
      const bool decoded = is_binary(name) && farcall::rpc::append_base64_decoded(bytes, value);
      add(name, decoded ? bytes : value);
    }
  }
}

SuiteHeaders to_suite(const farcall::Metadata& metadata) {
  SuiteHeaders headers;
  for (const farcall::Metadata::Entry& entry : metadata) {
    auto header = std::find_if(headers.begin(), headers.end(),
                               [&](const suite::Header& known) { return known.name() == entry.name; });
    if (header == headers.end()) {
      headers.Add()->set_name(std::string(entry.name));
      header = headers.end() - 1;
    }
    if (is_binary(entry.name)) {
      farcall::rpc::append_base64(*header->add_value(), entry.value);
    } else {
      header->add_value(std::string(entry.value));
    }
  }
  return headers;
}

farcall::Status to_status(const suite::Error& error, const google::protobuf::Message* extra) {
  farcall::Status status(static_cast<farcall::StatusCode>(error.code()), error.message());
  for (const google::protobuf::Any& detail : error.details())
    status = farcall::with_details(std::move(status), detail);
  if (extra != nullptr) status = farcall::with_details(std::move(status), *extra);
  return status;
}

suite::Error to_suite(const farcall::Status& status) {
  suite::Error error;
  error.set_code(static_cast<suite::Code>(status.code()));
  error.set_message(status.message());
  for (google::protobuf::Any& detail : farcall::details(status)) *error.add_details() = std::move(detail);
  return error;
}

}  // namespace conformance
