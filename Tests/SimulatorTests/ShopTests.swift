import AutomatonCore
import Simulator
import Testing

@Suite struct ShopTests {
    @Test func comesUpHealthy() throws {
        var simulation = Simulation()
        var shop = Shop()
        try simulation.write { shop = try $0.deployShop(at: $1) }
        #expect(simulation.run(for: .seconds(30)) { shop.isHealthy(in: $0) })
        for workload in shop.workloads {
            for pod in simulation.pods(of: workload) {
                #expect(pod["status", "phase"]?.string == "Running")
                #expect(pod["status", "containerStatuses", 0, "ready"]?.bool == true)
                #expect(pod["status", "containerStatuses", 0, "restartCount"]?.int == 0)
            }
        }
        #expect(simulation.pods(of: shop.logShipper).count == 3)
        #expect(Set(simulation.pods(of: shop.inventory).map(\.name)) == ["inventory-0", "inventory-1"])
        // Nothing happens to a healthy shop.
        let version = simulation.store.resourceVersion
        simulation.run(for: .minutes(30))
        #expect(simulation.store.resourceVersion == version)
    }
}
