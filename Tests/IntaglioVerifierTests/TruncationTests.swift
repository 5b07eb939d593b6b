import Testing

extension Corruption {
  @Suite("Truncation") struct Truncation {
    @Test("A file that is shorter than it was is found at every length")
    func everyLength() throws {
      let log = try Corruption.sample.get()
      let jobs = log.pieces(of: log.files.keys.sorted())
      let tally = sweep(jobs, of: log) { job, copy, tally in
        let file = try copy.open(job.name)
        for length in job.range.reversed() where log.isWorthATest(job.name, length) {
          try file.truncate(to: length)
          let expected = log.expectation(truncating: job.name, to: length)
          tally.check(try expected.mismatch(copy.verify()), "\(job.name) of \(length) bytes")
        }
        try copy.restore(job.name)
      }
      print("Corruption: \(tally.caseCount) lengths")
    }

    @Test("A file that is gone is missed, unless it is no evidence")
    func everyFile() throws {
      let log = try Corruption.sample.get()
      let tally = sweep(log.files.keys.sorted(), of: log) { name, copy, tally in
        try copy.remove(name)
        tally.check(try log.expectation(removing: name).mismatch(copy.verify()), "\(name) removed")
        try copy.restore(name)
      }
      #expect(tally.caseCount == 8)
    }

    @Test("A file that is longer than it was is found, whether by zeros or by anything else")
    func longer() throws {
      let log = try Corruption.sample.get()
      let names = log.segments.map(\.name) + [SampleLog.manifest, SampleLog.head]
      let tally = sweep(names, of: log) { name, copy, tally in
        for byteCount in [1, 4096] {
          for byte: UInt8 in [0, 9] {
            let tail = [UInt8](repeating: byte, count: byteCount)
            try copy.write(name, log.files[name]! + tail)
            tally.check(
              try log.expectation(lengthening: name).mismatch(copy.verify()),
              "\(name) and \(byteCount) times \(byte)")
          }
        }
        try copy.restore(name)
      }
      #expect(tally.caseCount == 20)
    }
  }
}
