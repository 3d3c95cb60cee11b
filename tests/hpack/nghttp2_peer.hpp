#pragma once

// libnghttp2's decoder and encoder, speaking the language of these tests.

#include "dialogue.hpp"

#include <nghttp2/nghttp2.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace farcall::hpack::test {

class Nghttp2Decoder {
 public:
  Nghttp2Decoder() {
    if (nghttp2_hd_inflate_new(&inflater_) != 0) throw std::runtime_error("nghttp2_hd_inflate_new");
  }
  ~Nghttp2Decoder() { nghttp2_hd_inflate_del(inflater_); }
  Nghttp2Decoder(const Nghttp2Decoder&) = delete;
  Nghttp2Decoder& operator=(const Nghttp2Decoder&) = delete;

  void set_table_limit(std::size_t limit) {
    if (nghttp2_hd_inflate_change_table_size(inflater_, limit) != 0)
      throw std::runtime_error("change_table_size");
  }

  /// The fields of a whole block, or nothing when it is refused.
  std::optional<Fields> decode(base::ByteView block) {
    Fields fields;
    for (;;) {
      nghttp2_nv field;
      int flags = 0;
      const auto used = nghttp2_hd_inflate_hd2(
          inflater_, &field, &flags, reinterpret_cast<const std::uint8_t*>(block.data()), block.size(), 1);
      if (used < 0) return std::nullopt;
      block = block.subspan(static_cast<std::size_t>(used));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        fields.push_back({std::string(reinterpret_cast<const char*>(field.name), field.namelen),
                          std::string(reinterpret_cast<const char*>(field.value), field.valuelen),
                          (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0});
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
        nghttp2_hd_inflate_end_headers(inflater_);
        return fields;
      }
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && block.empty()) return std::nullopt;
    }
  }

 private:
  nghttp2_hd_inflater* inflater_ = nullptr;
};

class Nghttp2Encoder {
 public:
  Nghttp2Encoder() {
    if (nghttp2_hd_deflate_new(&deflater_, 4096) != 0) throw std::runtime_error("nghttp2_hd_deflate_new");
  }
  ~Nghttp2Encoder() { nghttp2_hd_deflate_del(deflater_); }
  Nghttp2Encoder(const Nghttp2Encoder&) = delete;
  Nghttp2Encoder& operator=(const Nghttp2Encoder&) = delete;

  void set_table_limit(std::size_t limit) {
    if (nghttp2_hd_deflate_change_table_size(deflater_, limit) != 0)
      throw std::runtime_error("change_table_size");
  }

  Bytes encode(Fields fields) {
    std::vector<nghttp2_nv> pairs;
    for (TestField& field : fields) {
      pairs.push_back(
          {reinterpret_cast<std::uint8_t*>(field.name.data()),
           reinterpret_cast<std::uint8_t*>(field.value.data()), field.name.size(), field.value.size(),
           static_cast<std::uint8_t>(field.never_indexed ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE)});
    }
    Bytes block(nghttp2_hd_deflate_bound(deflater_, pairs.data(), pairs.size()));
    const auto used = nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<std::uint8_t*>(block.data()),
                                            block.size(), pairs.data(), pairs.size());
    if (used < 0) throw std::runtime_error("nghttp2_hd_deflate_hd");
    block.resize(static_cast<std::size_t>(used));
    return block;
  }

 private:
  nghttp2_hd_deflater* deflater_ = nullptr;
};

}  // namespace farcall::hpack::test
