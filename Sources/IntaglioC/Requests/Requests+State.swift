internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioState

// The state of a mission, by component and key.
extension Requests {
  @Sendable static func changeState(_ members: inout Members) throws(Failure) -> Step {
    let place = try members.place()
    let changes = try members.stateChanges("changes")
    let body: @Sendable (inout StateTransaction) throws(LogError) -> Void = {
      transaction throws(LogError) in
      for change in changes { try change.apply(to: &transaction) }
    }
    switch place {
    case .run(let id):
      return { governor in
        try await governor.run(id).run.change(body)
        return .empty
      }
    case .mission(let mission):
      let by = try members.text("by")
      let reason = try members.optionalText("reason") ?? ""
      return { governor in
        try await governor.governor.change(mission: mission, by: by, reason: reason, body)
        return .empty
      }
    }
  }

  @Sendable static func readState(_ members: inout Members) throws(Failure) -> Step {
    let mission = try members.text("mission")
    let number = try members.optionalInteger("checkpoint").map { SequenceNumber($0) }
    let component = try members.text("component")
    let key = try members.optionalBytes("key")
    let prefix = try members.optionalBytes("prefix") ?? []
    guard key == nil || prefix.isEmpty else { throw .invalid("give a key or a prefix, not both") }
    return { governor in
      let state = try await governor.governor.state(ofMission: mission, at: number)
      if let key {
        return .members(["value": try state.value(component, key).map { .bytes($0) } ?? .null])
      }
      return .members(["entries": try state.list(component, withPrefix: prefix)])
    }
  }
}

/// Where something is to be done: in a live run, or in a mission without one.
enum Place: Sendable {
  case run(String)
  case mission(String)
}

extension Members {
  mutating func place() throws(Failure) -> Place {
    switch (try optionalText("run"), try optionalText("mission")) {
    case (let run?, nil): return .run(run)
    case (nil, let mission?): return .mission(mission)
    default: throw .invalid("the \(what) needs a run or a mission, one of them")
    }
  }
}

extension Governor {
  /// The state of a mission: as it is now, or as the checkpoint in a record has it.
  fileprivate func state(
    ofMission mission: String, at sequence: SequenceNumber?
  ) async throws(GovernorError) -> StateView {
    guard let sequence else { return try await state(ofMission: mission) }
    return try await state(
      ofMission: mission, at: checkpoint(ofMission: mission, at: sequence))
  }
}

/// One change of a state as a caller wrote it.
struct WrittenChange: Sendable {
  let component: String
  let key: [UInt8]
  /// Nil takes the key away.
  let value: [UInt8]?

  init(_ written: Members) throws(Failure) {
    var members = written
    component = try members.text("component")
    key = try members.bytes("key")
    guard members.isNull("value") else {
      value = try members.bytes("value")
      try members.finish()
      return
    }
    _ = members.value("value")
    value = nil
    try members.finish()
  }

  func apply(to transaction: inout StateTransaction) throws(LogError) {
    if let value {
      try transaction.set(value, component, key)
    } else {
      try transaction.remove(component, key)
    }
  }
}

extension Members {
  mutating func stateChanges(_ name: String) throws(Failure) -> [WrittenChange] {
    try objects(name).map { written throws(Failure) in try WrittenChange(written) }
  }
}

extension StateView {
  /// The entries whose keys begin with `prefix`, in the order of their keys, as {key, value}.
  func list(_ component: String, withPrefix prefix: [UInt8]) throws -> JSON {
    var entries: [JSON] = []
    let found =
      prefix.isEmpty
      ? try self.entries(in: component) : try self.entries(in: component, withPrefix: prefix)
    for entry in found {
      let entry = try entry.get()
      entries.append(
        .members(["key": .bytes(entry.key.key), "value": .bytes(try value(of: entry))]))
    }
    return .array(entries)
  }
}
