package import IntaglioStorage
package import SystemPackage

/// What becomes of that which was not synchronized.
package enum PowerLossOutcome: Sendable, CaseIterable {
  /// Any part of it is found.
  case random
  case losesEverything
  case keepsEverything
}

extension PowerLossFileSystem {
  /// Builds at `destination` the tree of files as it may be found if the power failed now.
  ///
  /// The same seed gives the same tree, if the calls so far were the same. The value can be used further on.
  package func powerLoss(
    into destination: FilePath, using generator: inout some RandomNumberGenerator,
    _ outcome: PowerLossOutcome = .random
  ) throws(StorageError) {
    let disk = disk
    let names = disk.survivingNames(
      chance: outcome.chance(using: &generator), order: order, using: &generator)
    var directories = [(SimulatedDisk.root, destination)]
    while let (node, path) = directories.popLast() {
      let directory = Directory(path, in: SystemFileSystem())
      _ = try directory.make()
      for (name, child) in names[node, default: [:]].sorted(by: { $0.key < $1.key }) {
        guard let file = disk.files[child] else {
          directories.append((child, directory.path(of: name)))
          continue
        }
        let survivor = file.survivor(
          chance: outcome.chance(using: &generator), atomicByteCount: atomicByteCount,
          using: &generator)
        try directory.open(name, .createNew).fill(survivor.sectors, byteCount: survivor.byteCount)
      }
    }
  }
}

extension PowerLossOutcome {
  /// Of a random outcome, all and nothing are as likely as something between.
  fileprivate func chance(using generator: inout some RandomNumberGenerator) -> Double {
    switch self {
    case .losesEverything: 0
    case .keepsEverything: 1
    case .random: [0, 0.1, 0.5, 0.9, 1].randomElement(using: &generator)!
    }
  }
}

extension SimulatedDisk {
  /// Takes over the directory at `path`, with everything below it.
  mutating func adopt(contentsOf path: FilePath, as node: NodeID) throws(StorageError) {
    let directory = Directory(path, in: SystemFileSystem())
    for name in try directory.names() {
      guard let status = try directory.status(of: name) else { continue }
      if status.isDirectory {
        let child = adoptDirectory(name, in: node)
        try adopt(contentsOf: directory.path(of: name), as: child)
      } else if status.isRegularFile {
        let sectors = try directory.open(name, .readOnly).sectors(byteCount: status.byteCount)
        let file = SimulatedFile(durable: sectors, byteCount: status.byteCount)
        adopt(file: file, name, in: node)
      }
    }
  }
}
