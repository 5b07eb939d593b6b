import Foundation
import Intaglio
import IntaglioHooks
import SystemPackage

/// What it costs to take a mission back, by the size of its state.
struct MissionWorkload: Workload {
  var name: String { "mission" }
  var title: String { "Missions: preview and rollback" }
  var explanation: String {
    """
    A mission's state of values of 100 B. A run changes some of them and ends; a preview says what taking the mission back to where that run began would change, and \
    a rollback does it: `rollback.begun`, the state and `rollback.done`, durable when it returns.
    """
  }
  var unit: Unit { .milliseconds }
  var plot: Plot { .linesAndBars }
  var axis: String? { "keys in the state: a rollback of \(Self.changeCount) changes" }

  private static let changeCount = 100

  func cases(_ context: Context) -> [Case] {
    context.settings.stateSizes.flatMap { size -> [Case] in
      let mission = KeptMission(context, size: size)
      let many = max(Self.changeCount * 2, size / 10)
      return [
        self.case("preview, \(size) keys, \(Self.changeCount) changed", mission) {
          try mission.preview(Self.changeCount)
        },
        self.case(
          "rollback, \(size) keys, \(Self.changeCount) changed", x: Double(size), mission
        ) { try mission.rollBack(Self.changeCount) },
        self.case("rollback, \(size) keys, \(many) changed", mission, isLast: true) {
          try mission.rollBack(many)
        },
      ]
    }
  }

  private func `case`(
    _ label: String, x: Double? = nil, _ mission: KeptMission, isLast: Bool = false,
    _ measure: @escaping () throws -> Sample
  ) -> Case {
    let entrant = Entrant(
      name: "Intaglio", measure: measure, finish: { if isLast { try mission.close() } })
    return Case(label: label, x: x, entrants: [entrant])
  }
}

/// A mission with a state of some size, filled at its first use.
private final class KeptMission {
  private let context: Context
  private let size: Int
  private var opened: Governor?
  private var directory: String?
  private var round = 0

  private static let name = "mission"
  private static let chunk = 8000

  init(_ context: Context, size: Int) { (self.context, self.size) = (context, size) }

  private func governor() throws -> Governor {
    if let opened { return opened }
    let directory = try context.makeDirectory("mission")
    self.directory = directory
    let governor = try blocking { [size] in
      var options = GovernorOptions()
      options.log.allowsUnsuitableFileSystem = true
      options.engineTimeout = .seconds(600)
      let governor = try await Governor.open(
        at: FilePath(directory + "/store"), options: options)
      try await Self.set(governor, 0..<size, stride: 1, round: 0)
      try await governor.run(agent: "agent", mission: Self.name) { _ in }
      return governor
    }
    opened = governor
    return governor
  }

  private static func set(
    _ governor: Governor, _ range: Range<Int>, stride step: Int, round: Int
  ) async throws {
    let keys = Array(stride(from: range.lowerBound, to: range.upperBound, by: step))
    for start in Swift.stride(from: 0, to: keys.count, by: chunk) {
      let part = keys[start..<min(start + chunk, keys.count)]
      try await governor.change(mission: name, by: "benchmark") { state throws(LogError) in
        for key in part {
          let text = "value \(round) of \(key) "
          let value = Array((text + String(repeating: "x", count: 100 - text.utf8.count)).utf8)
          try state.set(value, "memory", "key-\(key)")
        }
      }
    }
  }

  /// A run that changes `count` keys that are spread over the state; gives the checkpoint with which it began.
  private func changed(_ count: Int) throws -> (Governor, Checkpoint) {
    let governor = try governor()
    round += 1
    let checkpoint = try blocking { [round, size] in
      let run = try await governor.start(RunDescription(agent: "agent", mission: Self.name))
      try await Self.set(governor, 0..<size, stride: max(1, size / count), round: round)
      try await run.end()
      return try await governor.checkpoint(atStartOf: run.id).checkpoint
    }
    return (governor, checkpoint)
  }

  func preview(_ count: Int) throws -> Sample {
    let (governor, checkpoint) = try changed(count)
    let meter = Meter()
    let changedCount = try blocking {
      try await governor.previewRollback(ofMission: Self.name, to: checkpoint)
        .state.components.values.reduce(0) { $0 + $1.changedCount }
    }
    let sample = meter.sample(meter.seconds * 1000, count: 1)
    guard changedCount >= count else { throw ContenderError("\(changedCount) keys had changed") }
    return sample
  }

  func rollBack(_ count: Int) throws -> Sample {
    let (governor, checkpoint) = try changed(count)
    let meter = Meter()
    _ = try blocking {
      try await governor.rollback(mission: Self.name, to: checkpoint, reason: "r", by: "benchmark")
    }
    return meter.sample(meter.seconds * 1000, count: 1)
  }

  func close() throws {
    if let governor = opened { try blocking { await governor.close() } }
    opened = nil
    if let directory { context.remove(directory) }
  }
}
