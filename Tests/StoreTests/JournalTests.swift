import AutomatonCore
import Store
import Testing
