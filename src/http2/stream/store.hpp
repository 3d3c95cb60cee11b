#pragma once

#include "base/slot_map.hpp"
#include "http2/stream/stream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace farcall::http2 {

/// From a stream's id on the wire to its place in the store: a flat hash, linear probing, no tombstones. Ids
/// are odd and grow, so neighbours in time are neighbours in the table. A run of entries is in the order of
/// their homes (Robin Hood), so that erasing one of a hundred neighbours does not have to look at the others.
class IdIndex {
 public:
  void insert(std::uint32_t id, std::uint32_t place) {
    if (used_ == most_) resize(std::max(4 * most_, kFirstSize));
    Entry entry{id, place};
    for (std::size_t at = home(id);; at = (at + 1) & mask_) {
      if (entries_[at].id == 0) {
        entries_[at] = entry;
        break;
      }
      if (distance(at, entries_[at]) < distance(at, entry)) std::swap(entries_[at], entry);
    }
    ++used_;
  }
  void erase(std::uint32_t id) {
    if (entries_ == nullptr) return;
    std::size_t hole = home(id);
    while (entries_[hole].id != id) {
      if (entries_[hole].id == 0) return;
      hole = (hole + 1) & mask_;
    }
    // What follows moves up, until one that is at home or nothing: no gap, and the order stays.
    for (std::size_t next = (hole + 1) & mask_; entries_[next].id != 0 && home(entries_[next].id) != next;
         next = (next + 1) & mask_) {
      entries_[hole] = entries_[next];
      hole = next;
    }
    entries_[hole] = Entry();
    --used_;
  }
  /// Null if the id is of no stream in memory.
  [[nodiscard]] const std::uint32_t* find(std::uint32_t id) const {
    if (entries_ == nullptr) return nullptr;
    for (std::size_t at = home(id);; at = (at + 1) & mask_) {
      if (entries_[at].id == id) return &entries_[at].place;
      if (entries_[at].id == 0) return nullptr;
    }
  }
  /// Gives back what memory is not needed for those that it holds.
  void trim();

 private:
  struct Entry {
    std::uint32_t id = 0;  // 0: free
    std::uint32_t place = 0;
  };
  [[nodiscard]] std::size_t home(std::uint32_t id) const { return (id >> 1) & mask_; }
  /// From the home of `entry` to `at`.
  [[nodiscard]] std::size_t distance(std::size_t at, const Entry& entry) const {
    return (at - home(entry.id)) & mask_;
  }
  void resize(std::size_t size);

  static constexpr std::size_t kFirstSize = 4;

  std::unique_ptr<Entry[]> entries_;  // a power of two of them, at most half of them used; or none
  std::size_t mask_ = 0;
  std::size_t most_ = 0;  // how many there is room for
  std::size_t used_ = 0;
};

/// The streams in memory, by key and by id. References stay valid for a stream's life.
class StreamStore {
 public:
  Stream& open(std::uint32_t id, std::uint32_t receive_window, std::uint32_t send_window) {
    const auto [key, stream] = streams_.insert(id, receive_window, send_window);
    stream.key = {key.index, key.generation};
    ids_.insert(id, stream.key.index);
    return stream;
  }
  void erase(Stream& stream) {
    ids_.erase(stream.id);
    streams_.erase({stream.key.index, stream.key.generation}, stream);
  }

  [[nodiscard]] Stream* find(StreamKey key) { return streams_.find({key.index, key.generation}); }
  [[nodiscard]] Stream* find_id(std::uint32_t id) {
    const std::uint32_t* place = ids_.find(id);
    return place != nullptr ? &streams_[*place] : nullptr;
  }
  [[nodiscard]] std::size_t size() const { return streams_.size(); }
  /// Gives back what memory is not needed for the streams there are.
  void trim() {
    streams_.trim();
    ids_.trim();
  }

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
