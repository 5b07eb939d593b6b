internal import Intaglio
internal import IntaglioFormat

extension GovernorCore {
  /// The component of the governor's state that has the runs of each mission.
  static let missionRuns = "mission"
  /// The component of the governor's state that has rollbacks that were begun and are not done.
  static let pendingRollbacks = "rollback"
  /// The component of the governor's state that has, by mission, the policies that rule besides the run's own.
  static let stricterPolicies = "stricter"
  /// The components of a mission's state.
  static let participantComponent = "participant"
  static let policyComponent = "policy"
  static let policyKey = "digest"

  /// What a rollback would change, void and leave.
  ///
  /// - Parameter changed: the participants that say that others have changed what they govern.
  func preview(
    _ mission: String, to checkpoint: Checkpoint, changed: [String]
  ) throws(GovernorError) -> MissionPreview {
    try expireTickets()
    let space = try self.mission(mission)
    let state = try governingAny { try space.previewRollback(to: checkpoint) }
    return try governing { () throws(LogError) in
      let governor = self.space.current
      let history = try MissionHistory(
        log.snapshot(), governor: governor, mission: mission,
        from: checkpoint.sequence.advanced())
      return MissionPreview(
        mission: mission, state: state,
        tickets: tickets.values.filter { $0.mission == mission }.sorted { $0.time < $1.time },
        pausedRuns: try pausedRuns(of: mission, governor), calls: history.calls,
        notCaptured: try notCaptured(at: checkpoint, space),
        participants: try captured(at: checkpoint, space).map(\.name),
        changedByOthers: try conversationChanges(of: mission, since: checkpoint)
          + changed.map(OthersChange.participant))
    }
  }

  private func pausedRuns(of mission: String, _ governor: StateView) throws(LogError) -> [String] {
    var runs: [String] = []
    for entry in try governor.entries(in: Self.pausedRuns) {
      let entry = try entry.get()
      if try governor.value(of: entry) == Array(mission.utf8) {
        runs.append(String(decoding: entry.key.key, as: UTF8.self))
      }
    }
    return runs
  }

  /// Begins a rollback: refuses what must be, and notes what is to be done, so that a crash leaves no half of it.
  func beginRollback(
    _ mission: String, to checkpoint: Checkpoint, reason: String, by: String, isForced: Bool,
    changed: [String]
  ) throws(GovernorError) -> (preview: MissionPreview, pending: PendingRollback) {
    try checkNotUnderWay(mission)
    if let run = runs.values.first(where: { $0.missionName == mission }) {
      throw GovernorError(
        .missionLive,
        "the run \(escaped(run.id)) of the mission \(escaped(mission)) goes on: end it, then roll back"
      )
    }
    guard reason.utf8.count <= Limits.reasonByteCount, by.utf8.count <= Limits.labelByteCount else {
      throw GovernorError(
        .invalid,
        "a rollback's reason has at most \(Limits.reasonByteCount) bytes and `by` at most \(Limits.labelByteCount)"
      )
    }
    let preview = try preview(mission, to: checkpoint, changed: changed)
    guard preview.notCaptured.isEmpty else {
      throw GovernorError(
        .notRestorable,
        "checkpoint \(checkpoint.sequence) of \(escaped(mission)) cannot be rolled back to: \(preview.notCaptured.map(escaped).joined(separator: ", ")) was not captured with it, or is not registered here"
      )
    }
    if let change = preview.changedByOthers.first, !isForced {
      throw GovernorError(
        .sessionChanged,
        "\(change): taking \(escaped(mission)) back to checkpoint \(checkpoint.sequence) would take that back as well; force the rollback if it is to be"
      )
    }
    if let call = preview.irreversibleCalls.first, !isForced {
      throw GovernorError(
        .irreversible,
        "\(preview.irreversibleCalls.count) calls since checkpoint \(checkpoint.sequence) had effects that are declared irreversible, the first \(escaped(call.tool)) of \(escaped(call.run)) #\(call.number): force the rollback if the state is to be taken back all the same"
      )
    }
    let space = try self.mission(mission)
    let pending = PendingRollback(
      mission: mission, checkpoint: checkpoint.sequence, reason: reason, by: by,
      isForced: isForced,
      captured: try governing { () throws(LogError) in try captured(at: checkpoint, space) })
    var event = Event(.rollbackBegun)
    note(pending, in: &event)
    if !preview.changedByOthers.isEmpty {
      event.set(Attribute.changedByOthers, .array(preview.changedByOthers.map(\.json)))
    }
    try append([event], to: stream)
    try change { transaction throws(LogError) in
      try transaction.set(pending.encoded, Self.pendingRollbacks, mission)
    }
    rollbacksUnderWay.insert(mission)
    return (preview, pending)
  }

  /// Takes a rollback that was begun before for one that goes on now.
  func takeUpRollback(of mission: String) throws(GovernorError) -> PendingRollback {
    try checkNotUnderWay(mission)
    guard let pending = try allPendingRollbacks().first(where: { $0.mission.isSame(as: mission) })
    else {
      throw GovernorError(
        .invalid, "no rollback of the mission \(escaped(mission)) is to be finished")
    }
    rollbacksUnderWay.insert(mission)
    return pending
  }

  /// Two rollbacks of one mission at a time could restore its participants from one checkpoint, and its state from another.
  private func checkNotUnderWay(_ mission: String) throws(GovernorError) {
    guard !rollbacksUnderWay.contains(mission) else {
      throw GovernorError(
        .rollbackPending,
        "the mission \(escaped(mission)) is just being taken back: wait until that is done")
    }
  }

