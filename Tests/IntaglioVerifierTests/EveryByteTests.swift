import IntaglioFormat
import IntaglioTestSupport
import Testing

extension Corruption {
  @Suite("Every byte") struct EveryByte {
    /// The files whose bytes rightly have no meaning, each by its name on the page.
    ///
    /// No byte of a frame, of a segment's header, of HEAD or of MANIFEST is among them.
    static let withoutMeaning: [String: [UInt8]] = [
      "LOCK": Array("4711\n".utf8),
      "segments/next": Array("INTAGLIO\u{2}".utf8),
      "MANIFEST.tmp": Array("{".utf8),
      "segments/00000000000000000000.idx.tmp": [1, 2, 3],
      "quarantine/12-unfinished.tmp": [1, 2, 3],
      "inbox/decision": Array("approved".utf8),
    ]

    @Test("Every byte of every file has a meaning, or is named here as one that has none")
    func everyFile() throws {
      let log = try Corruption.sample.get()
      var names = Set(log.files.keys)
      names.subtract(log.segments.map(\.name))
      names.subtract([SampleLog.manifest, SampleLog.head])
      names.subtract(Self.withoutMeaning.keys)
      #expect(names == Set(log.segments.dropLast().map { $0.name.dropLast(4) + ".idx" }))
      // The layout leaves out no byte of a frame, nor any between the header and the first or between two of them.
      #expect(SampleLog.frameLayout.flatMap(\.range) == Array(0..<128))
      for (index, segment) in log.segments.enumerated() {
        let covered = log.frames(of: index).flatMap(\.range)
        #expect(covered == Array(4096..<segment.endOffset))
      }
    }

    @Test("A flipped byte is found wherever it is, and the record, file and offset are named")
    func everyByte() throws {
      let log = try Corruption.sample.get()
      let names = log.files.keys.filter { !$0.hasPrefix("LOCK") }.sorted()
      try flip(names, of: log)
    }

    @Test("What is said to be without meaning can be changed at will")
    func meaningless() throws {
      let log = try Corruption.sample.get()
      let files = log.files.merging(Self.withoutMeaning) { $1 }
      try flip(
        Self.withoutMeaning.keys.sorted(),
        of: SampleLog(
          files: files, segments: log.segments, frames: log.frames,
          earlierHeads: log.earlierHeads))
    }

    /// Each byte is changed in one bit and in a random way; in a debug build, in one of the two.
    private func flip(_ names: [String], of log: SampleLog) throws {
      let seed = Corruption.generator().seed
      let tally = sweep(log.pieces(of: names), of: log) { job, copy, tally in
        var generator = SeededGenerator(seed: seed ^ UInt64(job.range.lowerBound))
        let original = log.files[job.name]!
        let file = try copy.open(job.name)
        for offset in job.range where log.isWorthATest(job.name, offset, whole: 1) {
          for mask in Self.masks(&generator) {
            let byte = original[offset] ^ mask
            try file.write([byte], at: offset)
            let expected = log.expectation(changing: job.name, at: offset, to: byte)
            tally.check(
              try expected.mismatch(copy.verify()), "\(job.name) at \(offset) ^ \(mask)")
          }
          try file.write([original[offset]], at: offset)
        }
      }
      print("Corruption: \(tally.caseCount) flipped bytes")
    }

    private static func masks(_ generator: inout SeededGenerator) -> [UInt8] {
      let masks = [1 << (generator.next() % 8), UInt8.random(in: 1...255, using: &generator)]
      return isDebugBuild ? [masks[Int(generator.next() % 2)]] : masks
    }
  }
}
