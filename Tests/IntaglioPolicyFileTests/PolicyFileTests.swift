import Testing

@testable import IntaglioPolicyFile

@Suite struct PolicyFileTests {
}