  private func note(_ pending: PendingRollback, in event: inout Event) {
    event.set(Attribute.mission, pending.mission)
    event.set(Attribute.checkpoint, Int(pending.checkpoint.rawValue))
    event.set(Attribute.reason, pending.reason.isEmpty ? nil : pending.reason)
    event.set(Attribute.by, pending.by)
    event.set(Attribute.forced, if: pending.isForced)
    if !pending.captured.isEmpty {
      event.set(Attribute.participants, .array(pending.captured.map { .string($0.name) }))
    }
  }

  /// Does what a rollback does in the log, after its participants were restored; doing it again changes nothing.
  func finishRollback(_ pending: PendingRollback) throws(GovernorError) {
    let space = try mission(pending.mission)
    let checkpoint = try governing { () throws(LogError) in
      try space.checkpoint(at: pending.checkpoint)
    }
    let before = try governing { () throws(LogError) in
      try space.value(Self.policyComponent, Self.policyKey)
    }
    if try governing({ () throws(LogError) in try space.current.root() }) != checkpoint.root {
      note(
        try governingAny {
          try space.rollback(to: checkpoint, reason: pending.reason, by: pending.by)
        })
    }
    let after = try governing { () throws(LogError) in
      try space.value(Self.policyComponent, Self.policyKey)
    }
    try voidTickets(because: "its mission was taken back") { $0.mission == pending.mission }
    try failPausedRuns(of: pending.mission)
    var event = Event(.rollbackDone)
    note(pending, in: &event)
    event.set(Attribute.label, checkpoint.label.isEmpty ? nil : checkpoint.label)
    try append([event], to: stream)
    try change { transaction throws(LogError) in
      if let before, let after, before != after {
        // Both rule until one is loaded explicitly.
        let both = [before, after].map { String(decoding: $0, as: UTF8.self) }
        try transaction.set(
          Array(both.joined(separator: "\n").utf8), Self.stricterPolicies, pending.mission)
      }
      try transaction.remove(Self.pendingRollbacks, pending.mission)
    }
    try forgetSeen(ofMission: pending.mission)
    rollbacksUnderWay.remove(pending.mission)
  }

  /// Ends the paused runs of a mission that was taken back: what they would go on from is no more.
  private func failPausedRuns(of mission: String) throws(GovernorError) {
    let (ids, snapshot) = try governing { () throws(LogError) in
      (try pausedRuns(of: mission, space.current), log.snapshot())
    }
    for id in ids {
      let stream = try governing { () throws(LogError) in
        try snapshot.stream(named: Self.streamName(ofRun: id))
      }
      var event = Event(.runFailed)
      event.set(Attribute.errorType, "mission.rolled_back")
      event.set(Attribute.message, "the run was paused, and its mission was taken back")
      if let stream { try append([event], to: stream) }
      try change { transaction throws(LogError) in try transaction.remove(Self.pausedRuns, id) }
    }
  }

  /// Records that a participant could not be restored; the mission takes no runs until the rollback is done again.
  func failRollback(_ pending: PendingRollback, participant: String, why: String)
    throws(GovernorError)
  {
    rollbacksUnderWay.remove(pending.mission)
    var event = Event(.rollbackFailed)
    note(pending, in: &event)
    event.set(Attribute.message, "\(participant): \(why)")
    try append([event], to: stream)
  }

  /// The rollbacks that were begun and are not done.
  func allPendingRollbacks() throws(GovernorError) -> [PendingRollback] {
    try governing { () throws(LogError) in
      let state = space.current
      var all: [PendingRollback] = []
      for entry in try state.entries(in: Self.pendingRollbacks) {
        let entry = try entry.get()
        let mission = String(decoding: entry.key.key, as: UTF8.self)
        guard let pending = PendingRollback(mission: mission, try state.value(of: entry)) else {
          throw LogError(
            .damaged,
            "the governor's state has a rollback of \(mission) that cannot be read",
            verdict: .corrupt)
        }
        all.append(pending)
      }
      return all
    }
  }

  /// Finishes what a crash has left of rollbacks that restore nothing outside the log.
  func finishRollbacksWithoutParticipants() throws(GovernorError) {
    for pending in try allPendingRollbacks() where pending.captured.isEmpty {
      try finishRollback(pending)
    }
  }

  /// Refuses a mission whose rollback was begun and is not done.
  func checkNoRollback(of mission: String) throws(GovernorError) {
    guard
      try governing({ () throws(LogError) in
        try space.value(Self.pendingRollbacks, mission) != nil
      })
    else { return }
    throw GovernorError(
      .rollbackPending,
      "a rollback of the mission \(escaped(mission)) was begun and is not done: open the store with its participants, or finish it with `finishRollback`"
    )
  }

  /// A policy was loaded explicitly: it rules alone.
  func forgetStricterPolicies(_ run: RunState) throws(GovernorError) {
    run.stricter = []
    try change { transaction throws(LogError) in
      try transaction.remove(Self.stricterPolicies, run.missionName)
    }
    let name = run.policy.name
    note(
      try governingAny {
        try run.mission.transaction { transaction in
          try transaction.set(Array(name.utf8), Self.policyComponent, Self.policyKey)
        }
      })
  }

  /// The policies that rule a mission besides its run's own, after a rollback to a checkpoint of another policy.
  func stricterPolicies(_ mission: String, besides own: LoadedPolicy) throws(GovernorError)
    -> [LoadedPolicy]
  {
    let value = try governing { () throws(LogError) in
      try space.value(Self.stricterPolicies, mission)
    }
    guard let value else { return [] }
    return String(decoding: value, as: UTF8.self).split(separator: "\n").map(String.init)
      .filter { $0 != own.name }.compactMap { policy(named: $0).map { LoadedPolicy(policy: $0) } }
  }
}
