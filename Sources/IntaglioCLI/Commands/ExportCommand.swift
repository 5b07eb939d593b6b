internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes all durable records as lines of JSON.",
    discussion: """
      The members of a line are always in this order: sequence, time (ISO 8601, UTC, nanoseconds), stream, kind, digest, \
      chain, salted (only if true), and payload, if it is JSON, else payloadBase64. A payload that was erased has \
      erasedByteCount instead. Control, bidirectional and zero-width characters in strings are written as \\uXXXX, and line \
      breaks between tokens as spaces: the same JSON, and safe on a terminal. `show --raw` gives the exact bytes.

      Example:  intaglio export audit | jq -r 'select(.stream == "run-1") | .payload.type'
      """)

  @OptionGroup var log: LogArgument

  func run() throws {
    let snapshot = try log.reader().snapshot()
    var listing = Listing(isJSON: true)
    try listing.write(snapshot.records, snapshot)
  }
}
