import IntaglioFormat

// What decodes borrowed bytes, for arrays: a span cannot be named within an expectation.

extension [UInt8] {
  var isZero: Bool { rawSpan.isZero }
  var firstNonzeroOffset: Int? { rawSpan.firstNonzeroOffset }
  var lastNonzeroOffset: Int? { rawSpan.lastNonzeroOffset }

  func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
    rawSpan.integer(at: offset, as: type)
  }
}

extension SegmentHeader {
  init(decoding bytes: [UInt8]) throws(FormatError) { try self.init(decoding: bytes.rawSpan) }
}

extension HeadSlot {
  init(decoding bytes: [UInt8]) throws(FormatError) { try self.init(decoding: bytes.rawSpan) }
}

extension Head {
  init(decoding bytes: [UInt8]) { self.init(decoding: bytes.rawSpan) }
}

extension Manifest {
  init(decoding bytes: [UInt8]) throws(FormatError) { try self.init(decoding: bytes.rawSpan) }
}

extension LogPayload {
  init?(kind: RecordKind, decoding text: String) {
    self.init(kind: kind, decoding: Array(text.utf8).rawSpan)
  }
}

extension Digest {
  init(_ bytes: [UInt8]) { self.init(bytes.rawSpan) }
}

extension LZ4 {
  static func compress(_ content: [UInt8], limit: Int) -> [UInt8]? {
    compress(content.rawSpan, limit: limit)
  }

  static func decompress(_ block: [UInt8], byteCount: Int) -> [UInt8]? {
    decompress(block.rawSpan, byteCount: byteCount)
  }
}

extension FrameHeader {
  func crcHolds(_ frame: [UInt8], nonce: UInt64) -> Bool {
    crcHolds(frame.rawSpan, at: 0, nonce: nonce)
  }

  func contentHolds(_ frame: [UInt8]) -> Bool { contentHolds(frame.rawSpan, at: 0) }

  static func chain(of frame: [UInt8], after previous: Digest) -> Digest {
    chain(of: frame.rawSpan, at: 0, after: previous)
  }
}
