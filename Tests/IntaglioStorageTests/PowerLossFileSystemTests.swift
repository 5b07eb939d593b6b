import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

@Suite struct PowerLossFileSystemTests {
  @Test func whatWasSynchronizedIsFoundWhateverElseIsLost() throws {
    let disk = try Disk()
    let file = try disk.directory.open("a", .createNew)
    try file.write([1, 2, 3], at: 5_000)
    try file.synchronizeData()
    try disk.directory.synchronize()
    try file.write([9, 9], at: 0)
    try disk.expectEveryLoss { found in
      let bytes = try found.open("a", .readOnly).read(byteCount: 9_999, at: 0)
      #expect(bytes.count == 5_003)
      #expect(bytes[5_000...] == [1, 2, 3])
      #expect(bytes[..<2] == [0, 0] || bytes[..<2] == [9, 9])
    }
  }

  @Test func aFileWhoseDirectoryWasNotSynchronizedMayBeGone() throws {
    let disk = try Disk()
    try disk.directory.open("a", .createNew).synchronizeData()
    #expect(try disk.losing(.losesEverything) { try $0.names() } == [])
    #expect(try disk.losing(.keepsEverything) { try $0.names() } == ["a"])
  }

  @Test func changesOfNamesAreFoundInTheirOrder() throws {
    let disk = try Disk()
    for name in ["a", "b", "c"] { _ = try disk.directory.open(name, .createNew) }
    try disk.directory.rename("a", to: "d")
    try disk.directory.remove("b")
    let stages = [[], ["a"], ["a", "b"], ["a", "b", "c"], ["b", "c", "d"], ["c", "d"]]
    var seen: Set<[String]> = []
    try disk.expectEveryLoss(count: 200) { found in
      let names = try found.names()
      #expect(stages.contains(names), "\(names)")
      seen.insert(names)
    }
    #expect(seen.count == stages.count)
  }

  @Test func aRenameOverAFileLeavesOneOfBoth() throws {
    let disk = try Disk()
    try disk.directory.replace("f", with: [1])
    let file = try disk.directory.open("new", .createNew)
    try file.write([2, 2], at: 0)
    try file.synchronizeData()
    try disk.directory.rename("new", to: "f")
    var seen: Set<[UInt8]> = []
    try disk.expectEveryLoss { found in
      seen.insert(try found.open("f", .readOnly).read(byteCount: 9, at: 0))
    }
    #expect(seen == [[1], [2, 2]])
  }

  @Test func aRenameWithoutSyncOfTheFileMayLeaveAnEmptyOne() throws {
    let disk = try Disk()
    try disk.directory.replace("f", with: [1])
    try disk.directory.open("new", .createNew).write([2, 2], at: 0)
    try disk.directory.rename("new", to: "f")
    var seen: Set<[UInt8]> = []
    try disk.expectEveryLoss(count: 200) { found in
      seen.insert(try found.open("f", .readOnly).read(byteCount: 9, at: 0))
    }
    #expect(seen.isSuperset(of: [[1], [], [2, 2]]))
  }

