// CRC-32C in plain C, eight bytes a step ("slicing by 8"), and the entry that picks the engine.

#include "internal.h"

uint32_t chash_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return chash_current_engine()->crc32c(crc, bytes, count);
}

uint32_t chash_crc32c_joined(uint32_t crc, const void *first, size_t first_count,
                             const void *second, size_t second_count, uint64_t last) {
  return chash_current_engine()->crc32c_joined(crc, first, first_count, second, second_count, last);
}

// Entry [k][byte] is the remainder of that byte followed by k zero bytes. The remainder of a sum is
// the sum of the remainders, so the entries of the eight single bits give all others, here while
// compiling. Those 64 follow from one another as well: the bit below costs one more step of the
// register, x = x >> 1 ^ (x & 1 ? 0x82f63b78 : 0), from the polynomial itself on at [0][0x80].
#define BIT(byte, bit, entry) (((byte) >> (bit)) & 1 ? (entry) : 0)
#define ENTRY(byte, b0, b1, b2, b3, b4, b5, b6, b7)                                               \
  (BIT(byte, 0, b0) ^ BIT(byte, 1, b1) ^ BIT(byte, 2, b2) ^ BIT(byte, 3, b3) ^ BIT(byte, 4, b4) ^ \
   BIT(byte, 5, b5) ^ BIT(byte, 6, b6) ^ BIT(byte, 7, b7))
#define TO_4(byte, ...)                                                                           \
  ENTRY(byte, __VA_ARGS__), ENTRY(byte + 1, __VA_ARGS__), ENTRY(byte + 2, __VA_ARGS__),           \
      ENTRY(byte + 3, __VA_ARGS__)
#define TO_16(byte, ...)                                                                          \
  TO_4(byte, __VA_ARGS__), TO_4(byte + 4, __VA_ARGS__), TO_4(byte + 8, __VA_ARGS__),              \
      TO_4(byte + 12, __VA_ARGS__)
#define TO_64(byte, ...)                                                                          \
  TO_16(byte, __VA_ARGS__), TO_16(byte + 16, __VA_ARGS__), TO_16(byte + 32, __VA_ARGS__),         \
      TO_16(byte + 48, __VA_ARGS__)
#define TABLE(...)                                                                                \
  {TO_64(0, __VA_ARGS__), TO_64(64, __VA_ARGS__), TO_64(128, __VA_ARGS__), TO_64(192, __VA_ARGS__)}

static const uint32_t table[8][256] = {
  TABLE(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf,
        0x105ec76f, 0x20bd8ede, 0x417b1dbc, 0x82f63b78),
  TABLE(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8,
        0x3fc5f181, 0x7f8be302, 0xff17c604, 0xfbc3faf9),
  TABLE(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5,
        0x70a27d8a, 0xe144fb14, 0xc76580d9, 0x8b277743),
  TABLE(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6,
        0xe964b13d, 0xd725148b, 0xaba65fe7, 0x52a0c93f),
  TABLE(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91,
        0x8f2261d3, 0x1ba8b557, 0x37516aae, 0x6ea2d55c),
  TABLE(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f,
        0xc00c303e, 0x85f4168d, 0x0e045beb, 0x1c08b7d6),
  TABLE(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53,
        0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4),
  TABLE(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da,
        0x847609b4, 0x0d006599, 0x1a00cb32, 0x34019664),
};

uint32_t chash_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  crc = ~crc;
  for (; count >= 8; count -= 8, next += 8) {
    crc = table[7][next[0] ^ (crc & 0xff)] ^ table[6][next[1] ^ (crc >> 8 & 0xff)] ^
          table[5][next[2] ^ (crc >> 16 & 0xff)] ^ table[4][next[3] ^ crc >> 24] ^
          table[3][next[4]] ^ table[2][next[5]] ^ table[1][next[6]] ^ table[0][next[7]];
  }
  for (; count > 0; count--, next++) crc = crc >> 8 ^ table[0][*next ^ (crc & 0xff)];
  return ~crc;
}

uint32_t chash_crc32c_joined_portable(uint32_t crc, const void *first, size_t first_count,
                                      const void *second, size_t second_count, uint64_t last) {
  uint8_t bytes[sizeof last];
  chash_store_little_endian(bytes, last);
  crc = chash_crc32c_portable(crc, first, first_count);
  crc = chash_crc32c_portable(crc, second, second_count);
  return chash_crc32c_portable(crc, bytes, sizeof bytes);
}
