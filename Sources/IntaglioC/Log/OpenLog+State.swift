internal import Intaglio
internal import IntaglioFormat

extension OpenLog {
  /// The name of a space as C gives it: nothing stands for the main one.
  private static func name(_ space: String) -> String {
    space.isEmpty ? Log.mainStateSpaceName : space
  }

  /// The space, to be changed; made now if it is new.
  func space(_ name: String) throws -> StateSpace {
    try writer().stateSpace(named: Self.name(name))
  }

  /// The state of a space that is there: as it is now, or as a checkpoint has it.
  func state(ofSpace name: String, at checkpoint: UInt64? = nil) throws -> StateView {
    let name = Self.name(name)
    guard let snapshotted = try snapshot().state(ofSpace: name) else {
      throw LogError(.notFound, "there is no state space \(name) in \(path)")
    }
    // Of a log that is written here, what is not synced yet is to be seen too.
    let state = isReader ? snapshotted : try writer().stateSpace(named: name).current
    guard let checkpoint else { return state }
    return try state.state(at: state.checkpoint(at: SequenceNumber(checkpoint)))
  }

  func checkpoint(_ number: UInt64, ofSpace name: String) throws -> Checkpoint {
    try state(ofSpace: name).checkpoint(at: SequenceNumber(number))
  }

  func checkpoints(ofSpace name: String) throws -> JSON {
    var checkpoints: [JSON] = []
    for checkpoint in try state(ofSpace: name).checkpoints {
      checkpoints.append(try checkpoint.get().json)
    }
    return .members(["checkpoints": .array(checkpoints)])
  }
}

/// What entries of a state are asked for.
struct StateQuery {
  private let component: String?
  private let prefix: [UInt8]?
  private let checkpoint: UInt64?
  private let limit: Int
  private let withValues: Bool

  init(_ members: Members) throws(Failure) {
    var members = members
    component = try members.optionalText("component")
    prefix = try members.optionalBytes("prefix")
    checkpoint = try members.optionalInteger("checkpoint")
    limit = try members.optionalCount("limit") ?? 1000
    withValues = try members.flag("with_values", default: true)
    try members.finish()
    guard prefix == nil || component != nil else {
      throw .invalid("a prefix needs the component in which it is")
    }
  }

  func entries(of log: OpenLog, space: String) throws -> JSON {
    let state = try log.state(ofSpace: space, at: checkpoint)
    var entries: [JSON] = []
    var isCut = false
    for entry in try sequence(state) {
      guard entries.count < limit else {
        isCut = true
        break
      }
      let entry = try entry.get()
      entries.append(
        .members([
          "component": .string(entry.key.component), "key": .bytes(entry.key.key),
          "value": withValues ? .bytes(try state.value(of: entry)) : nil,
        ]))
    }
    return .members([
      "entries": .array(entries), "version": .integer(state.version.rawValue),
      "is_cut": .bool(isCut),
    ])
  }

  private func sequence(_ state: StateView) throws(LogError) -> StateEntrySequence {
    guard let component, let prefix, !prefix.isEmpty else {
      return try state.entries(in: component)
    }
    return try state.entries(in: component, withPrefix: prefix)
  }
}

/// Changes of a state that are made together.
struct WrittenTransaction {
  private let changes: [WrittenChange]
  private let version: SequenceNumber?

  init(_ members: Members) throws(Failure) {
    var members = members
    changes = try members.stateChanges("changes")
    version = try members.optionalInteger("if_version").map { SequenceNumber($0) }
    try members.finish()
  }

  func commit(to space: StateSpace) throws -> Receipt {
    try space.transaction(ifVersion: version) { transaction in
      for change in changes { try change.apply(to: &transaction) }
    }
  }
}
