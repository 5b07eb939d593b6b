import Intaglio
import IntaglioFormat
import IntaglioTestSupport
import IntaglioVerifier
import Testing

extension Corruption {
  /// What the engine does with the same damage: it reads only the end of a log when it opens it.
  @Suite("Opening for writing") struct Opening {
    @Test("A segment file that is missing or in another's place is refused, and nothing is changed")
    func arrangements() throws {
      let log = try Corruption.sample.get()
      let all = log.removedSegments + log.permutedSegments
      _ = sweep(all, of: log) { arrangement, copy, tally in
        try copy.arrange(arrangement.contents, log)
        tally.check(try copy.open(expecting: .refusal), arrangement.name)
        try copy.restoreAll()
      }
    }

    @Test(
      "Frames that are out of order are refused where the log is read, and never made to seem whole"
    )
    func frames() throws {
      let log = try Corruption.sample.get()
      let edits = log.removals + log.erasures + log.swaps + log.duplications
      _ = sweep(Array(edits.enumerated()), of: log) { edit, copy, tally in
        try copy.write(edit.element.name, edit.element.bytes)
        let isWritable = edit.element.expectation.verdict.isWritable
        let isRead = edit.element.segmentIndex == log.segments.count - 1
        tally.check(
          try copy.open(expecting: isWritable ? .mending : isRead ? .refusal : .blindness),
          "edit \(edit.offset) in \(edit.element.name)")
        try copy.restoreAll()
      }
    }

    @Test("A flipped byte is refused, mended or left for the verifier, by what it belongs to")
    func flippedBytes() throws {
      let log = try Corruption.sample.get()
      let flips = randomFlips(
        of: log.segments.map(\.name) + [SampleLog.manifest, SampleLog.head], in: log)
      _ = sweep(flips, of: log) { flip, copy, tally in
        var bytes = log.files[flip.name]!
        bytes[flip.offset] ^= flip.mask
        try copy.write(flip.name, bytes)
        let expected = log.expectation(
          changing: flip.name, at: flip.offset, to: bytes[flip.offset])
        let isTail = flip.name == log.segments.last?.name
        let behavior: DamagedCopy.Behavior =
          if expected.verdict.isWritable {
            .mending
          } else if flip.name == SampleLog.manifest || flip.name == SampleLog.head {
            .refusal
          } else if isTail && flip.offset < SampleLog.headerByteCount { .refusal } else {
            .blindness
          }
        tally.check(
          try copy.open(expecting: behavior), "\(flip.name) at \(flip.offset) ^ \(flip.mask)")
        try copy.restoreAll()
      }
    }

    @Test("Behind what HEAD calls durable, the engine's verdict is that of the verifier")
    func behindHead() throws {
      let log = try Corruption.sample.get()
      var generator = Corruption.generator()
      let flips = randomFlips(of: log.segments.map(\.name), in: log).map {
        (flip: $0, head: log.earlierHeads.randomElement(using: &generator)!)
      }
      _ = sweep(flips, of: log) { job, copy, tally in
        let flip = job.flip
        let first = log.segments.first { $0.name == flip.name }!.firstSequence
        let record = log.frames.first {
          $0.range.contains(flip.offset) && log.segments[$0.segmentIndex].name == flip.name
        }?.sequence
        guard record ?? first >= job.head.durableCount, first > 0 || record != nil else { return }
        var bytes = log.files[flip.name]!
        bytes[flip.offset] ^= flip.mask
        try copy.write(flip.name, bytes)
        try copy.write(SampleLog.head, job.head.bytes)
        let verdict = try copy.verify().verdict
        tally.check(
          verdict == .clean ? "called intact" : try copy.open(expecting: .verdict(verdict)),
          "\(flip.name) at \(flip.offset) ^ \(flip.mask), HEAD at \(job.head.durableCount)")
        try copy.restoreAll()
      }
    }

    private func randomFlips(
      of names: [String], in log: SampleLog
    ) -> [(name: String, offset: Int, mask: UInt8)] {
      var generator = Corruption.generator()
      return (0..<300).map { _ in
        let name = names.randomElement(using: &generator)!
        // Of the zeros, some will do.
        let bytes = log.files[name]!
        var offset = Int.random(in: bytes.indices, using: &generator)
        if bytes[offset] == 0, Int.random(in: 0..<4, using: &generator) > 0 {
          offset = bytes[offset...].firstIndex { $0 != 0 } ?? offset
        }
        return (name, offset, UInt8.random(in: 1...255, using: &generator))
      }
    }
  }
}

extension DamagedCopy {
  enum Behavior: Sendable {
    /// It does not open, and not a byte changes.
    case refusal
    /// It opens, and is whole afterwards.
    case mending
    /// It opens or not; if it does, the verifier still says what is wrong.
    case blindness
    /// It opens or not, as the verdict says.
    case verdict(Verdict)
  }

  /// Opens and closes the log, and says in words what was not as expected.
  func open(expecting behavior: Behavior) throws -> String? {
    var before = try contents(of: path)
    let refusal = refusalOfOpening()
    if let refusal {
      guard refusal.code == .damaged || refusal.code == .unsupported else { return "\(refusal)" }
      var after = try contents(of: path)
      // The writer's process id: not evidence.
      before["LOCK"] = nil
      after["LOCK"] = nil
      guard after == before else {
        let names =
          after.keys.filter { after[$0] != before[$0] } + before.keys.filter { after[$0] == nil }
        return "\(names) changed by a refused opening: \(refusal)"
      }
    }
    switch behavior {
    case .refusal: return refusal == nil ? "opened" : nil
    case .mending:
      if let refusal { return "refused: \(refusal)" }
      return try verify().isFaultless ? nil : "not whole after opening: \(try verify().findings)"
    case .blindness:
      return try refusal == nil && verify().verdict.isWritable ? "made to seem whole" : nil
    case .verdict(let verdict):
      if verdict.isWritable, let refusal { return "\(verdict), but refused: \(refusal)" }
      if !verdict.isWritable, refusal == nil { return "\(verdict), but opened" }
      if let refusal, refusal.verdict != verdict { return "\(verdict), but refused: \(refusal)" }
      return nil
    }
  }

  private func refusalOfOpening() -> LogError? {
    var options = LogOptions()
    options.segmentByteCount = SampleLog.capacity
    do throws(LogError) {
      try Log.open(at: path, options: options).close()
      return nil
    } catch { return error }
  }
}
