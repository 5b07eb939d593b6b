internal import IntaglioFormat

/// Random bytes for names and salts.
enum RandomBytes {
  /// `wordCount` times 8 bytes as lower-case hexadecimal digits, not all of them zero.
  static func hex(words wordCount: Int) -> String {
    // Each word is a system call.
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    repeat {
      bytes.removeAll(keepingCapacity: true)
      for _ in 0..<wordCount {
        let word = generator.next()
        for shift in stride(from: 0, to: 64, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
      }
    } while bytes.allSatisfy { $0 == 0 }
    return bytes.hex
  }
}
