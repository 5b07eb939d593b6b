import CIntaglio
import IntaglioFormat
import SystemPackage

/// What a call of the C interface gave instead of `INTAGLIO_OK`.
struct CallError: Error, Equatable, CustomStringConvertible {
  let code: Int32
  let name: String
  let message: String

  var description: String { "\(name): \(message)" }

  static func == (lhs: CallError, rhs: CallError) -> Bool { lhs.name == rhs.name }

  init(_ name: String) { (code, self.name, message) = (0, name, "") }

  init(_ error: OpaquePointer?) {
    code = intaglio_error_code(error)
    name = String(cString: intaglio_error_name(error))
    message = String(cString: intaglio_error_message(error))
    intaglio_error_free(error)
  }
}

/// Calls a function of the C interface, as C would.
func call(_ body: (inout OpaquePointer?) -> Int32) throws(CallError) {
  var error: OpaquePointer?
  let code = body(&error)
  guard code == INTAGLIO_OK else {
    let thrown = CallError(error)
    precondition(thrown.code == code, "the error has another code than the call")
    throw thrown
  }
}

/// Calls one that gives bytes.
func bytes(_ body: (inout intaglio_bytes, inout OpaquePointer?) -> Int32) throws(CallError)
  -> [UInt8]
{
  var bytes = intaglio_bytes()
  try call { error in body(&bytes, &error) }
  defer { intaglio_bytes_free(&bytes) }
  return Array(UnsafeBufferPointer(start: bytes.data, count: bytes.count))
}

/// Calls one that gives JSON.
func json(_ body: (inout intaglio_bytes, inout OpaquePointer?) -> Int32) throws -> JSON {
  try JSON.parse(bytes(body))
}

/// A governor as C has it; closed by whoever opened it.
struct Caller: Sendable {
  let handle: intaglio_governor

  init(_ path: FilePath, _ options: String = "{}") throws {
    var handle: intaglio_governor = 0
    try call { error in
      intaglio_governor_open(
        path.string, path.string.utf8.count, options, options.utf8.count, &handle, &error)
    }
    self.handle = handle
  }

  func close() throws { try call { error in intaglio_governor_close(handle, &error) } }

  /// The whole answer.
  func answer(_ request: String) throws -> JSON {
    try json { answer, error in
      intaglio_governor_call(handle, request, request.utf8.count, &answer, &error)
    }
  }

  /// What is in the answer's `ok`, or the error that it tells.
  @discardableResult
  func ask(_ request: String) throws -> JSON {
    let answer = try answer(request)
    if let ok = answer["ok"] { return ok }
    throw Refusal(answer["error"] ?? answer)
  }

  /// As `ask` with the members of a request as JSON texts.
  @discardableResult
  func ask(_ name: String, _ members: KeyValuePairs<String, String>) throws -> JSON {
    try ask(Self.request(name, members))
  }

  static func request(_ name: String, _ members: KeyValuePairs<String, String>) -> String {
    let rest = members.map { #","\#($0)":\#($1)"# }.joined()
    return #"{"do":"\#(name)"\#(rest)}"#
  }

  func send(_ id: UInt64, _ request: String) throws {
    try call { error in
      intaglio_governor_send(handle, id, request, request.utf8.count, &error)
    }
  }

  func next(timeout: Int64 = -1) throws -> (id: UInt64, answer: JSON) {
    var id: UInt64 = 0
    let answer = try json { answer, error in
      intaglio_governor_next(handle, timeout, &id, &answer, &error)
    }
    return (id, answer)
  }

  /// Begins a run; gives its name.
  func start(_ members: String = #""agent":"a""#) throws -> String {
    try ask(#"{"do":"run.start",\#(members)}"#)["run"]!.string!
  }

  /// Decides on calls of functions with the given names.
  func decide(_ run: String, _ names: String...) throws -> [JSON] {
    let calls = names.map { #"{"tool":"function:\#($0)","arguments":"{}"}"# }
    return try ask(
      "tools.decide", ["run": #""\#(run)""#, "calls": "[\(calls.joined(separator: ","))]"]
    )["decisions"]!.array!
  }
}

/// The error of an answer.
struct Refusal: Error, Equatable, CustomStringConvertible {
  let code: String
  let message: String

  init(_ code: String) { (self.code, message) = (code, "") }

  init(_ error: JSON) {
    code = error["code"]?.string ?? ""
    message = error["message"]?.string ?? "\(error)"
  }

  static func == (lhs: Refusal, rhs: Refusal) -> Bool { lhs.code == rhs.code }

  var description: String { "\(code): \(message)" }
}
