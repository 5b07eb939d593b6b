internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

extension GovernorCore {
  /// The component of the governor's state that has, by mission and participant, what was captured when a run failed: no checkpoint has it.
  static let seen = "seen"

  /// What the participants gave before a checkpoint, by name.
  func captured(
    at checkpoint: Checkpoint, _ space: StateSpace
  ) throws(LogError) -> [(name: String, text: String)] {
    try captured(in: space.state(at: checkpoint))
  }

  private func captured(in state: StateView) throws(LogError) -> [(name: String, text: String)] {
    var captured: [(String, String)] = []
    for entry in try state.entries(in: Self.participantComponent) {
      let entry = try entry.get()
      captured.append(
        (
          String(decoding: entry.key.key, as: UTF8.self),
          String(decoding: try state.value(of: entry), as: UTF8.self)
        ))
    }
    return captured
  }

  /// What the participants gave last, before a checkpoint of the mission or when a run of it failed, by name.
  func lastCaptured(_ mission: String) throws(GovernorError) -> [String: String] {
    let state = try self.mission(mission).current
    return try governing { () throws(LogError) in
      var last = Dictionary(
        try captured(in: state).map { ($0.name, $0.text) }, uniquingKeysWith: { $1 })
      let prefix = Array("\(mission)\n".utf8)
      let governor = space.current
      for entry in try governor.entries(in: Self.seen, withPrefix: prefix) {
        let entry = try entry.get()
        let name = String(decoding: entry.key.key.dropFirst(prefix.count), as: UTF8.self)
        last[name] = String(decoding: try governor.value(of: entry), as: UTF8.self)
      }
      return last
    }
  }

  /// Keeps what the participants give when a run fails: whoever asks later whether others have changed something must not take the run for them.
  func keepSeen(_ captured: [String: String]?, _ run: RunState) throws(GovernorError) {
    guard let captured, !captured.isEmpty else { return }
    try change { transaction throws(LogError) in
      for (name, text) in captured {
        try transaction.set(Array(text.utf8), Self.seen, "\(run.missionName)\n\(name)")
      }
    }
  }

  /// A checkpoint or a rollback has newer captures than a failed run.
  func forgetSeen(ofMission mission: String) throws(GovernorError) {
    let names = participants
    try change { transaction throws(LogError) in
      for name in names { try transaction.remove(Self.seen, "\(mission)\n\(name)") }
    }
  }

  /// The registered participants that gave nothing before a checkpoint, and those that gave something and are not registered.
  func notCaptured(
    at checkpoint: Checkpoint, _ space: StateSpace
  ) throws(LogError) -> [String] {
    let captured = Set(try captured(at: checkpoint, space).map(\.name))
    return captured.symmetricDifference(participants).sorted()
  }
}
