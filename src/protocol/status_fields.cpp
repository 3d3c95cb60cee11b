#include "protocol/status_fields.hpp"

#include "protocol/metadata_fields.hpp"
#include "rpc/base64.hpp"
#include "rpc/percent.hpp"
#include "rpc/status_details.hpp"
#include "rpc/status_mapping.hpp"

#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace farcall::protocol {
namespace {

constexpr std::string_view kStatus = "grpc-status";
constexpr std::string_view kMessage = "grpc-message";
constexpr std::string_view kDetails = "grpc-status-details-bin";

constexpr std::size_t field_size(std::size_t name, std::size_t value) {
  return name + value + http::kFieldOverhead;
}

/// What append_metadata adds to the list size.
std::size_t metadata_size(const Metadata& metadata) {
  std::size_t size = 0;
  for (const auto& [name, value] : metadata) {
    size += field_size(name.size(), is_binary_name(name) ? rpc::base64_size(value.size()) : value.size());
  }
  return size;
}

/// A status code in decimal.
class CodeText {
 public:
  explicit CodeText(StatusCode code) {
    end_ = std::to_chars(text_.data(), text_.data() + text_.size(), static_cast<int>(code)).ptr;
  }
  [[nodiscard]] std::string_view view() const {
    return {text_.data(), static_cast<std::size_t>(end_ - text_.data())};
  }

 private:
  std::array<char, 12> text_;
  char* end_;
};

/// Takes `size` out of `left`, if it is there.
bool claim(std::size_t& left, std::size_t size) {
  if (size > left) return false;
  left -= size;
  return true;
}

/// The status alone, its message and then its details giving way; false if not even the code fits into
/// `left`.
bool append_status_alone(http::HeaderMap& fields, const Status& status, std::size_t left) {
  const CodeText code(status.code());
  if (!claim(left, field_size(kStatus.size(), code.view().size()))) return false;
  fields.append(kStatus, code.view());
  if (status.ok()) return true;

  const bool has_details = !status.details().empty();
  const bool details_fit =
      has_details && claim(left, field_size(kDetails.size(), rpc::base64_size(status.details().size())));
  if (!status.message().empty() && claim(left, field_size(kMessage.size(), 0))) {
    std::string text;
    rpc::append_percent_encoded(text, status.message(), left);
    fields.append(kMessage, text);
  }
  if (details_fit) {
    std::string text;
    rpc::append_base64(text, status.details());
    fields.append(kDetails, text);
  }
  return true;
}

}  // namespace

bool append_status(http::HeaderMap& fields, const Status& status, const Metadata& trailing,
                   std::size_t max_list_size) {
  const std::size_t used = fields.list_size();
  if (used > max_list_size) return false;
  const std::size_t left = max_list_size - used;
  const std::size_t wanted = trailing.empty() ? 0 : metadata_size(trailing);
  if (wanted <= left && append_status_alone(fields, status, left - wanted)) {
    append_metadata(fields, trailing);
    return true;
  }
  if (wanted == 0) return false;
  return append_status_alone(fields,
                             Status::internal("the trailing metadata exceeds the peer's header limit"), left);
}

std::optional<Status> read_status(const http::HeaderMap& fields) {
  std::optional<std::string_view> code_text;
  std::string_view message;
  std::string_view details;
  for (const http::Field& field : fields) {
    if (field.known == http::KnownName::grpc_status) {
      code_text = field.value;
    } else if (field.known == http::KnownName::grpc_message) {
      message = field.value;
    } else if (field.known == http::KnownName::grpc_status_details) {
      details = field.value;
    }
  }
  if (!code_text) return std::nullopt;
  if (*code_text == "0") return Status();

  const std::optional<StatusCode> code = rpc::parse_status_code(*code_text);
  if (!code) {
    std::string text = "the peer sent a grpc-status that is no number: " + std::string(*code_text);
    if (!message.empty()) text += ": " + rpc::percent_decoded(message);
    return Status(StatusCode::unknown, std::move(text), {}, StatusOrigin::peer);
  }
  std::string decoded;
  if (!rpc::append_base64_decoded(decoded, details)) {
    return Status(StatusCode::internal, "the peer sent a grpc-status-details-bin that is not base64", {},
                  StatusOrigin::peer);
  }
  if (!rpc::are_status_details(decoded)) {
    return Status(StatusCode::internal,
                  "the peer sent a grpc-status-details-bin that is no google.rpc.Status", {},
                  StatusOrigin::peer);
  }
  return Status(*code, rpc::percent_decoded(message), std::move(decoded), StatusOrigin::peer);
}

}  // namespace farcall::protocol
