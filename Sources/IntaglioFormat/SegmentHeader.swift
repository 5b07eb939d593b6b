/// The first 4,096 bytes of a segment file.
///
/// FileFormat, "A segment".
package struct SegmentHeader: Hashable, Sendable {
  package static let byteCount = 4096

  package var logID: LogID
  package var number: UInt64
  package var firstSequence: SequenceNumber
  /// Bytes in the file, this header included.
  package var capacity: Int
  /// Goes into every frame's CRC, so that a frame of another segment never passes for one of this.
  package var nonce: UInt64
  package var revision: UInt64 = 0
  /// The chain value of the record before the first frame.
  package var previousChain: Digest

  package init(
    logID: LogID, number: UInt64, firstSequence: SequenceNumber, capacity: Int, nonce: UInt64,
    previousChain: Digest
  ) {
    self.logID = logID
    self.number = number
    self.firstSequence = firstSequence
    self.capacity = capacity
    self.nonce = nonce
    self.previousChain = previousChain
  }

  package var encoded: [UInt8] {
    var header = ByteBuilder()
    header.append("INTAGLIO")
    header.append(Format.version)
    header.append(UInt32(Self.byteCount))
    header.append(logID.bytes)
    header.append(number)
    header.append(firstSequence.rawValue)
    header.append(UInt64(capacity))
    header.append(nonce)
    header.append(revision)
    header.append(previousChain.bytes)
    header.appendZeros(upTo: 4064)
    header.append(SHA256.hash(header.bytes).bytes)
    return header.bytes
  }

  package init(decoding bytes: RawSpan) throws(FormatError) {
    guard bytes.byteCount >= Self.byteCount else {
      throw .invalid("a segment header has 4096 bytes, here are \(bytes.byteCount)")
    }
    guard bytes.extracting(0..<8).array == Array("INTAGLIO".utf8) else {
      throw .invalid("a segment begins with INTAGLIO")
    }
    try Format.checkVersion(bytes.integer(at: 8))
    guard SHA256.hash(bytes.extracting(0..<4064)) == Digest(bytes, at: 4064) else {
      throw .invalid("the segment header does not match its digest")
    }
    guard bytes.integer(at: 12, as: UInt32.self) == UInt32(Self.byteCount),
      bytes.extracting(104..<4064).isZero
    else { throw .invalid("the segment header has reserved bytes that are not as specified") }
    let capacity: UInt64 = bytes.integer(at: 48)
    guard capacity >= 4096, capacity <= UInt64(Limits.segmentByteCount), capacity % 4096 == 0
    else { throw .invalid("a segment cannot have \(capacity) bytes") }
    logID = LogID(bytes: bytes.extracting(16..<32).array)!
    number = bytes.integer(at: 32)
    firstSequence = SequenceNumber(bytes.integer(at: 40))
    self.capacity = Int(capacity)
    nonce = bytes.integer(at: 56)
    revision = bytes.integer(at: 64)
    previousChain = Digest(bytes, at: 72)
  }
}

/// The names of the files in a log directory.
///
/// FileFormat, "The directory".
package enum FileName {
  package static let manifest = "MANIFEST"
  package static let head = "HEAD"
  package static let lock = "LOCK"
  package static let segments = "segments"
  package static let quarantine = "quarantine"
  package static let nextSegment = "next"
  package static let staging = "staging"
  package static let temporarySuffix = ".tmp"

  package static func segment(_ first: SequenceNumber) -> String { digits(first) + ".seg" }
  package static func sidecar(_ first: SequenceNumber) -> String { digits(first) + ".idx" }

  /// The first sequence that the name of a segment file says, or nil if it is not such a name.
  package static func firstSequence(ofSegment name: String) -> SequenceNumber? {
    guard name.hasSuffix(".seg"), name.utf8.count == 24,
      name.utf8.prefix(20).allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let value = UInt64(name.prefix(20))
    else { return nil }
    return SequenceNumber(value)
  }

  package static func quarantined(at count: SequenceNumber, digest: Digest) -> String {
    "\(count)-\(digest.hex)"
  }

  /// The count and the digest that the name of a quarantined file says, or nil.
  package static func quarantined(_ name: String) -> (count: SequenceNumber, digest: Digest)? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = UInt64(parts[0]), String(count) == parts[0],
      let digest = Digest(hex: String(parts[1])), digest.hex == parts[1]
    else { return nil }
    return (SequenceNumber(count), digest)
  }

  private static func digits(_ sequence: SequenceNumber) -> String {
    let text = String(sequence.rawValue)
    return String(repeating: "0", count: 20 - text.utf8.count) + text
  }
}
