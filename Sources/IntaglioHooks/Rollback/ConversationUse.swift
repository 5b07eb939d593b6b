internal import Intaglio
internal import IntaglioFormat
internal import IntaglioStorage

/// When a mission's runs have used a conversation last, as the governor's state keeps it.
struct ConversationUse {
  /// Behind the last record of the run that did.
  let end: SequenceNumber
  /// By the wall clock, in nanoseconds since 1970: what other logs' checkpoints can be held against.
  let time: UInt64

  /// The component of the governor's state that has it: `conversation \n mission`.
  static let component = "conversation"

  static func key(_ conversation: String, _ mission: String) -> [UInt8] {
    Array("\(conversation)\n\(mission)".utf8)
  }

  init(end: SequenceNumber, time: UInt64) { (self.end, self.time) = (end, time) }

  init?(_ bytes: [UInt8]) {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard parts.count == 2, let end = UInt64(parts[0]), let time = UInt64(parts[1]) else {
      return nil
    }
    self.init(end: SequenceNumber(end), time: time)
  }

  var encoded: [UInt8] { Array("\(end.rawValue)\n\(time)".utf8) }
}

extension GovernorCore {
  /// Notes that a run of `mission` uses `conversation` now.
  func note(
    useOf conversation: String, by mission: String, in transaction: inout StateTransaction
  ) throws(LogError) {
    try transaction.set(
      ConversationUse(end: end, time: clock.wall()).encoded, ConversationUse.component,
      ConversationUse.key(conversation, mission))
  }

  /// As `note(useOf:by:in:)`, for a run that is live and ends or pauses now.
  func noteUse(byRun id: String, in transaction: inout StateTransaction) throws(LogError) {
    guard let live = try transaction.value(Self.liveRuns, id).flatMap(LiveRun.init),
      let name = try transaction.value(Self.missionRuns, live.mission + "\n" + id), !name.isEmpty
    else { return }
    try note(useOf: String(decoding: name, as: UTF8.self), by: live.mission, in: &transaction)
  }

  /// The runs of other missions that have used a conversation of `mission` since `checkpoint`, in any log of the store.
  ///
  /// Costs the mission's runs, what other missions did with its conversations, and the live runs.
  func conversationChanges(
    of mission: String, since checkpoint: Checkpoint
  ) throws(LogError) -> [OthersChange] {
    let own = space.current
    let conversations = try MissionHistory.conversations(of: mission, own)
    guard !conversations.isEmpty else { return [] }
    var missions: [(conversation: String, mission: String)] = []
    for conversation in conversations {
      missions += try Self.users(of: conversation, own) { $0.end > checkpoint.sequence }
    }
    for governor in try otherLogs.governors() {
      for conversation in conversations {
        // Places in one log say nothing of another: there is only the time.
        missions += try Self.users(of: conversation, governor) {
          $0.time > checkpoint.time.nanoseconds
        }
      }
    }
    let others = missions.filter { !$0.mission.isSame(as: mission) }
    return Set(others.map { OthersChange.conversation($0.conversation, mission: $0.mission) })
      .sorted { "\($0)" < "\($1)" }
  }

  /// The missions that have used a conversation when `isWanted`, or use it now.
  private static func users(
    of conversation: String, _ governor: StateView, _ isWanted: (ConversationUse) -> Bool
  ) throws(LogError) -> [(conversation: String, mission: String)] {
    var missions = try liveMissions(of: conversation, governor)
    let prefix = ConversationUse.key(conversation, "")
    for entry in try governor.entries(in: ConversationUse.component, withPrefix: prefix) {
      let entry = try entry.get()
      guard let use = ConversationUse(try governor.value(of: entry)) else {
        throw LogError(
          .damaged, "the governor's state has a conversation's use that cannot be read",
          verdict: .corrupt)
      }
      guard isWanted(use) else { continue }
      missions.append(String(decoding: entry.key.key.dropFirst(prefix.count), as: UTF8.self))
    }
    return missions.map { (conversation, $0) }
  }

  private static func liveMissions(
    of conversation: String, _ governor: StateView
  ) throws(LogError) -> [String] {
    var missions: [String] = []
    for entry in try governor.entries(in: liveRuns) {
      let entry = try entry.get()
      guard let live = LiveRun(try governor.value(of: entry)) else { continue }
      let key = Array("\(live.mission)\n".utf8) + entry.key.key
      if try governor.value(missionRuns, key) == Array(conversation.utf8) {
        missions.append(live.mission)
      }
    }
    return missions
  }
}
