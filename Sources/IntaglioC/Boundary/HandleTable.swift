internal import IntaglioStorage

/// What a handle stands for.
protocol HandleObject: AnyObject, Sendable {
  static var kind: HandleKind { get }
}

enum HandleKind: UInt64 {
  case log = 1
  case cursor
  case governor

  var name: String {
    switch self {
    case .log: "log"
    case .cursor: "cursor"
    case .governor: "governor"
    }
  }
}

/// The objects that C knows by numbers.
///
/// A handle has, from its highest bit on, 16 bits of the fork generation in which it was given, 4 bits of its kind, and 44 bits of
/// a number that is never given again.
enum HandleTable {
  private struct Entries: Sendable {
    var objects: [UInt64: any HandleObject] = [:]
    var newest: UInt64 = 0
  }

  private static let entries = LockedPerProcess(Entries())

  private static let numberBits: UInt64 = 44
  private static let kindBits: UInt64 = 4

  private static var generation: UInt64 {
    UInt64(truncatingIfNeeded: ForkGuard.generation) & 0xFFFF
  }

  /// Gives `object` a number.
  static func insert<Object: HandleObject>(_ object: Object) -> UInt64 {
    entries.withLock { entries in
      entries.newest += 1
      entries.objects[entries.newest] = object
      return (generation << kindBits | Object.kind.rawValue) << numberBits | entries.newest
    }
  }

  /// The object of a handle.
  static func object<Object: HandleObject>(_ handle: UInt64) throws(Failure) -> Object {
    let number = try number(handle, Object.kind)
    return try entries.withLock { entries throws(Failure) in
      try find(number, entries)
    }
  }

  /// Takes a handle off the table, and gives its object.
  static func remove<Object: HandleObject>(_ handle: UInt64) throws(Failure) -> Object {
    let number = try number(handle, Object.kind)
    return try entries.withLock { entries throws(Failure) in
      let object: Object = try find(number, entries)
      entries.objects[number] = nil
      return object
    }
  }

  private static func find<Object: HandleObject>(
    _ number: UInt64, _ entries: Entries
  ) throws(Failure) -> Object {
    guard let object = entries.objects[number] as? Object else {
      guard entries.objects[number] == nil, (1...max(1, entries.newest)).contains(number),
        entries.newest > 0
      else { throw .invalid("the handle was never given as that of a \(Object.kind.name)") }
      throw .closed(Object.kind.name)
    }
    return object
  }

  /// The number in a handle of `kind` that this process has given; looks at nothing that another thread could hold.
  private static func number(_ handle: UInt64, _ kind: HandleKind) throws(Failure) -> UInt64 {
    guard handle != 0 else {
      throw .invalid("the handle of the \(kind.name) is 0: nothing was opened")
    }
    let given = HandleKind(rawValue: handle >> numberBits & (1 << kindBits - 1))
    guard given == kind else {
      throw .invalid(
        "the handle is \(given.map { "a \($0.name)'s" } ?? "nobody's"), not a \(kind.name)'s")
    }
    guard handle >> (numberBits + kindBits) == generation else { throw .forked }
    return handle & (1 << numberBits - 1)
  }
}
