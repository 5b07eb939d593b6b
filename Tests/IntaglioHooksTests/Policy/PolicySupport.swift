import IntaglioFormat
import Testing

@testable import IntaglioHooks

/// A policy of JSON texts.
func makePolicy(default effect: String = "allow", rules: [String] = [], _ more: String = "") throws
  -> Policy
{
  let text =
    #"{"version":1,"default":"\#(effect)"\#(more.isEmpty ? "" : ",")\#(more),"rules":[\#(rules.joined(separator: ","))]}"#
  return try Policy(json: Array(text.utf8))
}

/// A call of `tool` with a raw argument text.
func makeInput(
  _ arguments: String = "{}", tool: ToolIdentity = ToolIdentity(name: "tool"), agent: String = "",
  tainted: Bool = false
) -> PolicyInput {
  PolicyInput(tool: tool, agent: agent, argumentText: arguments, isTainted: tainted)
}

/// What a predicate, written as JSON, makes of arguments.
func truth(_ predicate: String, of arguments: String) throws -> Truth {
  let policy = try makePolicy(rules: [
    #"{"id":"r","effect":"deny","when":{"arguments":\#(predicate)}}"#
  ])
  return policy.explain(makeInput(arguments)).rules[0].truth
}

/// The three values, in tables.
enum Expected { case yes, no, error }

extension Truth {
  var expected: Expected {
    switch self {
    case .holds: .yes
    case .fails: .no
    case .errs: .error
    }
  }
}

/// A row of a table: a predicate and arguments, and what comes of it.
typealias Row = (predicate: String, arguments: String, expected: Expected)

func check(_ rows: [Row], sourceLocation: SourceLocation = #_sourceLocation) {
  for (predicate, arguments, expected) in rows {
    #expect(throws: Never.self, "\(predicate)", sourceLocation: sourceLocation) {
      let truth = try truth(predicate, of: arguments)
      #expect(
        truth.expected == expected, "\(predicate) of \(arguments.prefix(200)): \(truth)",
        sourceLocation: sourceLocation)
    }
  }
}
