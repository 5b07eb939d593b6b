internal import CIntaglio
internal import Glibc
internal import IntaglioStorage

// What `intaglio_error` is: an object of ours, of which C has a pointer and one reference.

/// A failure whose texts C may read until it is freed.
@safe private final class ErrorObject {
  let code: CInt
  let name: UnsafeMutablePointer<CChar>
  let message: UnsafeMutablePointer<CChar>

  init(_ failure: Failure) {
    code = CInt(failure.code)
    unsafe name = copy(failure.name)
    unsafe message = copy(failure.message)
  }

  deinit {
    unsafe name.deallocate()
    unsafe message.deallocate()
  }
}

/// The text with a NUL behind it.
private func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
  let bytes = text.utf8CString
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
  for (index, byte) in bytes.enumerated() { unsafe (copy + index).initialize(to: byte) }
  return unsafe copy
}

/// Does what a function does, and tells C what came of it.
func attempt(
  _ error: UnsafeMutablePointer<OpaquePointer?>?, _ body: () throws -> Void
) -> CInt {
  unsafe error?.pointee = nil
  return ForkGuard.working {
    do {
      try body()
      return CInt(INTAGLIO_OK)
    } catch let thrown {
      let failure = Failure(any: thrown)
      if let error = unsafe error {
        unsafe error.pointee = OpaquePointer(
          Unmanaged.passRetained(ErrorObject(failure)).toOpaque())
      }
      return CInt(failure.code)
    }
  }
}

private func object(_ error: OpaquePointer?) -> ErrorObject? {
  guard let error = unsafe error else { return nil }
  return unsafe Unmanaged<ErrorObject>.fromOpaque(UnsafeRawPointer(error)).takeUnretainedValue()
}

/// What is given where there is no error.
nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = unsafe UnsafePointer(copy(""))

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_error_code(_ error: OpaquePointer?) -> CInt {
  unsafe object(error)?.code ?? CInt(INTAGLIO_OK)
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_error_name(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
  unsafe object(error).map { unsafe UnsafePointer($0.name) } ?? emptyText
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_error_message(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
  unsafe object(error).map { unsafe UnsafePointer($0.message) } ?? emptyText
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_error_free(_ error: OpaquePointer?) {
  guard let error = unsafe error else { return }
  unsafe Unmanaged<ErrorObject>.fromOpaque(UnsafeRawPointer(error)).release()
}
