/// A log that several cases read: filled and opened again at the first use.
final class SharedStore {
  let context: Context
  let contender: any Contender
  let count: Int
  let byteCount: Int
  var options: StoreOptions
  private var opened: (any Store)?
  private var directory: String?

  init(
    _ context: Context, _ contender: any Contender, count: Int, byteCount: Int, streamCount: Int = 1
  ) {
    self.context = context
    self.contender = contender
    self.count = count
    self.byteCount = byteCount
    let mode: Mode =
      contender.modes.contains(.writtenBatches) ? .writtenBatches : .syncedBatches
    options = StoreOptions(mode: mode, streamCount: streamCount)
  }

  func store() throws -> any Store {
    if let opened { return opened }
    let directory = try context.makeDirectory("shared " + contender.name)
    self.directory = directory
    let streamCount = options.streamCount
    var store = try contender.open(directory, options)
    try context.fill(store, count: count, byteCount: byteCount) { index in
      // Scattered, as runs that go on at the same time.
      (index &* 7919) % streamCount
    }
    // What can be opened again is read as another run would find it.
    if contender.abilities.contains(.reopening) {
      try store.close()
      store = try contender.open(directory, options)
    }
    opened = store
    guard try store.count() >= count else { throw ContenderError("records are missing") }
    return store
  }

  func close() throws {
    try opened?.close()
    opened = nil
    if let directory { context.remove(directory) }
  }
}
