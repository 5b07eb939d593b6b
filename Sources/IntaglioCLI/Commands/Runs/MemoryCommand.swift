internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioStorage

struct MemoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Shows what the agents of a mission remember.",
    discussion: """
      Everything that is given has to hold; of the words one at least, and what has more of them comes first, then the \
      newest. What has expired is not shown. A * says that the run had read what is not trusted.

      Example:  intaglio memory audit --mission desk-17 --tag guest window seat
      """)

  @OptionGroup var argument: StoreArgument
  @Argument(help: "Words of the key or the text, in any case.")
  var words: [String] = []
  @Option(help: "The mission, as `intaglio runs` shows it; a run without one is its own.")
  var mission: String
  @Option(help: "The one key.")
  var key: String?
  @Option(help: "How the key begins.")
  var prefix: String?
  @Option(help: "A tag that the entry has; may be given more than once.")
  var tag: [String] = []
  @Option(help: "How many entries at most, 1 to 1000.")
  var limit = 10
  @Flag(help: "Write JSON, one object a line.")
  var json = false

  private var query: MemoryQuery {
    MemoryQuery(
      key: key, prefix: prefix, tags: tag,
      words: words.isEmpty ? nil : words.joined(separator: " "))
  }

  func validate() throws {
    for text in [mission, key ?? "", prefix ?? ""] + tag + words
    where text.unicodeScalars.contains("\u{FFFD}") {
      throw ValidationError("an argument is not UTF-8: nothing can be found by it")
    }
    do throws(GovernorError) { try query.validate(limit: limit) } catch {
      throw ValidationError(error.message)
    }
  }

  func run() throws {
    var output = Output()
    var isFound = false
    let now = Timestamp(nanoseconds: SystemClock.system.wall())
    for part in try argument.reader().parts {
      guard let memory = try part.memory(ofMission: mission) else { continue }
      isFound = true
      for entry in try memory.recall(query, limit: limit, at: now) {
        if json {
          try output.write { entry.json(log: part.name).appendLine(to: &$0) }
        } else {
          for line in entry.lines { try output.write(line: line) }
        }
      }
    }
    guard isFound else {
      throw CommandError(
        "there is no mission \(mission) in \(argument.store): `intaglio runs` lists what there is"
      )
    }
    try output.flush()
  }
}
