internal import IntaglioFormat

/// One defect of a log, and where it is.
public struct Finding: Hashable, Sendable {
  /// What was found; more kinds may be added.
  public enum Kind: String, Sendable, CaseIterable {
    /// A record's content is not what its digest says.
    case payload
    /// The fields of a record are not valid, or not those that were chained.
    case entry
    /// A chain value does not follow from the record and the one before.
    case chain
    /// A segment's header, a slot of HEAD or MANIFEST is damaged.
    case header
    /// Records or files are gone.
    case missing
    /// Records stand in another order than they were appended.
    case reordered
    /// A record stands a second time.
    case duplicated
    /// Bytes outside the chain are damaged: checksums, padding, lengths, unused space.
    case storage
    /// A part of another log.
    case otherLog
    /// A file in quarantine is missing or altered.
    case quarantine
    /// A stream is used that was not declared, or declared wrongly.
    case stream
    /// A record's content is erased and no later record says so, or one says so of what is not earlier.
    case erasure
    /// A state is not what its records make it: a root, a node, a value, a place, or where such records stand.
    case state
  }

  /// What was found.
  public let kind: Kind
  /// The file in the log's directory, such as `segments/00000000000000000000.seg`.
  public let file: String
  /// In bytes from the beginning of the file.
  public let offset: Int
  /// The record that is concerned, or that was expected there.
  public let sequence: UInt64?
  /// One line for people.
  public let text: String

  init(_ kind: Kind, _ file: String, at offset: Int, sequence: UInt64? = nil, _ text: String) {
    self.kind = kind
    self.file = file
    self.offset = offset
    self.sequence = sequence
    self.text = escaped(text)
  }
}

/// Findings in the order they are made: the first hundred, and how many there are.
struct FindingList: Sendable {
  static let limit = 100
  private(set) var first: [Finding] = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ finding: Finding) {
    count += 1
    if first.count < Self.limit { first.append(finding) }
  }

  mutating func append(_ other: FindingList) {
    first.append(contentsOf: other.first.prefix(Self.limit - first.count))
    count += other.count
  }
}