  @Test func eachSectorIsOldOrNewOrBetweenByItself() throws {
    let disk = try Disk()
    let file = try disk.directory.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 3 * 4096), at: 0)
    try file.synchronizeData()
    try disk.directory.synchronize()
    for value in UInt8(2)...3 {
      try file.write([UInt8](repeating: value, count: 3 * 4096), at: 0)
    }
    var seen: Set<[UInt8]> = []
    try disk.expectEveryLoss(count: 300) { found in
      let bytes = try found.open("a", .readOnly).read(byteCount: 3 * 4096, at: 0)
      for sector in 0..<3 {
        let content = Set(bytes[sector * 4096..<(sector + 1) * 4096])
        #expect(content.count == 1 && content.isSubset(of: [1, 2, 3]))
      }
      seen.insert([bytes[0], bytes[4096], bytes[8192]])
    }
    #expect(seen.contains([1, 1, 1]) && seen.contains([3, 3, 3]) && seen.count > 8)
  }

  @Test func smallerAtomsTearSectors() throws {
    let disk = try Disk(atomicByteCount: 512)
    let file = try disk.directory.open("a", .createNew)
    try disk.directory.synchronize()
    try file.allocate(byteCount: 4096)
    try file.synchronizeData()
    try file.write([UInt8](repeating: 1, count: 4096), at: 0)
    var hasTorn = false
    try disk.expectEveryLoss { found in
      let bytes = try found.open("a", .readOnly).read(byteCount: 4096, at: 0)
      for start in stride(from: 0, to: 4096, by: 512) {
        #expect(Set(bytes[start..<start + 512]).count == 1)
      }
      hasTorn = hasTorn || Set(bytes).count == 2
    }
    #expect(hasTorn)
  }

  @Test func aTruncationMayHaveHappenedOrNot() throws {
    let disk = try Disk()
    let file = try disk.directory.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 10_000), at: 0)
    try file.synchronizeData()
    try disk.directory.synchronize()
    try file.truncate(to: 100)
    try file.allocate(byteCount: 5_000)
    let lost = try disk.losing(.losesEverything) { try $0.content("a") }
    #expect(lost == [UInt8](repeating: 1, count: 10_000))
    let kept = try disk.losing(.keepsEverything) { try $0.content("a") }
    #expect(kept == [UInt8](repeating: 1, count: 100) + [UInt8](repeating: 0, count: 4_900))
  }

  @Test func afterAFailedSyncAnotherOneDoesNotWriteWhatWasLost() throws {
    let disk = try Disk()
    let file = try disk.directory.open("a", .createNew)
    try file.allocate(byteCount: 40 * 4096)
    try file.synchronizeData()
    try disk.directory.synchronize()
    disk.system.failSynchronization(number: 3, seed: 1)
    try file.write([UInt8](repeating: 1, count: 40 * 4096), at: 0)
    #expect(throws: StorageError.self) { try file.synchronizeData() }
    try file.synchronizeData()
    // The process sees what the disk does not have.
    #expect(try !file.read(byteCount: 40 * 4096, at: 0).contains(0))
    let found = try disk.losing(.keepsEverything) { try $0.content("a") }
    let sectors = stride(from: 0, to: 40 * 4096, by: 4096).map { found[$0] }
    #expect(sectors.contains(0) && sectors.contains(1))
    try file.write([UInt8](repeating: 2, count: 40 * 4096), at: 0)
    try file.synchronizeData()
    #expect(try disk.losing(.losesEverything) { try $0.content("a") } == file.content())
  }

  @Test(arguments: [MetadataOrder.journal, .perDirectory])
  func aReplacedFileIsOldOrNewIfThePowerFailsAtAnyCall(order: MetadataOrder) throws {
    var seen: Set<[UInt8]> = []
    for number in 1...7 {
      let disk = try Disk(order: order)
      try disk.directory.replace("f", with: [1])
      let system = FaultInjectingFileSystem(disk.system, FaultPlan(at: number, .crashHalfway))
      try? Directory(disk.directory.path, in: system).replace("f", with: [2, 2])
      #expect(system.hasStruck == (number < 7))
      try disk.expectEveryLoss(count: 20) { found in
        let content = try found.content("f")
        #expect(content == [1] || content == [2, 2], "call \(number):\n\(system.report())")
        if !system.hasStruck { #expect(content == [2, 2]) }
        seen.insert(content)
      }
    }
    #expect(seen.count == 2)
  }

  @Test func directoriesAreRebuiltWithWhatIsInThem() throws {
    let disk = try Disk()
    let inner = Directory(disk.directory.path(of: "inner"), in: disk.system)
    _ = try inner.make()
    try inner.replace("f", with: [1, 2])
    #expect(try disk.losing(.losesEverything) { try $0.names() } == [])
    try disk.directory.synchronize()
    let found = try disk.losing(.losesEverything) {
      try Directory($0.path(of: "inner"), in: SystemFileSystem()).content("f")
    }
    #expect(found == [1, 2])
  }

  @Test func whatLayThereBeforeIsDurable() throws {
    let directory = try TemporaryDirectory()
    let bytes = [UInt8](repeating: 3, count: 300_001)
    try directory.directory().open("a", .createNew).write(bytes, at: 70_000)
    let system = try PowerLossFileSystem(root: directory.path)
    let target = try TemporaryDirectory()
    var generator = SeededGenerator(seed: 1)
    try system.powerLoss(into: target.path, using: &generator, .losesEverything)
    let zeros = [UInt8](repeating: 0, count: 70_000)
    #expect(try target.directory().content("a") == zeros + bytes)
  }

  @Test func theSameSeedFindsTheSameDisk() throws {
    let disk = try Disk()
    let file = try disk.directory.open("a", .createNew)
    for sector in 0..<20 { try file.write([UInt8](repeating: 5, count: 4096), at: sector * 4096) }
    let found = try (0..<2).map { _ in
      let target = try TemporaryDirectory()
      var generator = SeededGenerator(seed: 12)
      try disk.system.powerLoss(into: target.path, using: &generator)
      return try target.directory().names().map { try target.directory().content($0) }
    }
    #expect(found[0] == found[1])
  }

  @Test func aWriteDuringASyncIsNotMadeDurableByIt() throws {
    let disk = try Disk(synchronizationNanoseconds: 50_000_000)
    let file = try disk.directory.open("a", .createNew)
    try disk.directory.synchronize()
    try file.write([1], at: 0)
    let path = file.path
    let system = disk.system
    let count = system.synchronizationCount
    let thread = BackgroundThread {
      try? File(path, .readWrite, in: system).synchronizeData()
    }
    while system.synchronizationCount == count { BackgroundThread.yield() }
    try file.write([2], at: 0)
    thread.join()
    #expect(try disk.losing(.losesEverything) { try $0.content("a") } == [1])
  }
}

