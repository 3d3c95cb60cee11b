#include "rpc/percent.hpp"

#include <algorithm>

namespace farcall::rpc {
namespace {

constexpr bool is_plain(char c) {
  return c >= 0x20 && c <= 0x7e && c != '%';
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

constexpr unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

constexpr bool is_continuation(std::string_view text, std::size_t i, unsigned low = 0x80,
                               unsigned high = 0xbf) {
  return i < text.size() && byte_at(text, i) >= low && byte_at(text, i) <= high;
}

struct Sequence {
  std::size_t length;
  bool valid;
};

/// The code point at the front, or the bytes that one U+FFFD stands for: as much of a sequence as could have
/// begun a code point (Unicode 15, table 3-7 and "maximal subpart").
Sequence first_sequence(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return {1, true};
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;   // no overlong forms
    if (lead == 0xed) high = 0x9f;  // no surrogates
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;  // nothing above U+10FFFF
  } else {
    return {1, false};
  }
  if (!is_continuation(text, 1, low, high)) return {1, false};
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(text, i)) return {i, false};
  }
  return {length, true};
}

void append_escaped(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xf];
  }
}

constexpr int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// Appends, in at most `left` bytes, all but the rule about spaces at the edges.
void append_encoded_inside(std::string& out, std::string_view text, std::size_t left) {
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_plain);
    const auto run = std::min(static_cast<std::size_t>(end - text.begin()), left);
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    left -= run;
    if (text.empty() || is_plain(text.front())) return;  // finished, or full

    const Sequence sequence = first_sequence(text);
    const std::string_view bytes = sequence.valid ? text.substr(0, sequence.length) : kReplacement;
    if (bytes.size() * 3 > left) return;
    append_escaped(out, bytes);
    text.remove_prefix(sequence.length);
    left -= bytes.size() * 3;
  }
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kSpace = "%20";
  const std::size_t begin = out.size();
  if (text.starts_with(' ')) {
    if (max_bytes < kSpace.size()) return;
    out += kSpace;
    text.remove_prefix(1);
    max_bytes -= kSpace.size();
  }
  const std::size_t inside = out.size();
  append_encoded_inside(out, text, max_bytes);
  if (out.size() == inside || out.back() != ' ') return;
  const std::size_t left = max_bytes - (out.size() - inside);
  out.pop_back();
  if (left + 1 >= kSpace.size()) {
    out += kSpace;
    return;
  }
  while (out.size() > begin && out.back() == ' ') out.pop_back();
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2) {
      const int high = digit_value(text[i + 1]);
      const int low = digit_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace farcall::rpc
