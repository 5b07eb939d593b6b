import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@Suite struct DirectoryTests {
  @Test func replacingMakesTheFileDurableBeforeItsNameAndThenTheName() throws {
    let temporary = try TemporaryDirectory()
    let system = FaultInjectingFileSystem()
    let directory = temporary.directory(in: system)
    try replace("HEAD", in: directory, with: [1, 2, 3])
    let calls = system.calls.filter { $0.kind != .close }
    #expect(
      calls.map(\.kind) == [
        .unlink, .create, .write, .synchronizeData, .rename, .open, .synchronize,
      ])
    let unfinished = directory.path(of: "HEAD.tmp")
    #expect(calls[0...4].allSatisfy { $0.path == unfinished })
    #expect(calls[4].newPath == directory.path(of: "HEAD"))
    #expect(calls[5...].allSatisfy { $0.path == directory.path })
  }

  @Test func replacingLeavesTheOldOrTheNewFileWhicheverCallFails() throws {
    for fault in [Fault.fail(.ioError), .partial(then: .noSpace), .crash, .crashHalfway] {
      for number in 1...7 {
        let temporary = try TemporaryDirectory()
        try replace("f", in: temporary.directory(), with: [1])
        let system = FaultInjectingFileSystem(
          SystemFileSystem(), FaultPlan(at: number, of: .all, fault))
        try? replace("f", in: temporary.directory(in: system), with: [2, 2])
        #expect(system.hasStruck)
        let found = try temporary.directory().open("f", .readOnly).read(byteCount: 9, at: 0)
        #expect(found == [1] || found == [2, 2], "\(fault) at \(number):\n\(system.report())")
      }
    }
  }

  @Test func replacingStepsOverAnUnfinishedFile() throws {
    let temporary = try TemporaryDirectory()
    let directory = temporary.directory()
    try directory.open("f.tmp", .createNew).write([9, 9, 9], at: 0)
    try replace("f", in: directory, with: [1])
    #expect(try directory.names() == ["f"])
    #expect(try directory.open("f", .readOnly).read(byteCount: 9, at: 0) == [1])
  }

  @Test func namesAreSortedAndWithoutTheDots() throws {
    let temporary = try TemporaryDirectory()
    let directory = temporary.directory()
    for name in ["b", "a", "C", "ä"] { _ = try directory.open(name, .createNew) }
    #expect(try directory.names() == ["C", "a", "b", "ä"])
  }

  @Test func whatIsNotThereHasNoStatusAndIsRemovedWithoutError() throws {
    let temporary = try TemporaryDirectory()
    let directory = temporary.directory()
    #expect(try directory.status(of: "a") == nil)
    try directory.remove("a")
    _ = try directory.open("a", .createNew)
    #expect(try directory.status(of: "a")?.isRegularFile == true)
    try directory.remove("a")
    #expect(try directory.status(of: "a") == nil)
  }

  @Test func makingADirectoryTwiceSaysSo() throws {
    let temporary = try TemporaryDirectory()
    let directory = Directory(temporary.path(of: "new"), in: SystemFileSystem())
    #expect(try directory.make())
    #expect(try !directory.make())
  }

  private func replace(_ name: String, in directory: Directory, with bytes: [UInt8]) throws {
    try directory.replace(name, with: bytes.span.bytes, temporarySuffix: ".tmp")
  }
}
