// CRC-32C with the instruction of SSE4.2.
//
// The instruction takes eight bytes a cycle but answers after three, so three neighbouring lanes of
// equal length run at once. Their remainders are then joined: putting n bytes behind a lane
// multiplies its remainder by x^8n, and a carry-less product with a constant does that.

#include "internal.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define SSE42 __attribute__((target("sse4.2,pclmul")))
#define SSE42_INLINE SSE42 __attribute__((always_inline)) static inline

/// Three lanes of `byte_count`, and what moves a remainder past one or two of them:
/// x^(8 * byte_count - 33) and x^(16 * byte_count - 33) modulo the polynomial, bit-reflected. The
/// missing 33 are in reading the product as a message: 32 of the remainder, 1 of the reflection.
typedef struct stride {
  size_t byte_count;
  uint32_t past_one, past_two;
} stride;

static const stride strides[] = {
  {1024, 0x170076fa, 0xa51b6135},
  {128, 0x0d3b6092, 0xb9e02b86},
  {64, 0x9e4addf8, 0x0d3b6092},
};

SSE42_INLINE uint64_t load(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

SSE42_INLINE __m128i product(uint64_t remainder, uint32_t power) {
  return _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)remainder), _mm_cvtsi64_si128(power), 0);
}

SSE42_INLINE uint64_t three_lanes(uint64_t crc, const uint8_t *next, const stride *stride) {
  const size_t byte_count = stride->byte_count;
  uint64_t first = crc, second = 0, third = 0;
  for (const uint8_t *end = next + byte_count; next < end; next += 8) {
    first = _mm_crc32_u64(first, load(next));
    second = _mm_crc32_u64(second, load(next + byte_count));
    third = _mm_crc32_u64(third, load(next + 2 * byte_count));
  }
  const __m128i moved =
      _mm_xor_si128(product(first, stride->past_two), product(second, stride->past_one));
  return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(moved)) ^ third;
}

/// Continues the register, which is the complement of the CRC so far, over fewer bytes than the
/// shortest stride takes.
SSE42_INLINE uint64_t feed_few(uint64_t value, const uint8_t *next, size_t count) {
  for (; count >= 8; count -= 8, next += 8) value = _mm_crc32_u64(value, load(next));
  if (count >= 4) {
    uint32_t word;
    memcpy(&word, next, sizeof word);
    value = _mm_crc32_u32((uint32_t)value, word);
    count -= 4, next += 4;
  }
  for (; count > 0; count--, next++) value = _mm_crc32_u8((uint32_t)value, *next);
  return value;
}

SSE42 static uint64_t feed_many(uint64_t value, const uint8_t *next, size_t count) {
  for (size_t index = 0; index < sizeof strides / sizeof strides[0]; index++) {
    const size_t step = 3 * strides[index].byte_count;
    for (; count >= step; count -= step, next += step) {
      value = three_lanes(value, next, &strides[index]);
    }
  }
  return feed_few(value, next, count);
}

SSE42_INLINE uint64_t feed(uint64_t value, const void *bytes, size_t count) {
  return count < 3 * 64 ? feed_few(value, bytes, count) : feed_many(value, bytes, count);
}

SSE42 uint32_t chash_crc32c_sse42(uint32_t crc, const void *bytes, size_t count) {
  return ~(uint32_t)feed(~crc, bytes, count);
}

SSE42 uint32_t chash_crc32c_joined_sse42(uint32_t crc, const void *first, size_t first_count,
                                         const void *second, size_t second_count, uint64_t last) {
  const uint64_t value = feed(feed((uint32_t)~crc, first, first_count), second, second_count);
  return ~(uint32_t)_mm_crc32_u64(value, last);
}

#endif
