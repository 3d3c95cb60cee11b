#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace farcall::net {

/// Lets an operation that is still pending find out that the object which began it is gone.
///
/// The object holds the Lifeline, each pending operation an End. In turns of the loop that both are on; an
/// End may be moved elsewhere. (A std::shared_ptr would do, at the price of atomic operations for every
/// wait.)
template <class T>
class Lifeline {
  struct Knot {
    T* target;
    std::size_t holders;
  };

 public:
  class End {
   public:
    explicit End(Knot* knot) : knot_(knot) { ++knot_->holders; }
    End(const End& other) : End(other.knot_) {}
    End(End&& other) noexcept : knot_(std::exchange(other.knot_, nullptr)) {}
    End& operator=(const End&) = delete;
    ~End() { let_go(knot_); }

    /// Null once the object is gone, or has cut the line.
    [[nodiscard]] T* target() const { return knot_->target; }

   private:
    Knot* knot_;
  };

  explicit Lifeline(T& target) : knot_(std::make_unique<Knot>(Knot{&target, 1}).release()) {}
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;
  ~Lifeline() {
    cut();
    let_go(knot_);
  }

  [[nodiscard]] End end() const { return End(knot_); }
  /// The operations that are pending now, and later ones, find no target.
  void cut() { knot_->target = nullptr; }

 private:
  static void let_go(Knot* knot) {
    if (knot != nullptr && --knot->holders == 0) std::unique_ptr<Knot>{knot}.reset();
  }

  Knot* knot_;
};

}  // namespace farcall::net
