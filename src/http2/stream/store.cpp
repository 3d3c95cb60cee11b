#include "http2/stream/store.hpp"

#include <utility>

namespace farcall::http2 {

void IdIndex::grow() {
  std::vector<Entry> old =
      std::exchange(entries_, std::vector<Entry>(entries_.empty() ? 16 : entries_.size() * 2));
  mask_ = entries_.size() - 1;
  used_ = 0;
  for (const Entry& entry : old) {
    if (entry.id != 0) insert(entry.id, entry.key);
  }
}

void IdIndex::insert(std::uint32_t id, StreamKey key) {
  if ((used_ + 1) * 2 > entries_.size()) grow();
  Entry entry{id, key};
  for (std::size_t at = home(id);; at = (at + 1) & mask_) {
    if (entries_[at].id == 0) {
      entries_[at] = entry;
      break;
    }
    if (distance(at, entries_[at]) < distance(at, entry)) std::swap(entries_[at], entry);
  }
  ++used_;
}

void IdIndex::erase(std::uint32_t id) {
  if (entries_.empty()) return;
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

Stream& StreamStore::open(std::uint32_t id, std::uint32_t receive_window, std::uint32_t send_window) {
  const base::SlotKey key = streams_.emplace(id, receive_window, send_window);
  Stream& stream = *streams_.find(key);
  stream.key = {key.index, key.generation};
  ids_.insert(id, stream.key);
  return stream;
}

void StreamStore::erase(Stream& stream) {
  ids_.erase(stream.id);
  streams_.erase({stream.key.index, stream.key.generation});
}

}  // namespace farcall::http2
