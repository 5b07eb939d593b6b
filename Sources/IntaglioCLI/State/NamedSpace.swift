internal import Intaglio
internal import IntaglioFormat
internal import SystemPackage

/// A state space of the log in a directory, as commands reach it.
struct NamedSpace {
  private static let listedNameCount = 10

  let directory: FilePath
  let name: String

  /// The durable state as it is now; read with pread, beside whoever writes.
  ///
  /// - Throws: if there is no such space; the error says which there are.
  func view() throws -> StateView {
    let snapshot = try LogReader.open(at: directory, access: .copied).snapshot()
    if let view = try snapshot.state(ofSpace: name) { return view }
    let names = try snapshot.stateSpaceNames()
    guard !names.isEmpty else {
      throw CommandError(
        "\(directory) has no state space: `intaglio state set` makes \"\(name)\" with its first value"
      )
    }
    var list = names.prefix(Self.listedNameCount).map { "\"\($0)\"" }.joined(separator: ", ")
    if names.count > Self.listedNameCount {
      list += " and \(names.count - Self.listedNameCount) more"
    }
    throw CommandError("\(directory) has no state space \"\(name)\"; it has \(list)")
  }

  /// Opens the log for writing, and the space in it.
  ///
  /// Opening the log is a record, and opening a space that is new makes it: whoever only changes what is there asks `view()`
  /// before whether it is.
  func change<Result>(_ body: (StateSpace) throws -> Result) throws -> Result {
    let log = try Log.open(at: directory)
    let result = try body(log.stateSpace(named: name))
    try log.close()
    return result
  }
}
