/// The few fields of a frame that an index needs, read without checks from a frame that is known to be whole.
package struct FrameOutline: Sendable {
  package let storedByteCount: Int
  package let stream: StreamNumber
  /// The number of the record's kind.
  package let kind: UInt16
  package let time: Timestamp

  package var frameByteCount: Int {
    FrameHeader.byteCount + rounded(storedByteCount, upTo: FrameHeader.alignment)
  }

  /// The outline of the frame at `offset` of `bytes`, which this program has written or parsed before.
  package init(_ bytes: RawSpan, at offset: Int) {
    storedByteCount = Int(bytes.integer(at: offset) as UInt32)
    stream = StreamNumber(bytes.integer(at: offset + 28))
    kind = bytes.integer(at: offset + 32)
    time = Timestamp(nanoseconds: bytes.integer(at: offset + 88))
  }

  fileprivate init(_ header: FrameHeader) {
    storedByteCount = header.storedByteCount
    stream = header.stream
    kind = header.kind.rawValue
    time = header.time
  }

  /// Where the stored bytes of a frame at `offset` lie.
  package func storedRange(at offset: Int) -> Range<Int> {
    offset + FrameHeader.byteCount..<offset + FrameHeader.byteCount + storedByteCount
  }
}

extension FrameHeader {
  /// What an index needs of this frame.
  package var outline: FrameOutline { FrameOutline(self) }
}
