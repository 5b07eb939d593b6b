/// A value of a policy's text, with the place where it stands: what YAML and JSON have in common.
///
/// One reader makes a policy of it, whatever the text was written in.
package struct PolicyNode: Sendable {
  /// Where a value begins in its text.
  package struct Place: Hashable, Sendable {
    /// From 1.
    package var line: Int
    /// From 1, in Unicode scalars.
    package var column: Int

    package init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  package enum Value: Sendable {
    case null
    case bool(Bool)
    /// As JSON writes numbers.
    case number(String)
    case string(String)
    case list([PolicyNode])
    /// In the order of the text; keys are not repeated.
    case map([(key: PolicyNode, value: PolicyNode)])
  }

  package var value: Value
  package var place: Place

  package init(_ value: Value, at place: Place) {
    self.value = value
    self.place = place
  }
}
