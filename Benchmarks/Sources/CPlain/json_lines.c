#define _GNU_SOURCE
#include "internal.h"

#include "chash.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

static char *put_hex(char *output, const uint8_t bytes[32]) {
  for (int i = 0; i < 32; i++) {
    *output++ = hex[bytes[i] >> 4];
    *output++ = hex[bytes[i] & 15];
  }
  return output;
}

static char *put_text(char *output, const char *text) {
  size_t count = strlen(text);
  memcpy(output, text, count);
  return output + count;
}

static char *put_escaped(char *output, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint8_t byte = bytes[i];
    if (byte == '"' || byte == '\\') {
      *output++ = '\\';
      *output++ = (char)byte;
    } else if (byte == '\n') {
      *output++ = '\\';
      *output++ = 'n';
    } else if (byte < 0x20) {
      output = put_text(output, "\\u00");
      *output++ = hex[byte >> 4];
      *output++ = hex[byte & 15];
    } else {
      *output++ = (char)byte;
    }
  }
  return output;
}

size_t plain_json_line(char *output, uint64_t sequence, uint8_t chain[32], const void *payload,
                       size_t count) {
  char *end = output + sprintf(output, "{\"seq\":%llu,\"prev\":\"", (unsigned long long)sequence);
  end = put_hex(end, chain);
  end = put_text(end, "\",\"data\":\"");
  end = put_escaped(end, payload, count);
  end = put_text(end, "\",\"hash\":\"");
  chash_sha256_pair(chain, 32, payload, count, chain);
  end = put_hex(end, chain);
  end = put_text(end, "\"}\n");
  return (size_t)(end - output);
}

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

ptrdiff_t plain_json_parse(const char *line, size_t count, uint8_t *payload, uint8_t chain[32]) {
  const char *limit = line + count;
  const char *at = memmem(line, count, "\"data\":\"", 8);
  if (at == NULL) return -1;
  uint8_t *output = payload;
  for (at += 8; at < limit && *at != '"'; at++) {
    if (*at != '\\') {
      *output++ = (uint8_t)*at;
      continue;
    }
    if (++at >= limit) return -1;
    if (*at == 'u') {
      if (limit - at < 5) return -1;
      *output++ = (uint8_t)(digit(at[3]) << 4 | digit(at[4]));
      at += 4;
    } else {
      *output++ = *at == 'n' ? '\n' : (uint8_t)*at;
    }
  }
  if (limit - at < 10 + 64) return -1;
  for (int i = 0; i < 32; i++)
    chain[i] = (uint8_t)(digit(at[10 + 2 * i]) << 4 | digit(at[11 + 2 * i]));
  return output - payload;
}
