// Memory for request bodies and unsent bytes, reused within a worker so that the steady state allocates nothing.
// Thread rule: a pool and its buffers belong to one worker.
#pragma once
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace smartroute::net {

class BufferPool;

// A growable byte buffer [data, data+size) that gives its memory back to the pool it came from.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  ~Buffer();

  char* data() noexcept { return memory_.get(); }
  const char* data() const noexcept { return memory_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  std::string_view view() const noexcept { return {memory_.get(), size_}; }
  char* end() noexcept { return memory_.get() + size_; }
  std::size_t room() const noexcept { return capacity_ - size_; }

  void grew(std::size_t n) noexcept { size_ += n; }
  void resize(std::size_t n) noexcept { size_ = n; }
  void append(std::string_view bytes) {
    reserve(size_ + bytes.size());
    if (!bytes.empty()) std::memcpy(end(), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  // Drops n bytes from the front.
  void consume(std::size_t n) noexcept {
    size_ -= n;
    if (size_ != 0) std::memmove(memory_.get(), memory_.get() + n, size_);
  }
  void reserve(std::size_t capacity);
  // Gives the memory back now.
  void release() noexcept;

 private:
  friend class BufferPool;
  explicit Buffer(BufferPool* pool) noexcept : pool_(pool) {}
  void swap(Buffer& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  BufferPool* pool_ = nullptr;
  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0, capacity_ = 0;
};

class BufferPool {
 public:
  static constexpr std::array<std::size_t, 3> kClasses{4 * 1024, 20 * 1024, 80 * 1024};   // bigger ones are not kept
  static constexpr std::size_t kKeptPerClass = 128;

  BufferPool() = default;
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  Buffer get() noexcept { return Buffer(this); }
  // Gives up what is kept for reuse, when memory is short.
  void drop_kept() noexcept {
    for (auto& kept : free_) {
      kept.clear();
      kept.shrink_to_fit();
    }
  }

 private:
  friend class Buffer;
  std::unique_ptr<char[]> take(std::size_t& capacity) {
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      if (capacity > kClasses[i]) continue;
      capacity = kClasses[i];
      if (free_[i].empty()) break;
      auto memory = std::move(free_[i].back());
      free_[i].pop_back();
      return memory;
    }
    return std::unique_ptr<char[]>(new char[capacity]);   // uninitialised on purpose
  }
  void give(std::unique_ptr<char[]> memory, std::size_t capacity) noexcept {
    for (std::size_t i = 0; i < kClasses.size(); ++i)
      if (capacity == kClasses[i] && free_[i].size() < kKeptPerClass) {
        free_[i].push_back(std::move(memory));
        return;
      }
  }
  std::array<std::vector<std::unique_ptr<char[]>>, kClasses.size()> free_;
};

inline void Buffer::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  if (capacity_ != 0 && capacity < capacity_ * 2) capacity = capacity_ * 2;
  std::size_t got = capacity;
  auto bigger = pool_->take(got);
  if (size_ != 0) std::memcpy(bigger.get(), memory_.get(), size_);
  if (memory_) pool_->give(std::move(memory_), capacity_);
  memory_ = std::move(bigger);
  capacity_ = got;
}

inline void Buffer::release() noexcept {
  if (memory_) pool_->give(std::move(memory_), capacity_);
  memory_.reset();
  size_ = capacity_ = 0;
}

inline Buffer::~Buffer() { release(); }

}  // namespace smartroute::net
