import IntaglioFormat
import Testing

@testable import IntaglioHooks

/// Every test and every way to combine them, in all three values.
@Suite struct PolicyPredicateTests {
  @Test func `equals compares within one kind, numbers by value and objects without order`() {
    check([
      (#"{"/a":{"equals":5}}"#, #"{"a":5}"#, .yes),
      (#"{"/a":{"equals":5}}"#, #"{"a":5.0}"#, .yes),
      (#"{"/a":{"equals":5}}"#, #"{"a":50e-1}"#, .yes),
      (#"{"/a":{"equals":0}}"#, #"{"a":-0}"#, .yes),
      (#"{"/a":{"equals":0}}"#, #"{"a":0e999999999999999999999}"#, .yes),
      (#"{"/a":{"equals":5}}"#, #"{"a":5.0000000000000000000000000001}"#, .no),
      (#"{"/a":{"equals":9007199254740992}}"#, #"{"a":9007199254740993}"#, .no),
      (#"{"/a":{"equals":5}}"#, #"{"a":"5"}"#, .error),
      (#"{"/a":{"equals":5}}"#, #"{"a":null}"#, .error),
      (#"{"/a":{"equals":5}}"#, #"{}"#, .error),
      (#"{"/a":{"equals":5}}"#, #"{"a":1e99999999999999999999}"#, .error),
      (#"{"/a":{"equals":"x"}}"#, #"{"a":"x"}"#, .yes),
      (#"{"/a":{"equals":"x"}}"#, #"{"a":"X"}"#, .no),
      (#"{"/a":{"equals":"x"}}"#, #"{"a":["x"]}"#, .error),
      (#"{"/a":{"equals":null}}"#, #"{"a":null}"#, .yes),
      (#"{"/a":{"equals":null}}"#, #"{"a":false}"#, .error),
      (#"{"/a":{"equals":true}}"#, #"{"a":true}"#, .yes),
      (#"{"/a":{"equals":true}}"#, #"{"a":false}"#, .no),
      (#"{"/a":{"equals":true}}"#, #"{"a":1}"#, .error),
      (#"{"/a":{"equals":[1,"x"]}}"#, #"{"a":[1.0,"x"]}"#, .yes),
      (#"{"/a":{"equals":[1,"x"]}}"#, #"{"a":["x",1]}"#, .error),
      (#"{"/a":{"equals":[1,"x"]}}"#, #"{"a":[2,1]}"#, .no),
      (#"{"/a":{"equals":[1,2]}}"#, #"{"a":[1]}"#, .no),
      (#"{"/a":{"equals":[]}}"#, #"{"a":[]}"#, .yes),
      (#"{"/a":{"equals":{"x":1,"y":[2]}}}"#, #"{"a":{"y":[2],"x":1}}"#, .yes),
      (#"{"/a":{"equals":{"x":1}}}"#, #"{"a":{"x":1,"y":2}}"#, .no),
      (#"{"/a":{"equals":{"x":1}}}"#, #"{"a":{"y":1}}"#, .no),
      (#"{"/a":{"equals":{"x":1}}}"#, #"{"a":{"x":"1"}}"#, .error),
      (#"{"/a":{"equals":{"x":1}}}"#, #"{"a":{"x\u200b":1}}"#, .error),
      (#"{"":{"equals":{}}}"#, #"{}"#, .yes),
    ])
  }

  @Test func `in is equal to one, and errs only if none is of the kind`() {
    check([
      (#"{"/a":{"in":["EUR","USD"]}}"#, #"{"a":"USD"}"#, .yes),
      (#"{"/a":{"in":["EUR","USD"]}}"#, #"{"a":"usd"}"#, .no),
      (#"{"/a":{"in":["EUR","USD"]}}"#, #"{"a":7}"#, .error),
      (#"{"/a":{"in":["EUR",null]}}"#, #"{"a":"USD"}"#, .no),
      (#"{"/a":{"in":["EUR",null]}}"#, #"{"a":null}"#, .yes),
      (#"{"/a":{"in":[1,2.5]}}"#, #"{"a":2.50}"#, .yes),
      (#"{"/a":{"in":[[1],[2]]}}"#, #"{"a":[2]}"#, .yes),
      (#"{"/a":{"in":["EUR"]}}"#, #"{"a":"\u200bEUR"}"#, .error),
    ])
  }

  @Test func `numbers are compared exactly, and only numbers`() {
    check([
      (#"{"/a":{"less":10}}"#, #"{"a":9.999999999999999999999999}"#, .yes),
      (#"{"/a":{"less":10}}"#, #"{"a":10}"#, .no),
      (#"{"/a":{"less":10}}"#, #"{"a":"9"}"#, .error),
      (#"{"/a":{"less_or_equal":10}}"#, #"{"a":1e1}"#, .yes),
      (#"{"/a":{"less_or_equal":10}}"#, #"{"a":10.00000000000000000001}"#, .no),
      (#"{"/a":{"less_or_equal":10}}"#, #"{"a":true}"#, .error),
      (#"{"/a":{"greater":100}}"#, #"{"a":100.00000000000000000001}"#, .yes),
      (#"{"/a":{"greater":100}}"#, #"{"a":100.0}"#, .no),
      (#"{"/a":{"greater":100}}"#, #"{"a":[101]}"#, .error),
      (#"{"/a":{"greater_or_equal":-5}}"#, #"{"a":-5.0}"#, .yes),
      (#"{"/a":{"greater_or_equal":-5}}"#, #"{"a":-5.1}"#, .no),
      (#"{"/a":{"greater_or_equal":-5}}"#, #"{"a":{}}"#, .error),
      (#"{"/a":{"greater":100}}"#, #"{"a":1e308}"#, .yes),
      (#"{"/a":{"greater":100}}"#, #"{"a":-1e308}"#, .no),
      (#"{"/a":{"greater":100}}"#, #"{"a":1e-99999999999999999}"#, .no),
      (#"{"/a":{"greater":100}}"#, #"{"a":1e100000000000000000000}"#, .error),
      (#"{"/a":{"greater":1,"less":3}}"#, #"{"a":2}"#, .yes),
      (#"{"/a":{"greater":1,"less":3}}"#, #"{"a":3}"#, .no),
    ])
  }

  @Test func `contains finds a text in a text, and an equal element in a list`() {
    check([
      (#"{"/a":{"contains":"bab"}}"#, #"{"a":"ababab"}"#, .yes),
      (#"{"/a":{"contains":"bab"}}"#, #"{"a":"aabb"}"#, .no),
      (#"{"/a":{"contains":""}}"#, #"{"a":""}"#, .yes),
      (#"{"/a":{"contains":"aab"}}"#, #"{"a":"aaab"}"#, .yes),
      (#"{"/a":{"contains":"x"}}"#, #"{"a":7}"#, .error),
      (#"{"/a":{"contains":"x"}}"#, #"{"a":"a\u202ex"}"#, .error),
      (#"{"/a":{"contains":"x"}}"#, #"{"a":["y","x"]}"#, .yes),
      (#"{"/a":{"contains":"x"}}"#, #"{"a":["y"]}"#, .no),
      (#"{"/a":{"contains":"x"}}"#, #"{"a":[]}"#, .no),
      (#"{"/a":{"contains":"x"}}"#, #"{"a":["y",1]}"#, .error),
      (#"{"/a":{"contains":"x"}}"#, #"{"a":[1,"x"]}"#, .yes),
      (#"{"/a":{"contains":3}}"#, #"{"a":[1,3.0]}"#, .yes),
      (#"{"/a":{"contains":3}}"#, #"{"a":"3"}"#, .error),
    ])
  }

  @Test func `starts_with and glob test whole scalars of texts`() {
    check([
      (#"{"/a":{"starts_with":"ab"}}"#, #"{"a":"abc"}"#, .yes),
      (#"{"/a":{"starts_with":"ab"}}"#, #"{"a":"a"}"#, .no),
      (#"{"/a":{"starts_with":"ab"}}"#, #"{"a":null}"#, .error),
      (#"{"/a":{"glob":"a?c*"}}"#, #"{"a":"aöcd"}"#, .yes),
      (#"{"/a":{"glob":"a?c*"}}"#, #"{"a":"ac"}"#, .no),
      (#"{"/a":{"glob":"a?c*"}}"#, #"{"a":12}"#, .error),
      (#"{"/a":{"glob":"\\*"}}"#, #"{"a":"*"}"#, .yes),
      (#"{"/a":{"glob":"\\*"}}"#, #"{"a":"x"}"#, .no),
    ])
  }

  @Test func `exists is the one test that a missing place does not make err`() {
    check([
      (#"{"/a":{"exists":true}}"#, #"{"a":null}"#, .yes),
      (#"{"/a":{"exists":true}}"#, #"{}"#, .no),
      (#"{"/a":{"exists":false}}"#, #"{}"#, .yes),
      (#"{"/a":{"exists":false}}"#, #"{"a":0}"#, .no),
      (#"{"/a/b":{"exists":true}}"#, #"{"a":"text"}"#, .error),
      (#"{"/a/b":{"exists":false}}"#, #"{"a":null}"#, .error),
      (#"{"/a/1":{"exists":true}}"#, #"{"a":[1]}"#, .no),
      (#"{"/a":{"exists":true,"greater":5}}"#, #"{}"#, .no),
      (#"{"/a":{"exists":true}}"#, #"{"a":"\u202e"}"#, .yes),
    ])
  }

  @Test func `length counts scalars, elements and members`() {
    check([
      (#"{"/a":{"length":{"equals":2}}}"#, #"{"a":"é😀"}"#, .yes),
      (#"{"/a":{"length":{"equals":2}}}"#, #"{"a":[1]}"#, .no),
      (#"{"/a":{"length":{"less":3}}}"#, #"{"a":{"x":1,"y":2}}"#, .yes),
      (#"{"/a":{"length":{"greater":0,"less_or_equal":2}}}"#, #"{"a":[1,2]}"#, .yes),
      (#"{"/a":{"length":{"greater_or_equal":3}}}"#, #"{"a":"ab"}"#, .no),
      (#"{"/a":{"length":{"less":3}}}"#, #"{"a":12}"#, .error),
      (#"{"/a":{"length":{"less":3}}}"#, #"{"a":"a\u200b"}"#, .error),
    ])
  }

  @Test func `every and some look at the elements of a list`() {
    check([
      (#"{"/a":{"every":{"":{"greater":1}}}}"#, #"{"a":[2,3]}"#, .yes),
      (#"{"/a":{"every":{"":{"greater":1}}}}"#, #"{"a":[]}"#, .yes),
      (#"{"/a":{"every":{"":{"greater":1}}}}"#, #"{"a":["x",1]}"#, .no),
      (#"{"/a":{"every":{"":{"greater":1}}}}"#, #"{"a":["x",2]}"#, .error),
      (#"{"/a":{"every":{"":{"greater":1}}}}"#, #"{"a":{"x":2}}"#, .error),
      (#"{"/a":{"some":{"/id":{"equals":"x"}}}}"#, #"{"a":[{},{"id":"x"}]}"#, .yes),
      (#"{"/a":{"some":{"/id":{"equals":"x"}}}}"#, #"{"a":[]}"#, .no),
      (#"{"/a":{"some":{"/id":{"equals":"x"}}}}"#, #"{"a":[{"id":"y"}]}"#, .no),
      (#"{"/a":{"some":{"/id":{"equals":"x"}}}}"#, #"{"a":[{"id":"y"},{}]}"#, .error),
      (#"{"/a":{"some":{"/id":{"equals":"x"}}}}"#, #"{"a":"x"}"#, .error),
      (#"{"/a":{"some":{"":{"every":{"":{"less":0}}}}}}"#, #"{"a":[[1],[-1,-2]]}"#, .yes),
    ])
  }

  @Test func `a command is exactly one of those listed`() {
    let predicate = #"{"/c":{"command":["git status",["ls","-l"]]}}"#
    check([
      (predicate, #"{"c":"git status"}"#, .yes),
      (predicate, #"{"c":"git status "}"#, .no),
      (predicate, #"{"c":"git status; rm -rf /"}"#, .no),
      (predicate, #"{"c":"ls -l"}"#, .no),
      (predicate, #"{"c":["ls","-l"]}"#, .yes),
      (predicate, #"{"c":["git","status"]}"#, .no),
      (predicate, #"{"c":["ls","-l",""]}"#, .no),
      (predicate, #"{"c":["ls",1]}"#, .error),
      (predicate, #"{"c":7}"#, .error),
      (predicate, #"{"c":"git\u200b status"}"#, .error),
      (predicate, #"{}"#, .error),
    ])
  }

  @Test func `combinations follow Kleene's strong logic`() {
    let leaf = [
      Expected.yes: #"{"/t":{"equals":1}}"#, .no: #"{"/t":{"equals":2}}"#,
      .error: #"{"/e":{"equals":1}}"#,
    ]
    let all: [Expected] = [.yes, .no, .error]
    for first in all {
      check([
        (#"{"not":\#(leaf[first]!)}"#, #"{"t":1}"#, [.yes: .no, .no: .yes, .error: .error][first]!)
      ])
      for second in all {
        let pair = "[\(leaf[first]!),\(leaf[second]!)]"
        let either: Set = [first, second]
        if either != [.yes, .no] {
          // Otherwise the policy says itself that it never applies.
          check([
            (
              #"{"all":\#(pair)}"#, #"{"t":1}"#,
              either.contains(.no) ? .no : either.contains(.error) ? .error : .yes
            )
          ])
        }
        check([
          (
            #"{"any":\#(pair)}"#, #"{"t":1}"#,
            either.contains(.yes) ? .yes : either.contains(.error) ? .error : .no
          )
        ])
      }
    }
  }

  @Test func `pointers are followed to the letter`() {
    check([
      (#"{"/a~1b/~0":{"equals":1}}"#, #"{"a/b":{"~":1}}"#, .yes),
      (#"{"/":{"equals":1}}"#, #"{"":1}"#, .yes),
      (#"{"/l/0":{"equals":1}}"#, #"{"l":[1]}"#, .yes),
      (#"{"/l/00":{"equals":1}}"#, #"{"l":[1]}"#, .error),
      (#"{"/l/-":{"exists":false}}"#, #"{"l":[1]}"#, .error),
      (#"{"/l/+0":{"equals":1}}"#, #"{"l":[1]}"#, .error),
      (#"{"/l/18446744073709551616":{"exists":false}}"#, #"{"l":[1]}"#, .yes),
      (#"{"/o/00":{"equals":1}}"#, #"{"o":{"00":1}}"#, .yes),
      (#"{"/amount":{"exists":true}}"#, #"{"Amount":1,"аmount":2}"#, .no),
      (#"{"/é":{"exists":true}}"#, "{\"e\u{301}\":1}", .no),
      (#"{"/é":{"exists":true}}"#, "{\"\u{E9}\":1}", .yes),
    ])
  }

  @Test func `text that does not look like what it is makes a test err`() {
    let hostile = [
      "e\u{301}",  // not NFC
      "\u{212B}",  // the sign for ångström, not NFC
      "a\u{200B}b", "a\u{200C}b", "a\u{200D}b", "a\u{2060}b", "a\u{FEFF}b", "a\u{AD}b",
      "a\u{202E}b", "a\u{2066}b", "a\u{200F}b", "a\u{61C}b",
      "a\u{FE0F}", "a\u{3164}", "a\u{115F}", "a\u{E0041}", "a\u{E0100}",
      "a\u{0}", "a\u{1B}[31m", "a\u{7F}", "a\u{85}", "a\u{9B}", "a\u{2028}",
      "a" + String(repeating: "\u{0316}", count: 31),
    ]
    for text in hostile {
      let arguments = String(
        decoding: JSON.object([.init("a", .string(text))]).canonical, as: UTF8.self)
      for test in [
        #""equals":"x""#, #""in":["x"]"#, #""contains":"x""#, #""starts_with":"x""#, #""glob":"*""#,
        #""length":{"less":1000}"#, #""command":["x"]"#, #""path":{"within":"/"}"#,
        #""url":{"scheme":"https"}"#,
      ] {
        check([(#"{"/a":{\#(test)}}"#, arguments, .error)])
      }
    }
    let plain = [
      "a\nb\tc\r", "é", "Ａ", "日本語", "\u{AC00}", "😀", "a\u{A0}b", "\u{FFFD}",
      "q\u{323}\u{307}",
    ]
    for text in plain {
      let arguments = String(
        decoding: JSON.object([.init("a", .string(text))]).canonical, as: UTF8.self)
      check([(#"{"/a":{"glob":"*"}}"#, arguments, .yes)])
    }
    // Fullwidth letters are other letters.
    check([(#"{"/a":{"equals":"A"}}"#, #"{"a":"Ａ"}"#, .no)])
  }

  @Test func `reasons name the place and never what the arguments say`() throws {
    let secret = "s3cr3t"
    for (predicate, arguments) in [
      (#"{"/a":{"equals":5}}"#, #"{"a":"s3cr3t"}"#),
      (#"{"/a":{"url":{"scheme":"https"}}}"#, #"{"a":"s3cr3t@x"}"#),
      (#"{"/a":{"path":{"within":"/x"}}}"#, #"{"a":"s3cr3t/.."}"#),
      (#"{"/a":{"every":{"/b":{"greater":1}}}}"#, #"{"a":[{"b":"s3cr3t"}]}"#),
      (#"{"/a":{"greater":1}}"#, #"{"s3cr3t":1,"s3cr3t":2}"#),
    ] {
      let reason = try #require(try truth(predicate, of: arguments).error)
      #expect(!reason.contains(secret), "\(reason)")
    }
    #expect(
      try truth(#"{"/a":{"equals":5}}"#, of: #"{"a":"x"}"#)
        == .errs("/a is a text, not a number"))
    #expect(try truth(#"{"/a":{"equals":5}}"#, of: "{}") == .errs("/a is missing"))
  }
}
