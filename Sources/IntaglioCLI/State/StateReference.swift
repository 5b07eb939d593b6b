internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat

/// A state of a space, as the user of a command names it.
enum StateReference: Hashable {
  /// As it is now.
  case current
  /// Of the checkpoint in that record.
  case sequence(SequenceNumber)
  /// Of the only checkpoint of that label.
  case label(String)
}

extension StateReference: ExpressibleByArgument {
  /// `current`, a number, or else a label.
  ///
  /// Digits are always a number: a label must not be taken for another checkpoint than the one whose number it looks like.
  init?(argument: String) {
    if argument == "current" {
      self = .current
    } else if argument.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      guard let number = UInt64(argument) else { return nil }
      self = .sequence(SequenceNumber(number))
    } else {
      self = .label(argument)
    }
  }
}

extension StateView {
  private static let listedCheckpointCount = 10

  /// The state that `reference` names.
  func state(_ reference: StateReference) throws -> StateView {
    reference == .current ? self : try state(at: checkpoint(reference))
  }

  /// The checkpoint that `reference` names.
  ///
  /// - Throws: if there is none, or more than one of that label.
  func checkpoint(_ reference: StateReference) throws -> Checkpoint {
    switch reference {
    case .current: throw CommandError("the current state of \(space) is no checkpoint: name one")
    case .sequence(let sequence): return try checkpoint(at: sequence)
    case .label(let label): return try onlyCheckpoint(labelled: label)
    }
  }

  private func onlyCheckpoint(labelled label: String) throws -> Checkpoint {
    var found: [Checkpoint] = []
    // By bytes: labels that Unicode calls equivalent are two.
    try checkpoints.forEach { if $0.label.utf8.elementsEqual(label.utf8) { found.append($0) } }
    guard let checkpoint = found.last else {
      throw CommandError(
        "\(space) has no checkpoint labelled \"\(label)\": `intaglio checkpoints` lists those that it has"
      )
    }
    guard found.count > 1 else { return checkpoint }
    var list = found.prefix(Self.listedCheckpointCount).reversed().map(\.sequence.description)
      .joined(separator: ", ")
    if found.count > Self.listedCheckpointCount { list = "… " + list }
    throw CommandError(
      "\(found.count) checkpoints of \(space) are labelled \"\(label)\", \(list): give the number of one"
    )
  }
}
