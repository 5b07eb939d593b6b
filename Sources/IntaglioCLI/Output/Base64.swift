/// Appends `bytes` in base64 with padding (RFC 4648, section 4).
func append(base64 bytes: [UInt8], to output: inout [UInt8]) {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var offset = 0
  while offset < bytes.count {
    let count = min(3, bytes.count - offset)
    var group: UInt32 = 0
    for index in 0..<3 {
      let byte: UInt8 = index < count ? bytes[offset + index] : 0
      group = group << 8 | UInt32(byte)
    }
    for index in 0..<4 {
      let digit = alphabet[Int(group >> (18 - 6 * UInt32(index)) & 63)]
      output.append(index <= count ? digit : UInt8(ascii: "="))
    }
    offset += count
  }
}
