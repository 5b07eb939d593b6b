/// The position of a record in a log, from 0.
///
/// A count of N records stands for the sequence numbers 0 up to but not including N, so a count is written
/// as the sequence number that the next record will get.
public struct SequenceNumber: Hashable, Sendable {
  /// The position as an integer.
  public var rawValue: UInt64

  /// The record at `rawValue`.
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The first record of every log, which holds the manifest.
  public static let zero = SequenceNumber(0)

  /// The sequence number `distance` records later; traps when it leaves the range of 64 bits.
  @inlinable public func advanced(by distance: UInt64 = 1) -> SequenceNumber {
    SequenceNumber(rawValue + distance)
  }
}

extension SequenceNumber: Comparable {
  /// Whether `lhs` was ordered before `rhs`.
  @inlinable public static func < (lhs: SequenceNumber, rhs: SequenceNumber) -> Bool {
    lhs.rawValue < rhs.rawValue
  }
}

extension SequenceNumber: ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// The record at `value`.
  public init(integerLiteral value: UInt64) { self.init(value) }
  /// The position in decimal.
  public var description: String { String(rawValue) }
}

/// A position in a file, in bytes from its beginning.
package struct ByteOffset: Hashable, Sendable, Comparable {
  package var rawValue: UInt64

  package init(_ rawValue: UInt64) { self.rawValue = rawValue }
  package init(_ rawValue: Int) { self.rawValue = UInt64(rawValue) }

  package static func < (lhs: ByteOffset, rhs: ByteOffset) -> Bool { lhs.rawValue < rhs.rawValue }

  package func advanced(by byteCount: Int) -> ByteOffset {
    ByteOffset(rawValue + UInt64(byteCount))
  }
}

/// The number under which a log knows one of its streams; 0 is the log's own stream.
public struct StreamNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number, as frames carry it.
  public var rawValue: UInt32

  /// The stream numbered `rawValue`.
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The log's own stream: manifest, openings, declarations, recoveries.
  public static let log = StreamNumber(0)

  /// Whether `lhs` was declared before `rhs`.
  @inlinable public static func < (lhs: StreamNumber, rhs: StreamNumber) -> Bool {
    lhs.rawValue < rhs.rawValue
  }

  /// The number in decimal.
  public var description: String { String(rawValue) }
}

/// A moment as a record carries it: nanoseconds of CLOCK_REALTIME since 1970, as the clock gave it.
public struct Timestamp: Hashable, Sendable, Comparable {
  /// Nanoseconds since 1970-01-01 00:00:00 UTC, without leap seconds.
  public var nanoseconds: UInt64

  /// The moment `nanoseconds` after 1970-01-01 00:00:00 UTC.
  @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// Whether `lhs` is earlier than `rhs`.
  @inlinable public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
    lhs.nanoseconds < rhs.nanoseconds
  }
}
