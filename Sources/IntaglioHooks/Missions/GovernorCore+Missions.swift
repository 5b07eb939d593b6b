internal import Intaglio
internal import IntaglioFormat
internal import SystemPackage

extension GovernorCore {
  /// The state of a mission that this log began.
  func mission(_ name: String) throws(GovernorError) -> StateSpace {
    guard try hasMission(name) else {
      try checkIsNotElsewhere(name)
      throw GovernorError(
        .noMission,
        "there is no mission \(escaped(name)) in \(escaped(log.path.string)): `intaglio missions` lists what there is"
      )
    }
    return try space(ofMission: name)
  }

  private func hasMission(_ name: String) throws(GovernorError) -> Bool {
    try governing { () throws(LogError) in
      try log.snapshot().stream(named: "state/" + Self.spaceName(ofMission: name)) != nil
    }
  }

  private func space(ofMission name: String) throws(GovernorError) -> StateSpace {
    try governing { () throws(LogError) in
      try log.stateSpace(named: Self.spaceName(ofMission: name))
    }
  }

  /// Changes a mission outside of its runs, then tells who did.
  ///
  /// In that order: an event without its change would be a lie. A crash between the two leaves a change that nobody was told was made.
  func change(
    mission: String, by: String, reason: String,
    _ body: (inout StateTransaction) throws(LogError) -> Void
  ) throws(GovernorError) {
    try checkIsHere(mission)
    try checkNoRollback(of: mission)
    let space = try space(ofMission: mission)
    let before = space.version
    let receipt = try governingAny {
      try space.transaction { transaction in
        try body(&transaction)
        try MissionState.check(transaction)
      }
    }
    guard space.version != before else { return }
    var event = Event(.missionChanged)
    event.set(Attribute.mission, mission)
    event.set(Attribute.by, by)
    event.set(Attribute.reason, reason.isEmpty ? nil : reason)
    event.set(Attribute.change, Int(receipt.sequences.lowerBound.rawValue))
    try append([event], to: stream)
  }
}
