import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@Suite struct FileTests {
  private let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

  @Test func readsAndWritesAreWholeThroughPartialTransfersAndInterruptions() throws {
    let directory = try TemporaryDirectory()
    let file = try File(directory.path(of: "file"), .createNew, in: ReluctantFileSystem())
    try file.write(content, at: 3)
    #expect(try file.read(byteCount: 10_003, at: 0) == [0, 0, 0] + content)
  }

  @Test func aLargeWriteIsOneOfPiecesOfAMebibyte() throws {
    let directory = try TemporaryDirectory()
    let plan = FaultPlan(at: 3, of: [.write], .fail(.noSpace))
    let system = FaultInjectingFileSystem(SystemFileSystem(), plan)
    let file = try File(directory.path(of: "file"), .createNew, in: system)
    // No two mebibytes alike.
    let content = (0..<(2 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 ^ $0 >> 20) }
    #expect(throws: StorageError.self) { try file.write(content, at: 3) }
    #expect(try file.status().byteCount == 3 + 2 << 20)
    try file.write(content, at: 3)
    #expect(try file.read(byteCount: 3 << 20, at: 0) == [0, 0, 0] + content)
  }

  @Test func aReadEndsEarlyOnlyAtTheEndOfTheFile() throws {
    let directory = try TemporaryDirectory()
    let file = try File(directory.path(of: "file"), .createNew, in: ReluctantFileSystem())
    try file.write(content, at: 0)
    #expect(try file.read(byteCount: 500, at: 9_900) == Array(content[9_900...]))
    #expect(try file.read(byteCount: 500, at: 20_000).isEmpty)
  }

  @Test func aWriteThatFailsAfterAPartIsAnError() throws {
    let directory = try TemporaryDirectory()
    let plan = FaultPlan(at: 1, of: [.write], .partial(then: .noSpace))
    let system = FaultInjectingFileSystem(SystemFileSystem(), plan)
    let file = try File(directory.path(of: "file"), .createNew, in: system)
    let error = #expect(throws: StorageError.self) { try file.write(content, at: 0) }
    #expect(error?.errno == .noSpace)
    #expect(try file.status().byteCount == 5_000)
  }

  @Test func aWriteThatMakesNoProgressIsAnError() throws {
    let directory = try TemporaryDirectory()
    let file = try File(directory.path(of: "file"), .createNew, in: IdleFileSystem())
    let error = #expect(throws: StorageError.self) { try file.write([1], at: 0) }
    #expect(error?.errno == .ioError)
  }

  @Test func anErrorNamesOperationPathAndReasonInOneLine() throws {
    let error = #expect(throws: StorageError.self) {
      _ = try File("/nonexistent/file", .readOnly, in: SystemFileSystem())
    }
    #expect(error?.description == "cannot open /nonexistent/file: No such file or directory")
  }

  @Test func aFailedSyncIsNeverRetried() throws {
    let directory = try TemporaryDirectory()
    let plan = FaultPlan(at: 1, of: [.synchronizeData], .fail(.interrupted))
    let system = FaultInjectingFileSystem(SystemFileSystem(), plan)
    let file = try File(directory.path(of: "file"), .createNew, in: system)
    let error = #expect(throws: StorageError.self) { try file.synchronizeData() }
    #expect(error?.errno == .interrupted)
    #expect(system.callCount(of: [.synchronizeData]) == 1)
  }

  @Test func aFileIsClosedWhenTheValueGoes() throws {
    let directory = try TemporaryDirectory()
    let system = FaultInjectingFileSystem()
    do { _ = try File(directory.path(of: "file"), .createNew, in: system) }
    #expect(system.calls.map(\.kind) == [.create, .close])
  }

  @Test func createNewRefusesWhatExistsAndReadOnlyWhatDoesNot() throws {
    let directory = try TemporaryDirectory().directory()
    _ = try directory.make()
    defer { removeDirectory(directory.path) }
    #expect(throws: StorageError.self) { _ = try directory.open("a", .readOnly) }
    #expect(throws: StorageError.self) { _ = try directory.open("a", .readWrite) }
    _ = try directory.open("a", .createNew)
    #expect(throws: StorageError.self) { _ = try directory.open("a", .createNew) }
    _ = try directory.open("a", .create)
    #expect(throws: StorageError.self) { _ = try directory.open("a", .directory) }
  }

  @Test func allocatingGrowsAndNeverShrinks() throws {
    let directory = try TemporaryDirectory()
    let file = try File(directory.path(of: "file"), .createNew, in: SystemFileSystem())
    try file.allocate(byteCount: 10_000)
    try file.allocate(byteCount: 100)
    #expect(try file.status().byteCount == 10_000)
    try file.truncate(to: 7)
    #expect(try file.status().byteCount == 7)
  }
  @Test func noByteThatWasWrittenIsPassedOverAsAHole() throws {
    let directory = try TemporaryDirectory()
    let file = try File(directory.path(of: "file"), .createNew, in: SystemFileSystem())
    try file.allocate(byteCount: 1 << 20)
    try file.write([1], at: 300_000)
    // Written and not yet synced, and after that: at or before the byte, and never behind it.
    for _ in 0..<2 {
      for offset in [0, 4096, 299_999, 300_000] {
        let found = try #require(try file.nextData(from: offset))
        #expect(found >= offset && found <= 300_000)
      }
      try file.synchronizeData()
    }
    if let found = try file.nextData(from: 1 << 19) { #expect(found >= 1 << 19) }
    #expect(try file.nextData(from: 1 << 20) == nil)
  }
}