/// A disk in a directory of its own, and what is found of it after power cuts.
private struct Disk: ~Copyable {
  let temporary: TemporaryDirectory
  let system: PowerLossFileSystem
  let directory: Directory

  init(
    atomicByteCount: Int = 4096, order: MetadataOrder = .journal,
    synchronizationNanoseconds: Int = 0
  ) throws {
    let temporary = try TemporaryDirectory()
    system = try PowerLossFileSystem(
      root: temporary.path, atomicByteCount: atomicByteCount, order: order,
      synchronizationNanoseconds: synchronizationNanoseconds)
    directory = Directory(temporary.path, in: system)
    self.temporary = temporary
  }

  func losing<T>(_ outcome: PowerLossOutcome, _ look: (Directory) throws -> T) throws -> T {
    let target = try TemporaryDirectory()
    var generator = SeededGenerator(seed: 0)
    try system.powerLoss(into: target.path, using: &generator, outcome)
    return try look(target.directory())
  }

  func expectEveryLoss(count: UInt64 = 50, _ look: (Directory) throws -> Void) throws {
    for seed in 0..<count {
      let target = try TemporaryDirectory()
      var generator = SeededGenerator(seed: seed)
      try system.powerLoss(into: target.path, using: &generator)
      try look(target.directory())
    }
  }
}

extension Directory {
  fileprivate func replace(_ name: String, with bytes: [UInt8]) throws {
    try replace(name, with: bytes.span.bytes, temporarySuffix: ".tmp")
  }

  fileprivate func content(_ name: String) throws -> [UInt8] {
    try open(name, .readOnly).content()
  }
}

extension File {
  fileprivate func content() throws -> [UInt8] {
    try read(byteCount: status().byteCount, at: 0)
  }
}
