/// What a disk may hold of one file: what was synchronized last, and each sector's contents since then.
struct SimulatedFile: Sendable {
  static let sectorByteCount = 4096
  static let zeroSector = [UInt8](repeating: 0, count: sectorByteCount)
  /// How many contents of one sector are remembered between two syncs, the newest always.
  static let versionCount = 8

  /// A sector's content, or a file's length; numbered in the order of their making.
  struct Version<Value: Sendable>: Sendable {
    var number: Int
    var value: Value
  }

  /// What is on the disk for sure; sectors that are not there are zero.
  private(set) var durable: [Int: Version<[UInt8]>] = [:]
  private var durableByteCount = Version(number: 0, value: 0)
  /// Sectors and lengths since then, oldest first.
  private var volatile: [Int: [Version<[UInt8]>]] = [:]
  private var volatileByteCounts: [Version<Int>] = []
  private(set) var byteCount = 0
  private var lastNumber = 0

  var hasVolatile: Bool { !volatile.isEmpty || !volatileByteCounts.isEmpty }

  /// A file of which everything is durable.
  init(durable sectors: [Int: [UInt8]] = [:], byteCount: Int = 0) {
    durable = sectors.mapValues { Version(number: 0, value: $0) }
    durableByteCount.value = byteCount
    self.byteCount = byteCount
  }

  // MARK: What the process does

  mutating func note(sector: Int, _ content: [UInt8]) {
    lastNumber += 1
    volatile[sector, default: []].append(Version(number: lastNumber, value: content))
    if volatile[sector]!.count > Self.versionCount {
      volatile[sector]!.remove(at: Self.versionCount / 2)
    }
  }

  mutating func note(byteCount: Int) {
    guard byteCount != self.byteCount else { return }
    self.byteCount = byteCount
    lastNumber += 1
    volatileByteCounts.append(Version(number: lastNumber, value: byteCount))
    if volatileByteCounts.count > Self.versionCount {
      volatileByteCounts.remove(at: Self.versionCount / 2)
    }
  }

  /// The file was cut or grown; `boundary` is the content of the sector in which it now ends.
  mutating func noteTruncation(to byteCount: Int, boundary: [UInt8]) {
    let end = byteCount / Self.sectorByteCount
    for sector in Set(durable.keys).union(volatile.keys) where sector > end {
      note(sector: sector, Self.zeroSector)
    }
    if byteCount < self.byteCount { note(sector: end, boundary) }
    note(byteCount: byteCount)
  }

  // MARK: Synchronization

  /// What a sync that begins now will have made durable when it ends.
  struct Synchronization: Sendable {
    fileprivate var sectors: [Int: Version<[UInt8]>]
    fileprivate var byteCount: Version<Int>?
  }

  func beginSynchronization() -> Synchronization {
    Synchronization(sectors: volatile.compactMapValues(\.last), byteCount: volatileByteCounts.last)
  }

  mutating func finish(_ synchronization: Synchronization) {
    for (sector, version) in synchronization.sectors {
      persist(version, of: sector)
      volatile[sector]?.removeAll { $0.number <= version.number }
      if volatile[sector]?.isEmpty == true { volatile[sector] = nil }
    }
    if let version = synchronization.byteCount {
      if version.number > durableByteCount.number { durableByteCount = version }
      volatileByteCounts.removeAll { $0.number <= version.number }
    }
  }

  /// A sync that fails as Linux does it: some sectors arrive, and all count as clean; another sync would not write them.
  mutating func fail(
    _ synchronization: Synchronization, using generator: inout some RandomNumberGenerator
  ) {
    var arriving = synchronization
    for sector in synchronization.sectors.keys.sorted() where Bool.random(using: &generator) {
      arriving.sectors[sector] = nil
    }
    if Bool.random(using: &generator) { arriving.byteCount = nil }
    let before = (durable, durableByteCount)
    finish(synchronization)
    (durable, durableByteCount) = before
    for (sector, version) in arriving.sectors { persist(version, of: sector) }
    if let version = arriving.byteCount, version.number > durableByteCount.number {
      durableByteCount = version
    }
  }

  private mutating func persist(_ version: Version<[UInt8]>, of sector: Int) {
    if version.number >= durable[sector]?.number ?? 0 { durable[sector] = version }
  }

  // MARK: After the power cut

  /// Length and sectors as they may be found.
  ///
  /// - Parameter chance: with which a volatile sector, and the file's length, is found newer than durable.
  func survivor(
    chance: Double, atomicByteCount: Int, using generator: inout some RandomNumberGenerator
  ) -> (byteCount: Int, sectors: [Int: [UInt8]]) {
    var sectors = durable.mapValues(\.value)
    for (sector, versions) in volatile.sorted(by: { $0.key < $1.key }) {
      let old = sectors[sector] ?? Self.zeroSector
      if chance >= 1 {
        sectors[sector] = versions.last!.value
      } else if chance > 0 {
        sectors[sector] = Self.mixed(
          old, versions, chance: chance, atomicByteCount: atomicByteCount, using: &generator)
      }
    }
    return (survivingByteCount(chance: chance, using: &generator), sectors)
  }

  private func survivingByteCount(
    chance: Double, using generator: inout some RandomNumberGenerator
  ) -> Int {
    guard let newest = volatileByteCounts.last, Double.random(in: 0..<1, using: &generator) < chance
    else { return durableByteCount.value }
    if chance >= 1 || Bool.random(using: &generator) { return newest.value }
    return volatileByteCounts.randomElement(using: &generator)!.value
  }

  /// Each atomic piece is the old one, the newest one, or one between.
  private static func mixed(
    _ old: [UInt8], _ versions: [Version<[UInt8]>], chance: Double, atomicByteCount: Int,
    using generator: inout some RandomNumberGenerator
  ) -> [UInt8] {
    var result = old
    for start in stride(from: 0, to: sectorByteCount, by: atomicByteCount) {
      guard Double.random(in: 0..<1, using: &generator) < chance else { continue }
      let isNewest = Int.random(in: 0..<4, using: &generator) > 0
      let chosen = isNewest ? versions.last! : versions.randomElement(using: &generator)!
      let piece = start..<start + atomicByteCount
      result.replaceSubrange(piece, with: chosen.value[piece])
    }
    return result
  }
}
