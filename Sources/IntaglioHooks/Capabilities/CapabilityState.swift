internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

/// The components that say which tools agents hold.
///
/// - What is granted stands in the mission's state, and comes and goes with it.
/// - What is revoked, and that a mission restricts its agents at all, stands in the governor's, and is never rolled back.
/// - A tool is held if its grant is in the mission's state and no revocation stands: after a rollback that is what the checkpoint
///   has and is not revoked since.
enum CapabilityState {
  /// In a mission's state: `agent \n pattern`, with by whom and when.
  static let granted = "capability"
  /// In the governor's state: the missions that restrict their agents.
  static let restricted = "capability"
  /// In the governor's state: `mission \n agent \n pattern`, with by whom and when.
  static let revoked = "revoked"

  static func key(_ agent: String, _ pattern: ToolPattern) -> [UInt8] {
    Array("\(agent)\n\(pattern.text)".utf8)
  }

  static func key(_ mission: String, _ agent: String, _ pattern: ToolPattern) -> [UInt8] {
    Array("\(mission)\n\(agent)\n\(pattern.text)".utf8)
  }

  /// The names in a key; nil if it has not so many.
  static func names(_ key: [UInt8], count: Int) -> [String]? {
    let names = key.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return names.count == count ? names.map { String(decoding: $0, as: UTF8.self) } : nil
  }
}

extension Capabilities {
  /// What the agents of `mission` hold by its state and the governor's; nil if it restricts nobody.
  ///
  /// Costs the mission's capabilities and its revocations.
  static func effective(
    ofMission mission: String, _ state: StateView, governor: StateView
  ) throws(LogError) -> Capabilities? {
    let restricts = try governor.value(CapabilityState.restricted, mission) != nil
    var capabilities = Capabilities()
    var isEmpty = true
    for entry in try state.entries(in: CapabilityState.granted) {
      let key = try entry.get().key.key
      isEmpty = false
      // What is no capability gives nobody anything.
      guard let names = CapabilityState.names(key, count: 2),
        let pattern = try? Capabilities.pattern(names[1]), pattern.text.isSame(as: names[1]),
        try governor.value(
          CapabilityState.revoked, CapabilityState.key(mission, names[0], pattern)) == nil
      else { continue }
      capabilities.add(pattern, to: names[0])
    }
    return restricts || !isEmpty ? capabilities : nil
  }
}

/// Whose capabilities are changed, and where that is recorded: in a run, or in the governor's own stream.
struct CapabilitySubject {
  let mission: String
  let state: StateSpace
  let stream: LogStream
  /// Nil outside of a run.
  let run: String?
}

extension CapabilitySubject {
  init(_ run: RunState) {
    self.init(mission: run.missionName, state: run.mission, stream: run.stream, run: run.id)
  }
}
