/// The header of a slot of the file `staging`, behind which a group of frames is built.
///
/// FileFormat, "Staging".
package struct StagingSlot: Hashable, Sendable {
  /// How many slots the file has at most.
  package static let limit = 16
  package static let headerByteCount = 4096
  package static let frameByteCount = 1 << 20
  package static let byteCount = headerByteCount + frameByteCount
  /// The bytes of the header that carry fields.
  package static let fieldsByteCount = 48

  package var logID: LogID
  /// Of the segment that the frames were made for.
  package var nonce: UInt64

  package init(logID: LogID, nonce: UInt64) {
    self.logID = logID
    self.nonce = nonce
  }

  package var encoded: [UInt8] {
    var header = ByteBuilder()
    header.append("INTASTAG")
    header.append(Format.version)
    header.append(UInt32(0))
    header.append(logID.bytes)
    header.append(nonce)
    header.append(UInt32(0))
    header.append(Self.crc(of: header.bytes.rawSpan))
    return header.bytes
  }

  /// The header that begins `bytes`, or nil if none does: what a slot holds is then not looked at.
  package init?(decoding bytes: RawSpan) {
    guard bytes.byteCount >= Self.fieldsByteCount,
      bytes.extracting(0..<8).array == Array("INTASTAG".utf8),
      bytes.integer(at: 8, as: UInt32.self) == Format.version,
      bytes.integer(at: 12, as: UInt32.self) == 0,
      bytes.integer(at: 40, as: UInt32.self) == 0,
      Self.crc(of: bytes) == bytes.integer(at: 44, as: UInt32.self),
      let logID = LogID(bytes: bytes.extracting(16..<32).array)
    else { return nil }
    self.init(logID: logID, nonce: bytes.integer(at: 32))
  }

  private static func crc(of bytes: RawSpan) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes.extracting(0..<44))
    return crc.value
  }
}
