//! One emulated company and a client of it.

use std::sync::Arc;

use api_client::{
    BaseUrl, Budget, BudgetSettings, CallContext, Caller, Clock, MemoryLedger, Priority, Transport,
};
use emulators::pipedrive::{PipedriveConfig, PipedriveEmulator};
use pipedrive::{ApiToken, Client};

use crate::wire::Wire;

pub(crate) const CHANGE: CallContext = CallContext::new(Priority::Change, "change");

pub(crate) struct World {
    pub(crate) wire: Arc<Wire<PipedriveEmulator>>,
    pub(crate) client: Client,
}

impl World {
    pub(crate) fn start() -> Self {
        Self::with(PipedriveConfig::default(), BudgetSettings::counting())
    }

    pub(crate) fn with(config: PipedriveConfig, budget: BudgetSettings) -> Self {
        let token = config.token.clone();
        Self::with_token(config, budget, &token)
    }

    pub(crate) fn with_token(config: PipedriveConfig, budget: BudgetSettings, token: &str) -> Self {
        let wire = Wire::to(PipedriveEmulator::new(config));
        let clock: Arc<dyn Clock> = Arc::new(wire.clock.clone());
        let budget = Budget::new(
            Arc::clone(&clock),
            Arc::new(MemoryLedger::default()),
            budget,
        );
        let base = BaseUrl::parse("https://nordlysbrokers.pipedrive.com").unwrap();
        let transport: Arc<dyn Transport> = Arc::<Wire<_>>::clone(&wire);
        let caller = Caller::new(transport, clock, budget, base);
        let client = Client::new(&caller, &ApiToken::new(token.to_owned().into())).unwrap();
        Self { wire, client }
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.wire.clock.run(future)
    }
}
