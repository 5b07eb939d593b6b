internal import CIntaglio

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_abi_version() -> UInt32 { UInt32(INTAGLIO_ABI_VERSION) }

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_version() -> UnsafePointer<CChar>? { unsafe version }

// Never freed.
nonisolated(unsafe) private let version: UnsafePointer<CChar> = {
  let text: StaticString = "0.1.0"
  return unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}()
