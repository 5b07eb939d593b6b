internal import Intaglio
internal import IntaglioFormat
internal import SystemPackage

/// How a log is to be opened for writing.
struct Opening {
  private enum Mode: String {
    case open
    case create
    case openOrCreate = "open_or_create"
  }

  private let mode: Mode
  private let origin: String?
  private let options: LogOptions

  init(_ members: Members) throws(Failure) {
    var members = members
    let mode = try members.optionalText("mode") ?? Mode.openOrCreate.rawValue
    guard let mode = Mode(rawValue: mode) else {
      throw members.wrong("mode", "open, create or open_or_create")
    }
    self.mode = mode
    origin = try members.optionalText("origin")
    var options = LogOptions()
    if let durability = try members.optionalDurability("durability") {
      options.durability = durability
    }
    if let compression = try members.optionalCompression("compression") {
      options.compression = compression
    }
    if let count = try members.optionalCount("segment_bytes") { options.segmentByteCount = count }
    if let count = try members.optionalCount("automatic_checkpoint_changes") {
      options.automaticCheckpointChangeCount = count
    }
    options.allowsUnsuitableFileSystem = try members.flag(
      "allows_unsuitable_file_system", default: false)
    self.options = options
    try members.finish()
    guard origin == nil || mode == .create else {
      throw .invalid("an origin is given to a log when it is made: with the mode create")
    }
  }

  func open(at path: FilePath) throws(LogError) -> Log {
    switch mode {
    case .create: try Log.create(at: path, origin: origin, options: options)
    case .open: try Log.open(at: path, options: options)
    case .openOrCreate: try Log.open(at: path, creatingIfMissing: true, options: options)
    }
  }
}

extension Members {
  fileprivate mutating func optionalCompression(_ name: String) throws(Failure) -> Compression? {
    guard let value = value(name) else { return nil }
    if value.string == "none" { return Compression.none }
    guard case .object = value else { throw wrong(name, "none or {\"lz4\": smallest size}") }
    var members = try Members(value, of: "\(name) of the \(what)")
    let minimum = try members.count("lz4")
    try members.finish()
    return .lz4(minimumByteCount: minimum)
  }
}
