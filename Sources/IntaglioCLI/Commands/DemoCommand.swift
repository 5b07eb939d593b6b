internal import ArgumentParser

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract:
      "Governs two agents, takes a mistake back, goes on, changes one byte and finds it.",
    discussion: """
      Works in a directory of its own in $TMPDIR or /tmp, and removes it at the end; decisions and the rollback are made by processes of \
      their own, as anybody would. Exits with 0 only if all went as told, and the changed byte was found where it is.

      Example:  intaglio demo --keep
      """)

  @Flag(help: "Keep the directory, to look around in it.")
  var keep = false

  func run() async throws {
    let workshop = try Workshop()
    // An error or a closed pipe ends the demo; the directory goes all the same.
    defer { if !keep { workshop.remove() } }
    try await Demo(in: workshop.path, isKept: keep).run()
  }
}
