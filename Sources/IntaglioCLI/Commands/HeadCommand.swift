internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat

struct HeadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "head",
    abstract: "Prints the number and the chain value of the last durable record.",
    discussion: """
      Kept where nobody who can write the log can change it, this line pins all records up to that one: \
      `verify --head` finds any other history, and the loss of records at the end.

      Example:  intaglio head audit >> /mnt/elsewhere/heads.txt
      """)

  @OptionGroup var log: LogArgument
  @Flag(help: "Write JSON: {\"chain\":…,\"log\":…,\"sequence\":…}.")
  var json = false

  func run() throws {
    let reader = try log.reader()
    let snapshot = try reader.snapshot()
    guard let head = snapshot.headText else {
      throw CommandError("\(log.directory) has no durable record, so there is no head to note")
    }
    guard json else { return try print(toOutput: head + "\n") }
    let object = JSON.object([
      .init("chain", .string(snapshot.chain.hex)),
      .init("log", .string(reader.manifest.logID.description)),
      .init("sequence", .integer(snapshot.count - 1)),
    ])
    var output = Output()
    try output.write { object.appendLine(to: &$0) }
    try output.flush()
  }
}
