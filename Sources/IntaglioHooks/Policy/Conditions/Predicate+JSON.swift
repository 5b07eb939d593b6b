internal import IntaglioFormat

extension Predicate {
  var json: JSON { .object(members.map { .init($0.key, $0.json) }) }
}

extension Predicate.Member {
  fileprivate var json: JSON {
    switch self {
    case .value(_, let tests): .object(tests.map { .init($0.key, $0.json) })
    case .all(let predicates), .any(let predicates): .array(predicates.map(\.json))
    case .not(let predicate): predicate.json
    }
  }
}

extension ValueTest {
  /// What stands after the key.
  var json: JSON {
    switch self {
    case .equals(let value), .contains(let value): value.json
    case .in(let values): .array(values.map(\.json))
    case .compares(let comparison): .number(comparison.bound.description)
    case .startsWith(let text): .string(text)
    case .glob(let glob): .string(glob.text)
    case .exists(let exists): .bool(exists)
    case .length(let comparisons):
      .object(
        comparisons.map { .init($0.relation.rawValue, .number($0.bound.description)) })
    case .every(let predicate), .some(let predicate): predicate.json
    case .url(let test):
      .members([
        ("scheme", test.schemes.map(JSON.oneOrMany)),
        ("host", test.hosts.map { .oneOrMany($0.map(\.text)) }),
      ])
    case .path(let test): .members([("within", .oneOrMany(test.directories))])
    case .command(let commands): .array(commands.map(\.json))
    }
  }
}

extension ValueTest.Command {
  fileprivate var json: JSON {
    switch self {
    case .line(let text): .string(text)
    case .words(let words): .array(words.map(JSON.string))
    }
  }
}

extension PolicyValue {
  var json: JSON {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let number): .number(number.description)
    case .text(let text): .string(text)
    case .list(let elements): .array(elements.map(\.json))
    case .object(let members):
      .object(members.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.json) })
    }
  }
}
