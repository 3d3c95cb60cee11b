#pragma once

#include <cassert>
#include <cstddef>
#include <iterator>

namespace farcall::base {

template <class T>
class IntrusiveList;

/// The place in an IntrusiveList that an object carries inside itself: joining and leaving a list costs no
/// memory.
///
/// An object is in one list at a time and leaves it when it is destroyed. Copying or moving an object does
/// not move its place, so that is not offered.
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  [[nodiscard]] bool linked() const { return next_ != nullptr; }

  /// Leaves the list, whichever it is; nothing happens when it is in none.
  void unlink() {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 protected:
  ~ListNode() { unlink(); }

 private:
  template <class T>
  friend class IntrusiveList;

  void link_before(ListNode& next) {
    assert(!linked());
    previous_ = next.previous_;
    next_ = &next;
    previous_->next_ = this;
    next.previous_ = this;
  }

  ListNode* previous_ = nullptr;
  ListNode* next_ = nullptr;
};

/// A doubly linked list of objects that it does not own; T derives from ListNode. Not thread-safe.
///
/// Destroying the list unlinks what is in it.
template <class T>
class IntrusiveList {
 public:
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;

    Iterator() = default;
    explicit Iterator(ListNode* at) : at_(at) {}
    T& operator*() const { return static_cast<T&>(*at_); }
    T* operator->() const { return &static_cast<T&>(*at_); }
    Iterator& operator++() {
      at_ = IntrusiveList::after(*at_);
      return *this;
    }
    Iterator operator++(int) {
      Iterator old = *this;
      ++*this;
      return old;
    }
    Iterator& operator--() {
      at_ = IntrusiveList::before(*at_);
      return *this;
    }
    Iterator operator--(int) {
      Iterator old = *this;
      --*this;
      return old;
    }
    bool operator==(const Iterator&) const = default;

   private:
    ListNode* at_ = nullptr;
  };

  IntrusiveList() { head_.previous_ = head_.next_ = &head_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() { clear(); }

  [[nodiscard]] bool empty() const { return head_.next_ == &head_; }
  [[nodiscard]] T& front() { return static_cast<T&>(*head_.next_); }
  [[nodiscard]] T& back() { return static_cast<T&>(*head_.previous_); }

  /// `object` must be in no list.
  void push_back(T& object) { static_cast<ListNode&>(object).link_before(head_); }
  void push_front(T& object) { static_cast<ListNode&>(object).link_before(*head_.next_); }

  /// Unlinks and returns the first; null when empty.
  T* pop_front() {
    if (empty()) return nullptr;
    ListNode* first = head_.next_;
    first->unlink();
    return static_cast<T*>(first);
  }

  /// Moves all of `other` to the end of this list, in their order; O(1).
  void splice_back(IntrusiveList& other) {
    if (other.empty()) return;
    ListNode* first = other.head_.next_;
    ListNode* last = other.head_.previous_;
    other.head_.previous_ = other.head_.next_ = &other.head_;
    first->previous_ = head_.previous_;
    head_.previous_->next_ = first;
    last->next_ = &head_;
    head_.previous_ = last;
  }

  void clear() {
    while (pop_front() != nullptr) {
    }
  }

  [[nodiscard]] Iterator begin() { return Iterator(head_.next_); }
  [[nodiscard]] Iterator end() { return Iterator(&head_); }

 private:
  static ListNode* after(ListNode& node) { return node.next_; }
  static ListNode* before(ListNode& node) { return node.previous_; }

  // The list is a ring through this node. It unlinks itself at the end as every node does, from a ring of
  // one.
  struct Head : ListNode {};
  Head head_;
};

}  // namespace farcall::base
