internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

// Naming a mission's state, and coming back to it.
extension Requests {
  @Sendable static func checkpoint(_ members: inout Members) throws(Failure) -> Step {
    let (id, label) = (try members.text("run"), try members.text("label"))
    guard label.utf8.count <= Limits.labelByteCount else {
      throw .invalid("a label has at most \(Limits.labelByteCount) bytes")
    }
    return { governor in try await governor.run(id).run.checkpoint(label: label).json }
  }

  @Sendable static func checkpoints(_ members: inout Members) throws(Failure) -> Step {
    let mission = try members.text("mission")
    return { governor in
      let all = try await governor.governor.checkpoints(ofMission: mission)
      return .members(["checkpoints": .array(all.map(\.json))])
    }
  }

  @Sendable static func latestCheckpoint(_ members: inout Members) throws(Failure) -> Step {
    let mission = try members.text("mission")
    return { governor in
      let latest = try await governor.governor.latestCheckpoint(ofMission: mission)
      return .members(["checkpoint": latest?.json ?? .null])
    }
  }

  @Sendable static func startCheckpoint(_ members: inout Members) throws(Failure) -> Step {
    let id = try members.text("run")
    return { governor in
      let (mission, checkpoint) = try await governor.governor.checkpoint(atStartOf: id)
      return .members(["mission": .string(mission), "checkpoint": checkpoint.json])
    }
  }

  @Sendable static func previewRollback(_ members: inout Members) throws(Failure) -> Step {
    let (mission, number) = (try members.text("mission"), try members.integer("checkpoint"))
    let changed = try members.optionalTexts("session_changed") ?? []
    return { governor in
      try governor.checkParticipants(changed)
      let checkpoint = try await governor.governor.checkpoint(
        ofMission: mission, at: SequenceNumber(number))
      return try await governor.governor.previewHostedRollback(
        ofMission: mission, to: checkpoint, changed: changed
      ).json
    }
  }

  @Sendable static func lastCaptured(_ members: inout Members) throws(Failure) -> Step {
    let mission = try members.text("mission")
    return { governor in
      let last = try await governor.governor.lastCaptured(ofMission: mission)
      return .members([
        "captured": .object(
          last.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) })
      ])
    }
  }

  @Sendable static func beginRollback(_ members: inout Members) throws(Failure) -> Step {
    let (mission, number) = (try members.text("mission"), try members.integer("checkpoint"))
    let (reason, by) = (try members.text("reason"), try members.text("by"))
    let isForced = try members.flag("forced", default: false)
    let changed = try members.optionalTexts("session_changed") ?? []
    return { governor in
      try governor.checkParticipants(changed)
      let checkpoint = try await governor.governor.checkpoint(
        ofMission: mission, at: SequenceNumber(number))
      let (preview, pending) = try await governor.governor.beginHostedRollback(
        mission: mission, to: checkpoint, reason: reason, by: by, isForced: isForced,
        changed: changed)
      return .members(["preview": preview.json, "pending": pending.participants])
    }
  }

  @Sendable static func finishRollback(_ members: inout Members) throws(Failure) -> Step {
    let mission = try members.text("mission")
    return { governor in
      try await governor.governor.finishHostedRollback(mission: mission)
      return .empty
    }
  }

  @Sendable static func failRollback(_ members: inout Members) throws(Failure) -> Step {
    let (mission, participant) = (try members.text("mission"), try members.text("participant"))
    let why = try members.text("why")
    return { governor in
      try await governor.governor.failHostedRollback(
        mission: mission, participant: participant, why: why)
      return .empty
    }
  }

  @Sendable static func pendingRollbacks(_ members: inout Members) throws(Failure) -> Step {
    { governor in
      let all = try await governor.governor.pendingRollbacks()
      return .members(["rollbacks": .array(all.map(\.json))])
    }
  }
}

extension Checkpoint {
  var json: JSON {
    .members([
      "checkpoint": .integer(sequence.rawValue), "label": .string(label),
      "is_automatic": .bool(isAutomatic), "time": .integer(time.nanoseconds),
      "root": .string(root.hex),
      "counts": .object(
        counts.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .integer($0.value)) }),
    ])
  }
}

extension RollbackPreview {
  var json: JSON {
    .members([
      "checkpoint": checkpoint.json, "version": .integer(version.rawValue),
      "record_count_since": .integer(recordCountSince),
      "components": .object(
        components.sorted { $0.key < $1.key }.map { component, changes in
          JSON.Member(
            component,
            .members([
              "added": .integer(changes.addedCount), "changed": .integer(changes.changedCount),
              "removed": .integer(changes.removedCount),
            ]))
        }),
    ])
  }
}

extension MissionPreview {
  var json: JSON {
    .members([
      "mission": .string(mission), "state": state.json,
      "tickets": .texts(tickets.map(\.id.hex)), "paused_runs": .texts(pausedRuns),
      "calls": .array(
        calls.map { call in
          .members([
            "run": .string(call.run), "call": .integer(call.number), "tool": .string(call.tool),
            "effect_class": .string(call.effectClass.rawValue),
            "status": call.status.map(JSON.string) ?? .null,
          ])
        }),
      "not_captured": .texts(notCaptured), "participants": .texts(participants),
      "changed_by_others": .array(changedByOthers.map(\.json)),
    ])
  }
}

extension PendingRollback {
  /// What the host has to restore, and from what.
  var participants: JSON {
    .array(
      captured.map { name, text in
        .members(["participant": .string(name), "captured": .string(text)])
      })
  }

  var json: JSON {
    .members([
      "mission": .string(mission), "checkpoint": .integer(checkpoint.rawValue),
      "reason": .string(reason), "by": .string(by), "forced": .bool(isForced),
      "pending": participants,
    ])
  }
}
