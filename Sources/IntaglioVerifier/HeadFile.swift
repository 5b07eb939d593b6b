internal import IntaglioFormat
internal import IntaglioStorage

/// HEAD as it was read, and what is wrong with it.
struct HeadFile: Sendable {
  /// Nil if the file is missing.
  let head: Head?
  let byteCount: Int

  /// While a writer lives, a slot may be read in the middle of its being written: then it is read again.
  init(_ directory: Directory, isLive: Bool) throws(StorageError) {
    let pause = EventCount()
    for attempt in 1... {
      let bytes = try directory.contents(of: FileName.head, limit: HeadSlot.fileByteCount + 1)
      let head = bytes.map { Head(decoding: $0.rawSpan) }
      let isWhole = head?.defects.allSatisfy { $0 == nil } ?? false
      if isWhole || !isLive || attempt == 5 {
        self.head = head
        byteCount = bytes?.count ?? 0
        return
      }
      pause.wait(after: pause.ticket, atMost: 2_000_000)
    }
    fatalError("the loop ends at its last attempt")
  }
}

extension LogFiles {
  /// What an auditor reports of HEAD; none of it changes the verdict.
  func headFindings(logID: LogID) -> FindingList {
    var findings = FindingList()
    func report(_ kind: Finding.Kind, at offset: Int, _ text: String) {
      findings.append(Finding(kind, FileName.head, at: offset, text))
    }
    guard let head else {
      report(.missing, at: 0, "HEAD is missing; nothing in the log says how far it was durable")
      return findings
    }
    for (index, defect) in head.defects.enumerated() {
      guard let defect else { continue }
      report(.header, at: index * HeadSlot.byteCount, "slot \(index) is not valid: \(defect)")
    }
    if headByteCount > HeadSlot.fileByteCount {
      report(.storage, at: HeadSlot.fileByteCount, "HEAD is longer than its two slots")
    }
    if let newest = head.newest, newest.logID != logID {
      report(
        .otherLog, at: Int(newest.fileOffset.rawValue), "HEAD is that of log \(newest.logID)")
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

  /// The heads of this log.
  func of(_ logID: LogID) -> [Known] {
    var known: [Known] = []
    if let slot, slot.logID == logID {
      known.append(Known(count: slot.durableCount, chain: slot.durableChain, name: FileName.head))
    }
    return known
      + trusted.map { Known(count: $0.count, chain: $0.chain, name: "a trusted head") }
  }
}
