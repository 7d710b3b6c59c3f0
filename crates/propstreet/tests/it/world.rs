//! One emulated organization and a client of it.

use std::sync::Arc;

use api_client::{
    BaseUrl, Budget, BudgetSettings, CallContext, Caller, Clock, MemoryLedger, Priority, Transport,
};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use propstreet::{Client, Login};

use crate::wire::Wire;

pub(crate) const CHANGE: CallContext = CallContext::new(Priority::Change, "change");

pub(crate) struct World {
    pub(crate) wire: Arc<Wire<PropstreetEmulator>>,
    pub(crate) client: Client,
}

pub(crate) fn machine_login() -> Login {
    Login::Client {
        id: "nordhav-sync".to_owned(),
        secret: "nordhav-sync-secret".to_owned().into(),
    }
}

impl World {
    pub(crate) fn start() -> Self {
        Self::with(
            PropstreetSettings::default(),
            BudgetSettings::counting(),
            &machine_login(),
        )
    }

    pub(crate) fn with(
        settings: PropstreetSettings,
        budget: BudgetSettings,
        login: &Login,
    ) -> Self {
        let wire = Wire::to(PropstreetEmulator::new(settings));
        let clock: Arc<dyn Clock> = Arc::new(wire.clock.clone());
        let budget = Budget::new(
            Arc::clone(&clock),
            Arc::new(MemoryLedger::default()),
            budget,
        );
        let base = BaseUrl::parse("https://app.propstreet.com").unwrap();
        let transport: Arc<dyn Transport> = Arc::<Wire<_>>::clone(&wire);
        let client = Client::new(&Caller::new(transport, clock, budget, base), login).unwrap();
        Self { wire, client }
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.wire.clock.run(future)
    }

    /// How often a path that ends so was called.
    pub(crate) fn logins(&self) -> u64 {
        let counters = self.wire.emulator().counters();
        counters
            .requests
            .iter()
            .filter(|(call, _)| call.contains("token"))
            .map(|(_, count)| count)
            .sum()
    }
}
