#pragma once

#include "base/slot_map.hpp"
#include "http2/stream/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace farcall::http2 {

/// From a stream's id on the wire to its slot: a flat hash, linear probing, no tombstones. Ids are odd and
/// grow, so neighbours in time are neighbours in the table. A run of entries is in the order of their homes
/// (Robin Hood), so that erasing one of a hundred neighbours does not have to look at the others.
class IdIndex {
 public:
  void insert(std::uint32_t id, StreamKey key);
  void erase(std::uint32_t id);
  /// Null if the id is of no stream in memory.
  [[nodiscard]] const StreamKey* find(std::uint32_t id) const {
    if (entries_.empty()) return nullptr;
    for (std::size_t at = home(id);; at = (at + 1) & mask_) {
      if (entries_[at].id == id) return &entries_[at].key;
      if (entries_[at].id == 0) return nullptr;
    }
  }

 private:
  struct Entry {
    std::uint32_t id = 0;  // 0: free
    StreamKey key;
  };
  [[nodiscard]] std::size_t home(std::uint32_t id) const { return (id >> 1) & mask_; }
  /// From the home of `entry` to `at`.
  [[nodiscard]] std::size_t distance(std::size_t at, const Entry& entry) const {
    return (at - home(entry.id)) & mask_;
  }
  void grow();

  std::vector<Entry> entries_;  // a power of two of them, or none
  std::size_t mask_ = 0;
  std::size_t used_ = 0;
};

/// The streams in memory, by key and by id. References stay valid for a stream's life.
class StreamStore {
 public:
  Stream& open(std::uint32_t id, std::uint32_t receive_window, std::uint32_t send_window);
  void erase(Stream& stream);

  [[nodiscard]] Stream* find(StreamKey key) { return streams_.find({key.index, key.generation}); }
  [[nodiscard]] Stream* find_id(std::uint32_t id) {
    const StreamKey* key = ids_.find(id);
    return key != nullptr ? find(*key) : nullptr;
  }
  [[nodiscard]] std::size_t size() const { return streams_.size(); }

  /// `visit(Stream&)` for each; it may erase the one it is given.
  template <class Visit>
  void for_each(Visit visit) {
    streams_.for_each([&](base::SlotKey, Stream& stream) { visit(stream); });
  }

 private:
  base::SlotMap<Stream> streams_;
  IdIndex ids_;
};

}  // namespace farcall::http2
