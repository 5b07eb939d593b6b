import Testing

@testable import IntaglioHooks

/// URLs and paths as those write them who want to get past a rule.
@Suite struct PolicyAddressTests {
  private let url = #"{"/u":{"url":{"scheme":"https","host":["api.example.com","*.example.org"]}}}"#

  private func arguments(_ text: String) -> String {
    #"{"u":"\#(text.replacing("\\", with: "\\\\"))"}"#
  }

  @Test(arguments: [
    "https://api.example.com", "HTTPS://API.Example.COM/x", "https://api.example.com:443/x?y#z",
    "https://a.example.org", "https://a.b.example.org/", "https://api.example.com?q=@evil.com",
    "https://api.example.com/a%20b", "https://api.example.com#@evil.com",
  ])
  func `a listed host is recognised`(text: String) {
    check([(url, arguments(text), .yes)])
  }

  @Test(arguments: [
    "http://api.example.com", "https://example.com", "https://example.org",
    "https://evilexample.org",
    "https://api.example.com.evil.com", "https://api-example.com",
    "https://evil.com/api.example.com",
    "https://1.2.3.4", "ftp://api.example.com", "https://xapi.example.com",
  ])
  func `another host is another host`(text: String) {
    check([(url, arguments(text), .no)])
  }

  @Test(arguments: [
    "", "api.example.com", "//api.example.com", "https:api.example.com", "https:/api.example.com",
    "https:///api.example.com", "https://", "https://:443", "https://user@api.example.com",
    "https://api.example.com@evil.com", "https://api.example.com:x@evil.com",
    "https://@api.example.com",
    "https://evil.com\\@api.example.com", "https:\\\\api.example.com",
    "https://api.example.com\\.evil.com",
    "https://api%2eexample.com", "https://api.example.com%00.evil.com", "https://api.example.com.",
    "https://.example.org", "https://a..example.org", " https://api.example.com",
    "https://api.example.com ",
    "https://api.exa mple.com", "https://аpi.example.com", "https://api。example.com",
    "https://ａpi.example.com",
    "https://127.1", "https://2130706433", "https://0x7f000001", "https://0177.0.0.1",
    "https://127.0.0.0x1",
    "https://1.2.3.256", "https://1.2.3.04", "https://1.2.3.4.5", "https://[::1]",
    "https://[::1]:80/",
    "https://api.example.com:", "https://api.example.com:99999", "https://api.example.com:8a",
    "https://api.example.com:443:443", "1https://api.example.com", "ht tps://api.example.com",
    "javascript:alert(1)", "https://xn--/\u{7F}", "https://api.example.com\u{A0}",
    "https://a;b.example.org", "https://a'b.example.org", "https://a*.example.org",
  ])
  func `what readers take for different things errs`(text: String) {
    check([(url, arguments(text), .error)])
  }

  @Test(arguments: [
    ("https://user@api.example.com", "user information"),
    ("https://a:b@evil.com", "user information"),
    ("https://api.example.com\\@evil.com", "a backslash"), ("api.example.com", "no scheme"),
    ("https:api.example.com", "no // after its scheme"), ("https://x:99999", "a port that is none"),
    ("https://a%2eb", "a percent sign"), ("https://é.example", "is not ASCII"),
    ("https://x.", "ends with a dot"),
    ("https:///x", "is empty"), ("https://127.1", "a number in another form"),
    ("https://a b", "spaces or control"),
  ])
  func `the reason says what is wrong with a URL`(text: String, words: String) throws {
    let reason = try truth(url, of: arguments(text)).error
    #expect(reason?.hasPrefix("/u is a URL that ") == true && reason?.contains(words) == true)
  }

  @Test func `scheme and host can each be left out`() {
    check([
      (#"{"/u":{"url":{"scheme":["http","HTTPS"]}}}"#, #"{"u":"https://x"}"#, .yes),
      (#"{"/u":{"url":{"scheme":["http","HTTPS"]}}}"#, #"{"u":"ftp://x"}"#, .no),
      (#"{"/u":{"url":{"host":"X.example"}}}"#, #"{"u":"ftp://x.EXAMPLE"}"#, .yes),
      (#"{"/u":{"url":{"host":"x"}}}"#, #"{"u":5}"#, .error),
      (#"{"/u":{"url":{"host":"10.0.0.1"}}}"#, #"{"u":"http://10.0.0.1:8080/"}"#, .yes),
    ])
  }

  private let path = #"{"/p":{"path":{"within":["/srv/data/","/tmp//x/."]}}}"#

  @Test(arguments: [
    ("/srv/data", Expected.yes), ("/srv/data/", .yes), ("/srv/data/x", .yes),
    ("//srv//./data/x", .yes),
    ("/tmp/x", .yes), ("/tmp/x/y/z", .yes), ("/srv/data/...", .yes), ("/srv/data/~", .yes),
    ("/srv/database", .no), ("/srv", .no), ("/", .no), ("/SRV/data", .no), ("/tmp/xy", .no),
    ("/srv/data%2f..", .no), ("/srv/%2e%2e/data", .no),
    ("/srv/data/../etc", .error), ("/srv/data/..", .error), ("/../srv/data", .error),
    ("..", .error),
    ("srv/data", .error), ("", .error), ("~/x", .error), ("./srv", .error),
    ("/srv/data\\..\\x", .error),
    ("C:\\srv", .error), ("file:///srv/data", .error),
  ])
  func `a path lies within a directory by its components`(text: String, expected: Expected) {
    let arguments = #"{"p":"\#(text.replacing("\\", with: "\\\\"))"}"#
    check([(path, arguments, expected)])
  }

  @Test func `a zero byte in a path errs, and everything lies within the root`() {
    check([
      (path, #"{"p":"/srv/data/x\u0000.txt"}"#, .error),
      (#"{"/p":{"path":{"within":"/"}}}"#, #"{"p":"/etc/passwd"}"#, .yes),
      (path, #"{"p":["/srv/data"]}"#, .error),
    ])
  }
}
