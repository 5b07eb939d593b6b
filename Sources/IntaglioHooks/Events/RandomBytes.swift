internal import IntaglioFormat
internal import IntaglioStorage

/// Random bytes for names and salts.
enum RandomBytes {
  /// `wordCount` times 8 bytes as lower-case hexadecimal digits, not all of them zero.
  static func hex(words wordCount: Int) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(wordCount * 8)
    repeat {
      bytes.removeAll(keepingCapacity: true)
      for _ in 0..<wordCount {
        let word = RandomWords.next()
        for shift in stride(from: 0, to: 64, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
      }
    } while bytes.allSatisfy { $0 == 0 }
    return bytes.hex
  }
}
