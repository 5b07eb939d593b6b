internal import IntaglioFormat

/// Judges what the committed records say of the log itself, in their order: streams, erasures, recoveries.
struct RecordCheck {
  private(set) var findings = FindingList()
  /// Recoveries, in the order of their records.
  private(set) var recovered: [Recovery] = []
  private let files: [String]
  private let committedCount: UInt64
  // As bytes: names that look alike are different names.
  private var streamNames: Set<[UInt8]> = []
  /// Declared streams whose names are those of state spaces.
  private(set) var stateStreams: Set<StreamNumber> = []
  private var reportedStreams: Set<StreamNumber> = []
  private var erased: [(sequence: UInt64, segmentIndex: Int, offset: Int)] = []
  // By sequence, the last record that names it as erased.
  private var erasures: [UInt64: UInt64] = [:]

  struct Recovery: Sendable {
    let name: String
    let digest: Digest
    let byteCount: Int
    /// Of the record that tells of it.
    let sequence: UInt64
  }

  var streamCount: Int { streamNames.count }

  /// - Parameter files: the paths of the segments, by index.
  init(_ files: [String], committedCount: UInt64) {
    self.files = files
    self.committedCount = committedCount
  }

  mutating func run(_ notes: RecordNotes, segmentIndex: Int) {
    for note in notes.notes where note.sequence < committedCount {
      let file = files[segmentIndex]
      func report(_ kind: Finding.Kind, _ text: String) -> Finding {
        Finding(kind, file, at: note.offset, sequence: note.sequence, text)
      }
      switch note.content {
      case .manifest:
        if note.sequence > 0 {
          findings.append(report(.entry, "log.manifest stands elsewhere than as record 0"))
        }
      case .payload(let payload):
        if let (kind, text) = take(payload, note.sequence) { findings.append(report(kind, text)) }
      case .unreadable(let kind):
        findings.append(report(.entry, "the payload is not what \(kind) carries"))
      case .misplaced(let kind, let stream):
        findings.append(report(.entry, "\(kind) stands in stream \(stream) instead of 0"))
      case .use(let stream):
        if Int(stream.rawValue) > streamCount, reportedStreams.insert(stream).inserted {
          findings.append(report(.stream, "stream \(stream) is used and was not declared"))
        }
      case .erased: erased.append((note.sequence, segmentIndex, note.offset))
      case .misplacedFiller:
        findings.append(report(.storage, "a filler stands inside a batch"))
      }
    }
  }

  /// Takes in what a record of the log says; returns what is wrong with it.
  private mutating func take(
    _ payload: LogPayload, _ sequence: UInt64
  ) -> (Finding.Kind, String)? {
    switch payload {
    case .streamDeclared(let stream, let name):
      if Int(stream.rawValue) != streamCount + 1 {
        return (.stream, "stream \(stream) is declared where \(streamCount + 1) is the next")
      }
      if !streamNames.insert(Array(name.utf8)).inserted {
        return (.stream, "the name \"\(name)\" is declared again")
      }
      if StateCheck.isSpace(name) { stateStreams.insert(stream) }
    case .recovered(let count, let digest, let byteCount):
      recovered.append(
        Recovery(
          name: FileName.quarantined(at: count, digest: digest), digest: digest,
          byteCount: byteCount, sequence: sequence))
    case .erased(let sequences, _, _):
      for erased in sequences where erased.rawValue < sequence {
        erasures[erased.rawValue] = sequence
      }
      if sequences.contains(where: { $0.rawValue >= sequence }) {
        return (.erasure, "an erasure names records that are not earlier")
      }
    case .opened, .clockStep: break
    }
    return nil
  }

  /// Reports erased frames that no later record names.
  mutating func checkErasures() {
    for frame in erased where erasures[frame.sequence] == nil {
      findings.append(
        Finding(
          .erasure, files[frame.segmentIndex], at: frame.offset, sequence: frame.sequence,
          "the content is erased, and no later record says so"))
    }
  }
}
