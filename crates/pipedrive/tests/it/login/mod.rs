//! Logging in through OAuth, and staying so, against the emulator. `House` is an account with a login that programs share.

mod ending;
mod given;
mod renewing;

use std::sync::{Arc, Mutex};

use api_client::{
    BaseUrl, BoxFuture, Budget, BudgetSettings, CallError, Caller, Clock, MemoryLedger,
    NotNowReason, Transport,
};
use bytes::Bytes;
use emulators::Emulator;
use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::{OauthConfig, PipedriveConfig, PipedriveEmulator, Switches};
use http::{Method, Request};
use pipedrive::{
    App, AuthorizationServer, Client, ConsentRequest, KeeperError, KeptLogin, KeptVersion,
    LoginKeeper, OauthLogin, Tokens,
};
use secrecy::SecretString;

use crate::wire::Wire;
use crate::world::CHANGE;

const REDIRECT: &str = "http://localhost:8421/oauth/callback";
const ADVICE: &str = "log in again";
const HOUR_MILLIS: i64 = 3_600_000;

/// A place for a login that several share.
#[derive(Default)]
struct Shelf {
    kept: Mutex<(Option<KeptLogin>, u64)>,
    is_broken: Mutex<bool>,
}

impl Shelf {
    fn version(number: u64) -> KeptVersion {
        KeptVersion(Arc::from(number.to_be_bytes()))
    }

    /// As a person who logs in does.
    fn put(&self, tokens: Tokens) {
        self.put_login(KeptLogin {
            tokens,
            renewing_until: None,
        });
    }

    fn put_login(&self, login: KeptLogin) {
        let mut kept = self.kept.lock().unwrap();
        *kept = (Some(login), kept.1 + 1);
    }

    fn tokens(&self) -> Tokens {
        self.kept.lock().unwrap().0.clone().unwrap().tokens
    }

    fn answers(&self) -> Result<(), KeeperError> {
        if *self.is_broken.lock().unwrap() {
            return Err(KeeperError("the disk is full".to_owned()));
        }
        Ok(())
    }
}

impl LoginKeeper for Shelf {
    fn load(&self) -> BoxFuture<'_, Result<Option<(KeptLogin, KeptVersion)>, KeeperError>> {
        let (login, number) = self.kept.lock().unwrap().clone();
        let answer = self.answers();
        let found = login.map(|login| (login, Self::version(number)));
        Box::pin(std::future::ready(answer.map(|()| found)))
    }

    fn replace(
        &self,
        seen: KeptVersion,
        login: KeptLogin,
    ) -> BoxFuture<'_, Result<Option<KeptVersion>, KeeperError>> {
        if let Err(error) = self.answers() {
            return Box::pin(std::future::ready(Err(error)));
        }
        let mut kept = self.kept.lock().unwrap();
        if Self::version(kept.1) != seen {
            return Box::pin(std::future::ready(Ok(None)));
        }
        // What is kept is what survives, so it takes the way through its text.
        let login = KeptLogin::of_text(&login.to_text()).unwrap();
        *kept = (Some(login), kept.1 + 1);
        Box::pin(std::future::ready(Ok(Some(Self::version(kept.1)))))
    }
}

pub(super) struct House {
    wire: Arc<Wire<PipedriveEmulator>>,
    shelf: Arc<Shelf>,
}

impl House {
    /// An account whose user has let the app in.
    fn start() -> Self {
        Self::with(OauthConfig::default(), Switches::default())
    }

    fn with(oauth: OauthConfig, switches: Switches) -> Self {
        let config = PipedriveConfig {
            oauth,
            switches,
            ..PipedriveConfig::default()
        };
        let house = Self {
            wire: Wire::to(PipedriveEmulator::new(config)),
            shelf: Arc::default(),
        };
        house.log_in();
        house
    }

    fn rotating() -> Self {
        let switches = Switches {
            refresh_tokens_rotate: true,
            ..Switches::default()
        };
        Self::with(OauthConfig::default(), switches)
    }

    fn caller(&self, base: &str) -> Caller {
        let clock: Arc<dyn Clock> = Arc::new(self.wire.clock.clone());
        let ledger = Arc::new(MemoryLedger::default());
        let budget = Budget::new(Arc::clone(&clock), ledger, BudgetSettings::counting());
        let transport: Arc<dyn Transport> = Arc::<Wire<_>>::clone(&self.wire);
        Caller::new(transport, clock, budget, BaseUrl::parse(base).unwrap())
    }

    fn server(&self) -> AuthorizationServer {
        let config = self.wire.emulator().config().oauth.clone();
        let app = App {
            client_id: config.client_id,
            client_secret: config.client_secret.into(),
        };
        AuthorizationServer::new(self.caller("https://oauth.pipedrive.com"), app)
    }

    /// The kept login as a program has it.
    fn login(&self) -> OauthLogin {
        let keeper: Arc<dyn LoginKeeper> = Arc::<Shelf>::clone(&self.shelf);
        OauthLogin::new(self.server(), keeper, ADVICE)
    }

    /// A program that uses the kept login.
    fn program(&self) -> Client {
        let caller = self.caller("https://nordlysbrokers.pipedrive.com");
        Client::logged_in(&caller, Arc::new(self.login()))
    }

    /// A person lets the app in; the code that comes back.
    fn consent(&self, address: &str) -> SecretString {
        let query = address.split_once('?').unwrap().1;
        let request = Request::post("/_emulator/consent")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(format!("{query}&decision=allow")))
            .unwrap();
        let now = self.wire.now();
        let answer = self.wire.emulator().answer(&request, now).response;
        let to = answer.headers()["location"].to_str().unwrap().to_owned();
        let code = to.split_once("code=").unwrap().1;
        SecretString::from(code.split('&').next().unwrap().to_owned())
    }

    fn log_in(&self) {
        let verifier = SecretString::from("v".repeat(43));
        let request = ConsentRequest {
            redirect: REDIRECT,
            state: "s-1",
            verifier: &verifier,
        };
        let server = self.server();
        let code = self.consent(&server.consent_address(&request));
        let tokens = self.wire.clock.run(server.exchange(&code, &request));
        self.shelf.put(tokens.unwrap());
    }

    fn call(&self, program: &Client) -> Result<(), CallError> {
        self.wire.clock.run(program.me(&CHANGE)).map(drop)
    }

    /// Calls again whenever it is told when, a few times.
    fn call_until_settled(&self, program: &Client) -> Result<(), CallError> {
        for _ in 0..6 {
            match self.call(program) {
                Err(CallError::NotNow { retry_at, .. }) => {
                    let wait = retry_at.as_millisecond() - self.wire.clock.millis();
                    self.wire.clock.advance(wait.max(0));
                }
                settled => return settled,
            }
        }
        self.call(program)
    }

    fn refreshes(&self) -> u64 {
        self.wire.emulator().counters().oauth.refreshes
    }

    fn token_calls(&self) -> u64 {
        let counters = self.wire.emulator().counters();
        counters
            .requests
            .get("POST /oauth/token")
            .copied()
            .unwrap_or(0)
    }

    fn next(&self, fault: Fault) {
        let on = CallMatch::call(&Method::POST, "/oauth/token");
        self.wire.emulator().faults.next(fault, on);
    }
}

fn must_log_in(settled: &Result<(), CallError>) -> bool {
    matches!(settled, Err(CallError::NotAllowed(refusal)) if refusal.advice == Some(ADVICE))
}

fn waits_for(settled: &Result<(), CallError>, wanted: NotNowReason) -> bool {
    matches!(settled, Err(CallError::NotNow { reason, .. }) if *reason == wanted)
}
