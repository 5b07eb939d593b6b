internal import ArgumentParser

struct StateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state",
    abstract: "Reads and changes a state: values that can be checkpointed and taken back.",
    discussion: """
      A log holds states, each in a space with a name; `main` is meant where none is given. A state maps a component and a \
      key in it to a value. `checkpoint` names it as it is, `rollback` makes a checkpoint's state current again.

      Example:  intaglio state set audit memory city Berlin
      """,
    subcommands: [
      StateListCommand.self, StateGetCommand.self, StateSetCommand.self, StateRemoveCommand.self,
      StateSpacesCommand.self,
    ])
}
