internal import IntaglioFormat
internal import IntaglioStorage

/// HEAD as it was read: its slots, and what is wrong with each.
struct HeadFile: Sendable {
  let isThere: Bool
  let byteCount: Int
  let slots: [Result<HeadSlot, FormatError>]

  /// While a writer lives, a slot may be read in the middle of its being written: then it is read again.
  init(_ directory: Directory, isLive: Bool) throws(StorageError) {
    let pause = EventCount()
    var attempt = 1
    while true {
      let bytes = try directory.contents(of: FileName.head, limit: HeadSlot.fileByteCount + 1)
      let slots = (0..<2).map { Self.slot($0, of: bytes ?? []) }
      if !isLive || attempt == 5 || slots.allSatisfy({ (try? $0.get()) != nil }) {
        isThere = bytes != nil
        byteCount = bytes?.count ?? 0
        self.slots = slots
        return
      }
      attempt += 1
      pause.wait(after: pause.ticket, atMost: 2_000_000)
    }
  }

  private static func slot(_ index: Int, of bytes: [UInt8]) -> Result<HeadSlot, FormatError> {
    let start = min(index * HeadSlot.byteCount, bytes.count)
    do throws(FormatError) {
      let slot = try HeadSlot(decoding: bytes.rawSpan.extracting(start..<bytes.count))
      guard slot.generation % 2 == UInt64(index) else {
        throw .invalid("the slot of HEAD holds a generation of the other slot")
      }
      return .success(slot)
    } catch {
      return .failure(error)
    }
  }

  /// The valid slot of the log with the highest generation.
  func newest(of logID: LogID) -> HeadSlot? {
    slots.compactMap { try? $0.get() }.filter { $0.logID == logID }
      .max { $0.generation < $1.generation }
  }

  /// What a slot of a newer version says.
  var unsupported: FormatError? {
    for case .failure(let error) in slots {
      if case .unsupportedVersion = error { return error }
    }
    return nil
  }
}

extension LogFiles {
  /// What an auditor reports of HEAD; none of it changes the verdict.
  func headFindings(logID: LogID) -> FindingList {
    var findings = FindingList()
    func report(_ kind: Finding.Kind, at offset: Int, _ text: String) {
      findings.append(Finding(kind, FileName.head, at: offset, text))
    }
    guard head.isThere else {
      report(.missing, at: 0, "HEAD is missing; nothing in the log says how far it was durable")
      return findings
    }
    for (index, slot) in head.slots.enumerated() {
      let offset = index * HeadSlot.byteCount
      switch slot {
      case .failure(let error):
        report(.header, at: offset, "slot \(index) is not valid: \(error)")
      case .success(let slot) where slot.logID != logID:
        report(.otherLog, at: offset, "slot \(index) is that of log \(slot.logID)")
      case .success: break
      }
    }
    if head.byteCount > HeadSlot.fileByteCount {
      report(.storage, at: HeadSlot.fileByteCount, "HEAD is longer than its two slots")
    }
    return findings
  }
}

/// The heads that the records are held against: the newest valid slot of HEAD, and those trusted from outside.
struct KnownHeads: Sendable {
  struct Known: Sendable {
    let count: UInt64
    let chain: Digest
    /// How reports call it.
    let name: String
  }

  let slot: HeadSlot?
  private let trusted: [TrustedHead]

  init(_ slot: HeadSlot?, _ trusted: [TrustedHead]) {
    self.slot = slot
    self.trusted = trusted
  }

  /// The counts at which chain values are compared, in order and each once.
  var counts: [UInt64] {
    Set(trusted.map(\.count) + (slot.map { [$0.durableCount] } ?? [])).sorted()
  }

  /// All heads, that of the log first.
  var all: [Known] {
    var known: [Known] = []
    if let slot {
      known.append(Known(count: slot.durableCount, chain: slot.durableChain, name: FileName.head))
    }
    return known
      + trusted.map { Known(count: $0.count, chain: $0.chain, name: "a trusted head") }
  }
}
