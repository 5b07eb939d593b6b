internal import IntaglioFormat
internal import IntaglioHooks

// Which tools the agents of a mission hold.
extension Requests {
  @Sendable static func grant(_ members: inout Members) throws(Failure) -> Step {
    let change = try CapabilityChange(&members)
    return { governor in
      let held: [String]
      switch change.place {
      case .run(let id):
        held = try await governor.run(id).run.grant(change.pattern, to: change.agent, by: change.by)
      case .mission(let mission):
        held = try await governor.governor.grant(
          change.pattern, to: change.agent, inMission: mission, by: change.by)
      }
      return .members(["capabilities": .texts(held)])
    }
  }

  @Sendable static func revoke(_ members: inout Members) throws(Failure) -> Step {
    let change = try CapabilityChange(&members)
    return { governor in
      let held: [String]
      switch change.place {
      case .run(let id):
        held = try await governor.run(id).run.revoke(
          change.pattern, from: change.agent, by: change.by)
      case .mission(let mission):
        held = try await governor.governor.revoke(
          change.pattern, from: change.agent, inMission: mission, by: change.by)
      }
      return .members(["capabilities": .texts(held)])
    }
  }

  @Sendable static func capabilities(_ members: inout Members) throws(Failure) -> Step {
    let place = try members.place()
    return { governor in
      let held: [String: [String]]?
      switch place {
      case .run(let id): held = try await governor.run(id).run.capabilities()
      case .mission(let mission):
        held = try await governor.governor.capabilities(ofMission: mission)
      }
      let json = held.map { held in
        JSON.object(held.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .texts($0.value)) })
      }
      return .members(["capabilities": json ?? .null])
    }
  }
}

private struct CapabilityChange: Sendable {
  let place: Place
  let agent: String
  let pattern: String
  let by: String

  init(_ members: inout Members) throws(Failure) {
    place = try members.place()
    agent = try members.text("agent")
    pattern = try members.text("pattern")
    by = try members.text("by")
  }
}
