/// A way to keep a chained log: an engine that takes part in the comparison.
///
/// Every contender computes a SHA-256 chain with the same implementation (`CHash`) and stores each
/// record's chain value: Intaglio and one plain C writer in two steps (payload digest, then link), all
/// others as SHA-256(previous ‖ payload) in one lane.
protocol Contender: Sendable {
  /// As the tables show it; unique.
  var name: String { get }
  /// Of the library, for the report.
  var version: String { get }
  /// The modes that it can honestly be measured in.
  var modes: Set<Mode> { get }
  /// What it can do besides.
  var abilities: Abilities { get }

  /// Opens what is in `directory` for writing, or begins there if it is empty.
  func open(_ directory: String, _ options: StoreOptions) throws -> any Store
}

/// What not every contender can do.
struct Abilities: OptionSet, Sendable {
  let rawValue: Int

  /// Appends from many threads, each waiting for its own acknowledgement.
  static let threads = Abilities(rawValue: 1)
  /// Finds a record by its number without a scan.
  static let pointReads = Abilities(rawValue: 2)
  /// Finds the records of one stream among many without a scan.
  static let streams = Abilities(rawValue: 4)
  /// Reads while another thread writes.
  static let mixed = Abilities(rawValue: 8)
  /// Opens again and goes on.
  static let reopening = Abilities(rawValue: 16)
  /// Reads in another process while this one writes.
  static let following = Abilities(rawValue: 32)
  /// Reads all records, and verifies the chain.
  static let scans = Abilities(rawValue: 64)
  /// Compresses payloads, if asked.
  static let compression = Abilities(rawValue: 128)

  static let all: Abilities = [
    .threads, .pointReads, .streams, .mixed, .reopening, .following, .scans, .compression,
  ]
}

/// How a store is opened.
struct StoreOptions: Sendable {
  var mode: Mode
  /// How many streams records will be appended to; 1 asks for no index by stream.
  var streamCount = 1
  /// How many threads will append, each waiting for its own acknowledgement.
  var threadCount = 1
  var compresses = false
  /// About how many bytes will be appended, for those that prepare their file ahead.
  var expectedByteCount = 0
  /// Whether the directory belongs to a writer in another process.
  var isFollower = false
}

/// An open log of a contender.
///
/// `append` may be called from many threads by contenders that have `Abilities.threads`; reading
/// methods by one thread, while another one appends for those that have `Abilities.mixed`.
protocol Store: AnyObject, Sendable {
  /// Appends a record and returns when it is acknowledged as the mode says.
  func append(_ payload: UnsafeRawBufferPointer, stream: Int) throws
  /// Appends records together; `payload(i)` and `stream(i)` give them.
  func append(
    batchOf count: Int, _ payload: (Int) -> UnsafeRawBufferPointer, stream: (Int) -> Int
  ) throws
  /// Returns when everything appended is acknowledged.
  func settle() throws

  /// How many records there are.
  func count() throws -> Int
  /// Makes what was appended visible to `read`.
  func refresh() throws
  /// Calls `body` with the payload of record `index`.
  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
  /// Touches every byte of all records, in order, and returns how many there are.
  func scan() throws -> Int
  /// Touches every byte of the records of `stream`, and returns how many there are.
  func readStream(_ stream: Int) throws -> Int
  /// Computes the chain anew, with `threadCount` threads; throws if it does not hold.
  func verify(threadCount: Int) throws
  /// Calls `body` with payload and chain value of the records in `range`, in order.
  func forEach(
    in range: Range<Int>,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void
  ) throws

  func close() throws
}

/// What a contender refuses or a library reports.
struct ContenderError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
