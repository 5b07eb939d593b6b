// swift-tools-version: 6.2
import PackageDescription

/// What a memory costs at a size: `swift run -c release RecallBenchmark DIRECTORY COUNT`.
let package = Package(
  name: "IntaglioRecallBenchmarks",
  dependencies: [
    .package(name: "Intaglio", path: "../.."),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
  ],
  targets: [
    .executableTarget(
      name: "RecallBenchmark",
      dependencies: [
        .product(name: "Intaglio", package: "Intaglio"),
        .product(name: "IntaglioHooks", package: "Intaglio"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
