import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@Suite struct FaultInjectingFileSystemTests {
  @Test func withoutAPlanEverythingPassesAndIsCounted() throws {
    let directory = try TemporaryDirectory()
    let system = FaultInjectingFileSystem()
    try scenario(directory.directory(in: system))
    #expect(system.callCount(of: [.write]) == 2)
    #expect(system.callCount(of: .mutating) == 5)
    #expect(system.callCount(of: .all) == 6)
    #expect(system.calls.last { $0.kind == .write }?.offset == 100)
    #expect(system.report().contains("write \(directory.path)/a, 100 bytes at 100"))
  }

  @Test func eachCallCanFailInItsTurn() throws {
    let system = FaultInjectingFileSystem()
    let first = try TemporaryDirectory()
    try scenario(first.directory(in: system))
    for number in 1...system.callCount(of: .all) {
      let directory = try TemporaryDirectory()
      let system = FaultInjectingFileSystem(
        SystemFileSystem(), FaultPlan(at: number, of: .all, .fail(.permissionDenied)))
      let error = #expect(throws: StorageError.self) {
        try scenario(directory.directory(in: system))
      }
      #expect(error?.errno == .permissionDenied)
      #expect(system.callCount(of: .all) == number)
    }
  }

  @Test func aCallThatSucceedsAndFailsIsDone() throws {
    let directory = try TemporaryDirectory()
    let plan = FaultPlan(at: 1, of: [.rename], .succeedThenFail(.ioError))
    let system = FaultInjectingFileSystem(SystemFileSystem(), plan)
    #expect(throws: StorageError.self) { try scenario(directory.directory(in: system)) }
    #expect(try directory.directory().names() == ["b"])
  }

  @Test func aFullDiskStaysFullUntilItIsHealed() throws {
    let directory = try TemporaryDirectory()
    let system = FaultInjectingFileSystem(SystemFileSystem(), .fullDisk(from: 3))
    let file = try directory.directory(in: system).open("a", .createNew)
    try file.write([1], at: 0)
    for _ in 0..<3 { #expect(throws: StorageError.self) { try file.write([2], at: 0) } }
    #expect(throws: StorageError.self) { try file.allocate(byteCount: 100) }
    try file.synchronizeData()
    system.heal()
    try file.write([3], at: 0)
    #expect(try file.read(byteCount: 9, at: 0) == [3])
  }

  @Test func afterACrashNothingReachesTheDisk() throws {
    let directory = try TemporaryDirectory()
    let system = FaultInjectingFileSystem()
    let file = try directory.directory(in: system).open("a", .createNew)
    system.arm(FaultPlan(at: 2, of: [.write], .crash))
    try file.write([1], at: 0)
    #expect(throws: StorageError.self) { try file.write([2], at: 0) }
    #expect(system.isCrashed)
    #expect(throws: StorageError.self) { try file.write([3], at: 0) }
    #expect(throws: StorageError.self) { try file.read(byteCount: 1, at: 0) }
    #expect(throws: StorageError.self) { try directory.directory(in: system).remove("a") }
    #expect(try directory.directory().open("a", .readOnly).read(byteCount: 9, at: 0) == [1])
  }

  @Test func aCrashHalfwayLeavesHalf() throws {
    let directory = try TemporaryDirectory()
    let plan = FaultPlan(at: 1, of: [.write], .crashHalfway)
    let system = FaultInjectingFileSystem(SystemFileSystem(), plan)
    #expect(throws: StorageError.self) { try scenario(directory.directory(in: system)) }
    #expect(try directory.directory().status(of: "a")?.byteCount == 50)
  }

  @Test func aShortWriteIsContinued() throws {
    let directory = try TemporaryDirectory()
    let plan = FaultPlan(at: 1, of: [.write], .partial(then: nil))
    let system = FaultInjectingFileSystem(SystemFileSystem(), plan)
    try scenario(directory.directory(in: system))
    #expect(system.callCount(of: [.write]) == 3)
    #expect(try directory.directory().status(of: "b")?.byteCount == 200)
  }

  private func scenario(_ directory: Directory) throws {
    let file = try directory.open("a", .createNew)
    let bytes = [UInt8](repeating: 7, count: 100)
    try file.write(bytes, at: 0)
    try file.write(bytes, at: 100)
    _ = try file.status()
    try file.synchronizeData()
    try directory.rename("a", to: "b")
  }
}
