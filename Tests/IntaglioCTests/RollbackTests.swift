import CIntaglio
import IntaglioFormat
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage
import Testing

/// State, checkpoints and rollbacks of missions, by requests.
@Suite struct RollbackTests {
  private static let options = #"{"participants":["context"]}"#

  private func number(_ checkpoint: JSON?) throws -> UInt64 {
    try #require(checkpoint?["checkpoint"]?.integer)
  }

  @Test func `the host restores its participants between the beginning and the end of a rollback`()
    throws
  {
    let directory = try TemporaryDirectory()
    let store = directory.path(of: "store")
    var governor = try Caller(store, Self.options)
    let run = try governor.start(#""agent":"a","mission":"m","captured":{"context":"c0"}"#)
    try governor.ask(
      #"{"do":"state.change","run":"\#(run)","changes":[{"component":"context","key":"k","value":"v"},{"component":"context","key":"b","value":{"base64":"/w=="}}]}"#
    )
    try governor.ask(
      #"{"do":"checkpoint","run":"\#(run)","label":"here","captured":{"context":"c1"}}"#)
    #expect(throws: Refusal("mission_live")) {
      let start = try number(
        governor.ask(#"{"do":"checkpoint.start","run":"\#(run)"}"#)["checkpoint"])
      try governor.ask(
        #"{"do":"rollback.begin","mission":"m","checkpoint":\#(start),"reason":"r","by":"b"}"#)
    }
    try governor.ask(#"{"do":"run.end","run":"\#(run)","captured":{"context":"c2"}}"#)
    let checkpoints = try #require(
      try governor.ask(#"{"do":"checkpoints","mission":"m"}"#)["checkpoints"]?.array)
    #expect(checkpoints.map { $0["label"]?.string } == ["run.end", "here", "run.start"])
    #expect(
      try governor.ask(#"{"do":"checkpoint.latest","mission":"m"}"#)["checkpoint"] == checkpoints[1]
    )
    let start = try number(checkpoints[2])
    let preview = try governor.ask(
      #"{"do":"rollback.preview","mission":"m","checkpoint":\#(start)}"#)
    #expect(preview["state"]?["components"]?["context"]?["removed"]?.integer == 2)
    #expect(preview["not_captured"] == .array([]))
    let begun = try governor.ask(
      #"{"do":"rollback.begin","mission":"m","checkpoint":\#(start),"reason":"r","by":"b"}"#)
    let pending = JSON.array([
      .object([.init("participant", .string("context")), .init("captured", .string("c0"))])
    ])
    #expect(begun["pending"] == pending)
    try governor.ask(
      #"{"do":"rollback.failed","mission":"m","participant":"context","why":"it is in use"}"#)
    #expect(throws: Refusal("rollback_pending")) {
      try governor.start(#""agent":"a","mission":"m""#)
    }
    #expect(throws: Refusal("invalid")) {
      try governor.ask(#"{"do":"rollback.failed","mission":"m","participant":"x","why":""}"#)
    }
    try governor.close()

    // As after a crash: what was begun is told to whoever opens the store.
    governor = try Caller(store, Self.options)
    let left = try governor.ask(#"{"do":"rollback.pending"}"#)["rollbacks"]?.array
    #expect(left?.first?["pending"] == pending)
    #expect(left?.first?["mission"] == .string("m"))
    #expect(throws: Refusal("rollback_pending")) {
      try governor.ask(
        #"{"do":"rollback.begin","mission":"m","checkpoint":\#(start),"reason":"r","by":"b"}"#)
    }
    try governor.ask(#"{"do":"rollback.finish","mission":"m"}"#)
    #expect(throws: Refusal("invalid")) {
      try governor.ask(#"{"do":"rollback.finish","mission":"m"}"#)
    }
    #expect(
      try governor.ask(#"{"do":"state.read","mission":"m","component":"context","key":"k"}"#)[
        "value"]
        == .null)
    let there = try number(checkpoints[1])
    let entries = try governor.ask(
      #"{"do":"state.read","mission":"m","component":"context","checkpoint":\#(there)}"#)["entries"]
    #expect(
      entries?.array?.map { $0["value"] } == [
        .object([.init("base64", .string("/w=="))]), .string("v"),
      ])
    let prefixed = try governor.ask(
      #"{"do":"state.read","mission":"m","component":"context","prefix":"k","checkpoint":\#(there)}"#
    )
    #expect(prefixed["entries"]?.array?.count == 1)
    try governor.close()
    #expect(try Verifier().verify(store.appending("0")).isFaultless)
  }

  @Test func `a checkpoint without all participants cannot be rolled back to`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), Self.options)
    let run = try governor.start(#""agent":"a","mission":"m""#)
    try governor.ask(
      #"{"do":"state.change","run":"\#(run)","changes":[{"component":"c","key":"k","value":"v"}]}"#)
    try governor.ask(#"{"do":"run.end","run":"\#(run)","captured":{"context":"c"}}"#)
    let start = try number(
      governor.ask(#"{"do":"checkpoint.start","run":"\#(run)"}"#)["checkpoint"])
    #expect(throws: Refusal("not_restorable")) {
      try governor.ask(
        #"{"do":"rollback.begin","mission":"m","checkpoint":\#(start),"reason":"r","by":"b"}"#)
    }
    #expect(throws: Refusal("invalid")) {
      try governor.start(#""agent":"a","captured":{"workspace":"w"}"#)
    }
    try governor.close()
  }

  @Test func `what others have changed is taken back only by force`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), Self.options)
    let run = try governor.start(#""agent":"a","mission":"m","captured":{"context":"c0"}"#)
    try governor.ask(
      #"{"do":"run.fail","run":"\#(run)","type":"t","message":"m","captured":{"context":"c1"}}"#)
    let last = try governor.ask(#"{"do":"rollback.captured","mission":"m"}"#)["captured"]
    #expect(last == .object([.init("context", .string("c1"))]))
    let start = try number(
      governor.ask(#"{"do":"checkpoint.start","run":"\#(run)"}"#)["checkpoint"])
    let place = #""mission":"m","checkpoint":\#(start),"session_changed":["context"]"#
    let preview = try governor.ask(#"{"do":"rollback.preview",\#(place)}"#)
    #expect(
      preview["changed_by_others"]
        == .array([.object([.init("participant", .string("context"))])]))
    #expect(throws: Refusal("session_changed")) {
      try governor.ask(#"{"do":"rollback.begin",\#(place),"reason":"r","by":"b"}"#)
    }
    #expect(throws: Refusal("invalid")) {
      try governor.ask(
        #"{"do":"rollback.preview","mission":"m","checkpoint":\#(start),"session_changed":["x"]}"#)
    }
    try governor.ask(#"{"do":"rollback.begin",\#(place),"reason":"r","by":"b","forced":true}"#)
    try governor.ask(#"{"do":"rollback.finish","mission":"m"}"#)
    try governor.close()
  }

  @Test func `a mission is changed, granted and revoked with and without a live run`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"))
    try governor.ask(
      #"{"do":"state.change","mission":"m","by":"ops","reason":"r","changes":[{"component":"c","key":"k","value":"v"},{"component":"c","key":"l","value":"v"}]}"#
    )
    let run = try governor.start(#""agent":"a","mission":"m""#)
    try governor.ask(
      #"{"do":"state.change","run":"\#(run)","changes":[{"component":"c","key":"k","value":null}]}"#
    )
    #expect(
      try governor.ask(#"{"do":"state.read","mission":"m","component":"c"}"#)["entries"]?.array?
        .count
        == 1)
    #expect(
      try governor.ask(#"{"do":"capability.list","run":"\#(run)"}"#)["capabilities"] == .null)
    let held = try governor.ask(
      #"{"do":"capability.grant","run":"\#(run)","agent":"a","pattern":"read_*","by":"ops"}"#)
    #expect(held["capabilities"] == .array([.string("function:read_*")]))
    try governor.ask(
      #"{"do":"capability.grant","mission":"m","agent":"a","pattern":"write","by":"ops"}"#)
    try governor.ask(
      #"{"do":"capability.revoke","mission":"m","agent":"a","pattern":"read_*","by":"ops"}"#)
    for place in [#""run":"\#(run)""#, #""mission":"m""#] {
      #expect(
        try governor.ask(#"{"do":"capability.list",\#(place)}"#)["capabilities"]
          == .object([.init("a", .array([.string("function:write")]))]))
    }
    let rest = try governor.ask(
      #"{"do":"capability.revoke","run":"\#(run)","agent":"a","pattern":"write","by":"ops"}"#)
    #expect(rest["capabilities"] == .array([]))
    #expect(try governor.decide(run, "write")[0]["effect"] == .string("deny"))
    try governor.close()
  }

  @Test func `what is remembered is recalled as what it was, until it is forgotten`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"))
    let run = try governor.start()
    let r = #""run":"\#(run)""#
    _ = try governor.decide(run, "ask")
    let values = [
      #""a seat by the window""#, #"{"base64":"YQ=="}"#,
      #"{"reference":{"id":"1","kind":"file","location":"/x"}}"#,
    ]
    for (index, value) in values.enumerated() {
      try governor.ask(
        #"{"do":"memory.remember",\#(r),"key":"k\#(index)","value":\#(value),"tags":["t"],"expires_after":3600,"call":0}"#
      )
    }
    let all = try #require(
      try governor.ask(#"{"do":"memory.recall",\#(r),"prefix":"k","limit":5}"#)["entries"]?.array)
    #expect(
      Set(all.map { String(decoding: $0["value"]!.canonical, as: UTF8.self) }) == Set(values))
    let found = try governor.ask(#"{"do":"memory.recall",\#(r),"words":"window"}"#)["entries"]?
      .array
    #expect(found?.map { $0["key"]?.string } == ["k0"])
    #expect(found?.first?["run"] == .string(run))
    #expect(found?.first?["is_tainted"] == .bool(false))
    #expect(
      try governor.ask(#"{"do":"memory.forget",\#(r),"key":"k0"}"#)["forgotten"] == .bool(true))
    #expect(
      try governor.ask(#"{"do":"memory.forget",\#(r),"key":"k0"}"#)["forgotten"] == .bool(false))
    try governor.close()
  }
}
