import IntaglioFormat
import Testing

@Suite struct LogPayloadTests {
  private static let digest = SHA256.hash([7])
  private static let payloads: [(LogPayload, String)] = [
    (.opened(epoch: 3), #"{"epoch":3}"#),
    (.streamDeclared(StreamNumber(1), name: "run-1"), #"{"name":"run-1","stream":1}"#),
    (
      .recovered(at: 41, digest: digest, byteCount: 812),
      #"{"byteCount":812,"digest":"\#(digest.hex)","sequence":41}"#
    ),
    (
      .clockStep(
        from: Timestamp(nanoseconds: 1_732_000_000_000_000_000),
        to: Timestamp(nanoseconds: .max)),
      #"{"from":"1732000000000000000","to":"18446744073709551615"}"#
    ),
    (
      .erased(sequences: [7, 9], reason: "a \"request\"", by: "me"),
      #"{"by":"me","reason":"a \"request\"","sequences":[7,9]}"#
    ),
    (.erased(sequences: [], reason: "", by: ""), #"{"by":"","reason":"","sequences":[]}"#),
  ]

  @Test func eachPayloadIsWrittenAsTheFormatSaysAndReadBack() {
    for (payload, text) in Self.payloads {
      #expect(String(decoding: payload.encoded, as: UTF8.self) == text)
      #expect(LogPayload(kind: payload.kind, decoding: text) == payload)
    }
  }

  @Test func aPayloadOfAnotherKindIsRefused() {
    let kinds: [RecordKind] = [.opened, .streamDeclared, .recovered, .clockStep, .erased]
    for (payload, text) in Self.payloads {
      for kind in kinds + [.manifest, .event, RecordKind(255)] where kind != payload.kind {
        #expect(LogPayload(kind: kind, decoding: text) == nil)
      }
    }
  }

  @Test(arguments: [
    (RecordKind.opened, ""), (.opened, "{}"), (.opened, #"{"epoch":"3"}"#),
    (.opened, #"{"epoch":-1}"#), (.opened, #"{"epoch":1.5}"#), (.opened, "[3]"),
    (.streamDeclared, #"{"name":"a","stream":0}"#),
    (.streamDeclared, #"{"name":"a","stream":4294967296}"#),
    (.streamDeclared, #"{"name":"","stream":1}"#),
    (.streamDeclared, #"{"name":"a\u0000","stream":1}"#), (.streamDeclared, #"{"stream":1}"#),
    (.recovered, #"{"byteCount":1,"digest":"00","sequence":1}"#),
    (.recovered, #"{"byteCount":18446744073709551615,"digest":"00","sequence":1}"#),
    (.clockStep, #"{"from":1,"to":2}"#), (.clockStep, #"{"from":"1","to":"x"}"#),
    (.clockStep, #"{"from":"-1","to":"2"}"#),
    (.clockStep, #"{"from":"+1","to":"2"}"#), (.clockStep, #"{"from":"01","to":"2"}"#),
    (.erased, #"{"by":"a","reason":"b","sequences":7}"#),
    (.erased, #"{"by":"a","reason":"b","sequences":[7,"8"]}"#),
    (.erased, #"{"by":"a","sequences":[7]}"#),
  ])
  func whatIsMissingOrOutOfRangeIsRefused(kind: RecordKind, text: String) {
    #expect(LogPayload(kind: kind, decoding: text) == nil)
  }
}
