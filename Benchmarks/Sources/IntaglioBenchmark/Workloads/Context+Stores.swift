import Foundation

extension Context {
  /// Makes an empty directory, gives it to `body`, and removes it: what is left in the page cache would
  /// slow down whoever comes next.
  func withDirectory<Result>(
    _ name: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let path = try makeDirectory(name)
    defer { remove(path) }
    return try body(path)
  }

  func makeDirectory(_ name: String) throws -> String {
    let path = directory + "/" + name.replacing(" ", with: "-")
    remove(path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// Appends `count` records as fast as the contender can.
  func fill(
    _ store: any Store, count: Int, byteCount: Int, from first: Int = 0,
    stream: (Int) -> Int = { _ in 0 }
  ) throws {
    var index = first
    while index < first + count {
      let batch = min(Mode.batchCount, first + count - index)
      let start = index
      try store.append(
        batchOf: batch, { corpus.payload(start + $0, byteCount: byteCount) },
        stream: { stream(start + $0) })
      index += batch
    }
    try store.settle()
  }
}

/// A size in bytes, as tables say it.
func sizeLabel(_ byteCount: Int) -> String {
  byteCount < 1024 ? "\(byteCount) B" : "\(byteCount / 1024) KiB"
}
