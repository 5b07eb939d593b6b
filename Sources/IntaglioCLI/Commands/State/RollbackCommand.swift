internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat

struct RollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Makes the state of a checkpoint current again.",
    discussion: """
      With --preview nothing is changed, and it works while another process has the log open: how many keys of each \
      component would be there again, have another value, or be gone, and how many records there are since. A rollback is \
      one record that says who and why. Nothing is erased, and one can roll forward again: changes that no \
      checkpoint has yet get an automatic one. What tools did outside the log is not taken back.

      Example:  intaglio rollback audit "before the booking" --reason "wrong city"
      """)

  @OptionGroup var space: SpaceArguments
  @Argument(help: "The checkpoint's number or label.")
  var checkpoint: StateReference
  @Flag(help: "Only say what would change.")
  var preview = false
  @Option(help: ArgumentHelp("Why, up to 4,096 bytes.", valueName: "text"))
  var reason: String?
  @Option(
    help: ArgumentHelp(
      "Who does it, as a label (default: the name of the user).", valueName: "name"))
  var by: String?

  func validate() throws {
    guard checkpoint != .current else {
      throw ValidationError("the current state is no checkpoint: give a number or a label")
    }
    if preview {
      guard reason == nil, by == nil else {
        throw ValidationError("--preview changes nothing: leave out --reason and --by")
      }
      return
    }
    guard let reason, !reason.isEmpty else {
      throw ValidationError("give --reason, or --preview to see what would change")
    }
    guard reason.utf8.count <= Limits.reasonByteCount,
      (by ?? "").utf8.count <= Limits.labelByteCount
    else {
      throw ValidationError(
        "a reason has at most \(Limits.reasonByteCount) bytes, and --by \(Limits.labelByteCount)")
    }
  }

  func run() throws {
    let lines =
      try preview
      ? space.named.previewRollback(to: checkpoint)
      : space.named.rollback(to: checkpoint, reason: reason ?? "", by: by ?? userName)
    try print(toOutput: lines.map { $0 + "\n" }.joined())
  }
}

extension RollbackPreview {
  /// What a rollback changes by component, and what stays, for people.
  var tableLines: [String] {
    var lines = [isEmpty ? "no key would change" : "back again   changed      gone  component"]
    for (component, changes) in components.sorted(by: { $0.key < $1.key }) {
      lines.append(
        aligned(changes.addedCount, to: 10) + "  " + aligned(changes.changedCount, to: 8) + "  "
          + aligned(changes.removedCount, to: 8) + "  " + escaped(component))
    }
    return lines + ["records since then, which stay: \(recordCountSince)"]
  }
}

extension NamedSpace {
  /// What a rollback would change, for people.
  func previewRollback(to reference: StateReference) throws -> [String] {
    let view = try view()
    let preview = try view.previewRollback(to: view.checkpoint(reference))
    let checkpoint = preview.checkpoint
    let lines = [
      "to checkpoint \(checkpoint.sequence) of \(escaped(name)), \(checkpoint.title), of"
        + " \(checkpoint.time.iso8601(fractionDigitCount: 0))"
    ]
    return lines + preview.tableLines
  }

  /// Rolls back, and says so.
  func rollback(to reference: StateReference, reason: String, by: String) throws -> [String] {
    let sequence = try view().checkpoint(reference).sequence
    return try change { space in
      let checkpoint = try space.checkpoint(at: sequence)
      let receipt = try space.rollback(to: checkpoint, reason: reason, by: by)
      var lines = [
        "rolled \(escaped(name)) back to checkpoint \(sequence), \(checkpoint.title)"
      ]
      // The changes that no checkpoint had were given one, right before the rollback's record.
      if receipt.sequences.lowerBound < receipt.sequence {
        lines.append("what was current until now is checkpoint \(receipt.sequence.rawValue - 1)")
      }
      return lines
    }
  }
}
