import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioState
import Testing

/// A mission as plain values.
struct MissionModel {
  typealias Contents = [String: String]

  /// By component and key.
  var contents: Contents = [:]
  var checkpoints: [SequenceNumber: Contents] = [:]
  var live: [GovernedRun] = []
  var paused: [String] = []

  static let place = "participant/place"

  /// The newest checkpoint whose contents are other than now.
  var latest: SequenceNumber? {
    checkpoints.filter { $0.value != contents }.keys.max()
  }
}

extension RandomHands {
  /// Takes checkpoints that the model does not have into it; they must be of one of `candidates`.
  func learn(_ name: String, _ candidates: [MissionModel.Contents]) async throws {
    guard await exists(name) else { return }
    for checkpoint in try await governor.checkpoints(ofMission: name) {
      guard missions[name]!.checkpoints[checkpoint.sequence] == nil else { return }
      let found = try contents(try await governor.state(ofMission: name, at: checkpoint))
      #expect(candidates.contains(found), comment)
      missions[name]!.checkpoints[checkpoint.sequence] = found
    }
  }

  func check(_ name: String, all: Bool) async throws {
    let model = missions[name]!
    guard await exists(name) else {
      #expect(model.contents.isEmpty, comment)
      return
    }
    #expect(try contents(try await governor.state(ofMission: name)) == model.contents, comment)
    #expect(try await governor.latestCheckpoint(ofMission: name)?.sequence == model.latest, comment)
    guard all else { return }
    let checkpoints = try await governor.checkpoints(ofMission: name)
    #expect(checkpoints.map(\.sequence) == model.checkpoints.keys.sorted(by: >), comment)
    for checkpoint in checkpoints {
      let state = try await governor.state(ofMission: name, at: checkpoint)
      #expect(try contents(state) == model.checkpoints[checkpoint.sequence], comment)
    }
  }

  func exists(_ name: String) async -> Bool {
    await code { _ = try await governor.state(ofMission: name) } == nil
  }

  func contents(_ state: StateView) throws -> MissionModel.Contents {
    var contents: MissionModel.Contents = [:]
    try state.entries().forEach { entry in
      let key = String(decoding: entry.key.key, as: UTF8.self)
      contents["\(entry.key.component)/\(key)"] = String(
        decoding: try state.value(of: entry), as: UTF8.self)
    }
    return contents
  }

  func count(_ preview: RollbackPreview) -> Int {
    preview.components.values.reduce(0) {
      $0 + $1.addedCount + $1.changedCount + $1.removedCount
    }
  }

  func differenceCount(
    _ one: MissionModel.Contents, _ other: MissionModel.Contents
  ) -> Int {
    Set(one.keys).union(other.keys).count { one[$0] != other[$0] }
  }
}
