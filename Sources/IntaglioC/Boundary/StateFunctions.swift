public import CIntaglio
internal import Intaglio
internal import IntaglioFormat

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_state_get(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int,
  _ component: UnsafePointer<CChar>?, _ componentCount: Int, _ key: UnsafePointer<UInt8>?,
  _ keyCount: Int, _ checkpoint: UInt64, _ value: UnsafeMutablePointer<intaglio_bytes>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe value?.pointee = intaglio_bytes()
  return unsafe attempt(error) {
    let log: OpenLog = try HandleTable.object(log)
    let space = unsafe try text(space, spaceCount, "space")
    let component = unsafe try text(component, componentCount, "component")
    let key = unsafe Array(try bytes(key, keyCount, "key"))
    let state = try log.state(
      ofSpace: space, at: checkpoint == UInt64.max ? nil : checkpoint)
    guard let found = try state.value(component, key) else {
      throw LogError(.notFound, "the key is not in \(component) of the state space \(state.space)")
    }
    unsafe give(found, value)
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_state_set(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int,
  _ component: UnsafePointer<CChar>?, _ componentCount: Int, _ key: UnsafePointer<UInt8>?,
  _ keyCount: Int, _ value: UnsafePointer<UInt8>?, _ valueCount: Int,
  _ receipt: UnsafeMutablePointer<intaglio_receipt>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe receive(receipt, error) {
    let log: OpenLog = try HandleTable.object(log)
    let space = unsafe try text(space, spaceCount, "space")
    let component = unsafe try text(component, componentCount, "component")
    let key = unsafe Array(try bytes(key, keyCount, "key"))
    let value = unsafe Array(try bytes(value, valueCount, "value"))
    return try log.space(space).transaction { try $0.set(value, component, key) }
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_state_remove(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int,
  _ component: UnsafePointer<CChar>?, _ componentCount: Int, _ key: UnsafePointer<UInt8>?,
  _ keyCount: Int, _ receipt: UnsafeMutablePointer<intaglio_receipt>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe receive(receipt, error) {
    let log: OpenLog = try HandleTable.object(log)
    let space = unsafe try text(space, spaceCount, "space")
    let component = unsafe try text(component, componentCount, "component")
    let key = unsafe Array(try bytes(key, keyCount, "key"))
    return try log.space(space).transaction { try $0.remove(component, key) }
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_state_transaction(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int,
  _ changes: UnsafePointer<CChar>?, _ changesCount: Int,
  _ receipt: UnsafeMutablePointer<intaglio_receipt>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe receive(receipt, error) {
    let log: OpenLog = try HandleTable.object(log)
    let space = unsafe try text(space, spaceCount, "space")
    let transaction = try WrittenTransaction(unsafe members(changes, changesCount, "transaction"))
    return try transaction.commit(to: log.space(space))
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_state_list(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int,
  _ query: UnsafePointer<CChar>?, _ queryCount: Int,
  _ entries: UnsafeMutablePointer<intaglio_bytes>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe answer(entries, error) {
    let log: OpenLog = try HandleTable.object(log)
    let space = unsafe try text(space, spaceCount, "space")
    let query = try StateQuery(unsafe members(query, queryCount, "query"))
    return try query.entries(of: log, space: space)
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_state_spaces(
  _ log: intaglio_log, _ spaces: UnsafeMutablePointer<intaglio_bytes>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe answer(spaces, error) {
    let log: OpenLog = try HandleTable.object(log)
    return .members(["spaces": .texts(try log.snapshot().stateSpaceNames())])
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_checkpoint(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int,
  _ label: UnsafePointer<CChar>?, _ labelCount: Int, _ checkpoint: UnsafeMutablePointer<UInt64>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe checkpoint?.pointee = 0
  return unsafe attempt(error) {
    let log: OpenLog = try HandleTable.object(log)
    let space = unsafe try text(space, spaceCount, "space")
    let label = unsafe try text(label, labelCount, "label")
    let made = try log.space(space).checkpoint(label: label)
    unsafe checkpoint?.pointee = made.sequence.rawValue
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_checkpoints(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int,
  _ checkpoints: UnsafeMutablePointer<intaglio_bytes>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe answer(checkpoints, error) {
    let log: OpenLog = try HandleTable.object(log)
    return try log.checkpoints(ofSpace: unsafe text(space, spaceCount, "space"))
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_rollback(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int, _ checkpoint: UInt64,
  _ reason: UnsafePointer<CChar>?, _ reasonCount: Int, _ by: UnsafePointer<CChar>?,
  _ byCount: Int, _ receipt: UnsafeMutablePointer<intaglio_receipt>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe receive(receipt, error) {
    let log: OpenLog = try HandleTable.object(log)
    let writer = try log.writer()
    let space = unsafe try text(space, spaceCount, "space")
    let reason = unsafe try text(reason, reasonCount, "reason")
    let by = unsafe try text(by, byCount, "by")
    return try writer.rollback(
      to: log.checkpoint(checkpoint, ofSpace: space), reason: reason, by: by)
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_rollback_preview(
  _ log: intaglio_log, _ space: UnsafePointer<CChar>?, _ spaceCount: Int, _ checkpoint: UInt64,
  _ preview: UnsafeMutablePointer<intaglio_bytes>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe answer(preview, error) {
    let log: OpenLog = try HandleTable.object(log)
    let state = try log.state(ofSpace: unsafe text(space, spaceCount, "space"))
    let target = try state.checkpoint(at: SequenceNumber(checkpoint))
    return try state.previewRollback(to: target).json
  }
}
