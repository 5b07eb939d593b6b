/// The payloads of the log's own records.
///
/// FileFormat, "Kinds".
package enum LogPayload: Hashable, Sendable {
  case opened(epoch: UInt64)
  case streamDeclared(StreamNumber, name: String)
  case recovered(at: SequenceNumber, digest: Digest, byteCount: Int)
  case clockStep(from: Timestamp, to: Timestamp)
  case erased(sequences: [SequenceNumber], reason: String, by: String)

  package var kind: RecordKind {
    switch self {
    case .opened: .opened
    case .streamDeclared: .streamDeclared
    case .recovered: .recovered
    case .clockStep: .clockStep
    case .erased: .erased
    }
  }

  package var encoded: [UInt8] {
    switch self {
    case .opened(let epoch): object(("epoch", .integer(epoch)))
    case .streamDeclared(let stream, let name):
      object(("name", .string(name)), ("stream", .integer(stream.rawValue)))
    case .recovered(let sequence, let digest, let byteCount):
      object(
        ("byteCount", .integer(byteCount)), ("digest", .string(digest.hex)),
        ("sequence", .integer(sequence.rawValue)))
    case .clockStep(let from, let to):
      object(
        ("from", .string(String(from.nanoseconds))), ("to", .string(String(to.nanoseconds))))
    case .erased(let sequences, let reason, let by):
      object(
        ("by", .string(by)), ("reason", .string(reason)),
        ("sequences", .array(sequences.map { .integer($0.rawValue) })))
    }
  }

  private func object(_ members: (String, JSON)...) -> [UInt8] {
    JSON.object(members.map { JSON.Member($0.0, $0.1) }).canonical
  }

  /// The payload of a record of `kind`, or nil if it is not what such a record carries, in its one canonical form.
  package init?(kind: RecordKind, decoding bytes: RawSpan) {
    self.init(kind: kind, reading: bytes)
    guard bytes.elementsEqual(encoded.rawSpan) else { return nil }
  }

  private init?(kind: RecordKind, reading bytes: RawSpan) {
    guard let json = try? JSON.parse(bytes) else { return nil }
    switch kind {
    case .opened:
      guard let epoch = json["epoch"]?.integer else { return nil }
      self = .opened(epoch: epoch)
    case .streamDeclared:
      guard let name = json["name"]?.string, isValidName(name),
        let number = json["stream"]?.integer, let stream = UInt32(exactly: number), stream > 0
      else { return nil }
      self = .streamDeclared(StreamNumber(stream), name: name)
    case .recovered:
      guard let sequence = json["sequence"]?.integer, let count = json["byteCount"]?.integer,
        let byteCount = Int(exactly: count), let hex = json["digest"]?.string,
        let digest = Digest(hex: hex)
      else { return nil }
      self = .recovered(at: SequenceNumber(sequence), digest: digest, byteCount: byteCount)
    case .clockStep:
      guard let from = json["from"]?.string.flatMap({ UInt64(digits: $0) }),
        let to = json["to"]?.string.flatMap({ UInt64(digits: $0) })
      else { return nil }
      self = .clockStep(from: Timestamp(nanoseconds: from), to: Timestamp(nanoseconds: to))
    case .erased:
      guard let by = json["by"]?.string, let reason = json["reason"]?.string,
        let elements = json["sequences"]?.array
      else { return nil }
      var sequences: [SequenceNumber] = []
      for element in elements {
        guard let sequence = element.integer else { return nil }
        sequences.append(SequenceNumber(sequence))
      }
      self = .erased(sequences: sequences, reason: reason, by: by)
    default: return nil
    }
  }
}
