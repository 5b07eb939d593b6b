/// What stands at a position of a segment.
@usableFromInline package enum ParsedFrame<Frame: Sendable>: Sendable {
  /// 16 zero bytes, or no room for more frames.
  case end
  case filler(byteCount: Int)
  case frame(Frame)
  /// Neither, and what is wrong; `plausibleByteCount` says how long the frame would be if only its lengths are believed.
  case invalid(FrameDefect, plausibleByteCount: Int?)
}

@usableFromInline package typealias FrameParse = ParsedFrame<FrameHeader>

/// Why bytes are not the header of a frame.
@usableFromInline package enum FrameDefect: Hashable, Sendable {
  case lengths
  case filler
  case encoding(UInt8)
  case tooLong(Int)
  case otherLog
  case byteCounts
  case fields
}

extension FrameDefect: CustomStringConvertible {
  @usableFromInline package var description: String {
    switch self {
    case .lengths: "reserved bytes 5 to 7 are not zero"
    case .filler: "a filler with lengths that lie"
    case .encoding(let number): "unknown encoding \(number)"
    case .tooLong(let byteCount): "\(byteCount) stored bytes do not fit into the segment"
    case .otherLog: "the frame belongs to another log"
    case .byteCounts: "stored and content byte counts contradict each other"
    case .fields: "kind, flags, digest algorithm or reserved bytes are not valid"
    }
  }
}
