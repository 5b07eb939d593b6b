internal import IntaglioFormat
internal import IntaglioStorage

/// Finds records in a segment: the answers are hints, never trusted over the frames that they lead to.
protocol SegmentIndex: AnyObject, Sendable {
  /// How many records the index covers.
  var count: Int { get }
  /// Where the frame of record `ordinal` of the segment begins; nil if the index does not cover it.
  func offset(of ordinal: Int) -> Int?
  /// How many records of `stream` the segment has.
  func count(of stream: StreamNumber) -> Int
  /// Up to 128 ordinals of `stream`, ascending: the block that has the first one from `ordinal` on, cut to begin there.
  func ordinals(of stream: StreamNumber, from ordinal: UInt32) -> [UInt32]
  /// Up to 128 ordinals of `stream`, ascending: the block that has the last one below `ordinal`, cut to end there.
  func ordinals(of stream: StreamNumber, below ordinal: UInt32) -> [UInt32]
  /// The times between which all records lie.
  var times: ClosedRange<Timestamp>? { get }
  /// The ordinal of the record that may declare a stream `name` here; the caller compares the name.
  func declarations(named name: String) -> [(StreamNumber, ordinal: UInt32)]
  /// The ordinal of the record that declares `stream`, if it is declared here.
  func declaration(of stream: StreamNumber) -> UInt32?
  /// The highest number declared here, or nil if none is.
  var lastDeclared: StreamNumber? { get }
  /// The highest number declared here or in any segment before, if the index knows it.
  var highestStream: StreamNumber? { get }
  /// The streams that have records here, with their counts.
  var streamCounts: [(StreamNumber, count: Int)] { get }
}

/// The index of a segment that still grows, or for which there is no sidecar: in memory, behind a lock.
final class LiveIndex: SegmentIndex {
  private let contents = Locked(IndexContents())

  init() {}
  init(_ contents: IndexContents) { self.contents.withLock { $0 = contents } }

  func withContents<R: Sendable>(_ body: (inout IndexContents) -> R) -> R {
    contents.withLock { body(&$0) }
  }

  var count: Int { withContents { $0.count } }

  func offset(of ordinal: Int) -> Int? {
    withContents { $0.count > ordinal ? $0.offsets.offset(of: ordinal) : nil }
  }

  func count(of stream: StreamNumber) -> Int {
    withContents { $0.postings(of: stream)?.count ?? 0 }
  }

  func ordinals(of stream: StreamNumber, from ordinal: UInt32) -> [UInt32] {
    withContents { contents in
      guard let list = contents.postings(of: stream), list.last >= ordinal else { return [] }
      var index = list.blockIndex(of: ordinal)
      var block = list.block(index)
      if let last = block.last, last < ordinal {
        index += 1
        block = list.block(index)
      }
      return Array(block.drop { $0 < ordinal })
    }
  }

  func ordinals(of stream: StreamNumber, below ordinal: UInt32) -> [UInt32] {
    withContents { contents in
      guard ordinal > 0, let list = contents.postings(of: stream), list.first < ordinal else {
        return []
      }
      return list.block(list.blockIndex(of: ordinal - 1)).filter { $0 < ordinal }
    }
  }

  var times: ClosedRange<Timestamp>? {
    withContents { $0.count == 0 ? nil : $0.earliest...$0.latest }
  }

  func declarations(named name: String) -> [(StreamNumber, ordinal: UInt32)] {
    withContents {
      $0.declarations.filter { $0.name.utf8.elementsEqual(name.utf8) }.map {
        ($0.number, $0.ordinal)
      }
    }
  }

  func declaration(of stream: StreamNumber) -> UInt32? {
    withContents { $0.declarations.first { $0.number == stream }?.ordinal }
  }

  var lastDeclared: StreamNumber? { withContents { $0.declarations.last?.number } }

  var highestStream: StreamNumber? { withContents { $0.highestStream } }

  var streamCounts: [(StreamNumber, count: Int)] {
    withContents { $0.streams.map { ($0, $1.count) } }
  }
}
