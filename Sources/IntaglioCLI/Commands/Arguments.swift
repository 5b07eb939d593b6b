public import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
public import IntaglioVerifier
public import SystemPackage

/// The argument that every command has.
struct LogArgument: ParsableArguments {
  @Argument(help: "The directory of the log.", completion: .directory)
  var directory: FilePath

  /// Opens the log for reading.
  ///
  /// It is read with pread, so that a file cut short by a stranger is an error and no signal.
  func reader() throws(LogError) -> LogReader {
    try LogReader.open(at: directory, access: .copied)
  }
}

extension FilePath: @retroactive ExpressibleByArgument {
  /// The path written as `argument`, which must not be empty.
  public init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self.init(argument)
  }
}

extension TrustedHead: ExpressibleByArgument {
  /// The head written as `argument`: the sequence number of its last record, a colon, and that record's chain value.
  public init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let sequence = UInt64(parts[0]), sequence < .max,
      let chain = Digest(hex: String(parts[1]))
    else { return nil }
    self.init(count: sequence + 1, chain: chain)
  }
}

extension Snapshot {
  /// The log's head as `verify --head` takes it; nil if there are no records.
  var headText: String? { count == 0 ? nil : "\(count - 1):\(chain)" }

  /// The number of the stream named `name`.
  func streamNumber(named name: String) throws(LogError) -> StreamNumber? {
    try stream(named: name)?.number ?? (name == "log" ? .log : nil)
  }
}
