// swift-tools-version: 6.2
import PackageDescription

/// Micro-benchmarks of the inner parts, apart from the comparison with peers, so that neither
/// needs what the other is built with.
let package = Package(
  name: "IntaglioMicroBenchmarks",
  platforms: [.macOS(.v14)],
  dependencies: [
    .package(name: "Intaglio", path: "../.."),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    // Without its interposers: allocations are counted by `CAllocationCount`.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .target(name: "CAllocationCount"),
    .executableTarget(
      name: "InnerParts",
      dependencies: [
        "CAllocationCount",
        .product(name: "CHash", package: "Intaglio"),
        .product(name: "Intaglio", package: "Intaglio"),
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Benchmarks/InnerParts",
      swiftSettings: [
        .swiftLanguageMode(.v6),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
      ],
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ],
  cLanguageStandard: .c17
)
