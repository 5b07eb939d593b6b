/// Why a text is no policy, and where: the first thing that is wrong.
public struct PolicyError: Error, Hashable, Sendable {
  /// What is wrong, and what to do, without the place.
  public let what: String
  /// From 1.
  public let line: Int
  /// From 1, in Unicode scalars.
  public let column: Int

  package init(_ what: String, at place: PolicyNode.Place) {
    self.what = what
    line = place.line
    column = place.column
  }

  /// Where and what, on one line.
  public var message: String { "line \(line), column \(column): \(what)" }
}

extension PolicyError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}
