//! An emulated account with everything that a probe may take: a second user, a post box and a login.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use api_client::{
    BaseUrl, BoxFuture, Budget, BudgetSettings, Caller, Clock, MemoryLedger, Transport,
};
use bytes::Bytes;
use emulators::brokerage::Brokerage;
use emulators::pipedrive::{
    Entity, OauthConfig, PipedriveConfig, PipedriveEmulator, Subscription, Switches,
};
use emulators::{Emulator, Moment};
use http::Request;
use jiff::SignedDuration;
use pipedrive::{
    App, AuthorizationServer, KeeperError, KeptLogin, KeptVersion, LoginKeeper, OauthLogin, Tokens,
};
use probe::{Account, Means, PostBox};
use secrecy::SecretString;
use serde_json::Value;

use crate::wire::{JumpingClock, Wire};

const BASE: &str = "https://nordlysbrokers.pipedrive.com";
const MARK: &str = "Pipestreet probe 7f3a";
const SECOND_TOKEN: &str = "0c8b51f6a2de4b9087c3d1e65fa9b2740d8e1c36";
/// Before the clock of the wire begins.
const SEEDED_AT: Moment = Moment(1_772_445_000_000);

pub(crate) struct Office {
    pub(crate) wire: Arc<Wire<PipedriveEmulator>>,
    token: String,
}

impl Office {
    /// The plan follows from the seed, too.
    pub(crate) fn new(seed: u64, switches: Switches) -> Self {
        let subscription = match seed % 4 {
            0 => Subscription::Growth,
            1 => Subscription::Lite,
            2 => Subscription::Premium,
            _ => Subscription::Ultimate,
        };
        let config = PipedriveConfig {
            seed,
            subscription,
            ..PipedriveConfig::default().like(switches)
        };
        let token = config.token.clone();
        let mut emulator = PipedriveEmulator::new(config);
        emulator.seed(&Brokerage::generate(7, 5, 20), SEEDED_AT);
        let second = emulator.add_user("Torunn Bakke", "torunn@example.com", false, SEEDED_AT);
        emulator.add_token_of(SECOND_TOKEN, second);
        Self {
            wire: Wire::to(emulator),
            token,
        }
    }

    pub(crate) fn account(&self, allowance: u32, means: Means) -> Account {
        Account {
            transport: self.transport(),
            clock: self.clock(),
            base: BASE.to_owned(),
            token: self.token.clone().into(),
            means,
            mark: MARK.to_owned(),
            allowance,
            is_stopped: Arc::default(),
        }
    }

    /// Everything that a question may take.
    pub(crate) fn all_means(&self) -> Means {
        let address = "https://probe.example.com/4b1d".to_owned();
        let post_box = Arc::new(PostBox::new(address, MARK.to_owned()));
        self.wire.post_box.set(Arc::clone(&post_box)).unwrap();
        Means {
            second_token: Some(SECOND_TOKEN.to_owned().into()),
            post_box: Some(post_box),
            login: Some(Arc::new(self.login())),
            may_meet_limits: true,
            may_wait_a_day: true,
        }
    }

    fn transport(&self) -> Arc<dyn Transport> {
        Arc::<Wire<_>>::clone(&self.wire)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(JumpingClock(Arc::clone(&self.wire)))
    }

    /// Somebody has let the app in.
    fn login(&self) -> OauthLogin {
        let registered = OauthConfig::default();
        let (transport, clock) = (self.transport(), self.clock());
        let ledger = Arc::new(MemoryLedger::default());
        let budget = Budget::new(Arc::clone(&clock), ledger, BudgetSettings::counting());
        let base = BaseUrl::parse("https://oauth.pipedrive.com").unwrap();
        let now = clock.now();
        let server = AuthorizationServer::new(
            Caller::new(transport, clock, budget, base),
            App {
                client_id: registered.client_id.clone(),
                client_secret: registered.client_secret.clone().into(),
            },
        );
        let login = KeptLogin {
            tokens: Tokens {
                access_token: SecretString::from("v1u:unused"),
                refresh_token: self.consent(&registered).into(),
                obtained_at: now,
                expires_at: now + SignedDuration::from_hours(1),
                scopes: Vec::new(),
                api_domain: BASE.to_owned(),
            },
            renewing_until: None,
        };
        OauthLogin::new(server, Arc::new(Drawer(Mutex::new((0, login)))), "log in")
    }

    /// The refresh token of an app that a user has let in.
    fn consent(&self, app: &OauthConfig) -> String {
        let redirect = &app.redirect_urls[0];
        let form = |path: &str, body: String| {
            let request = Request::post(path)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Bytes::from(body))
                .unwrap();
            let answer = self.wire.emulator().answer(&request, self.wire.now());
            answer.response
        };
        let (id, secret) = (&app.client_id, &app.client_secret);
        let consented = form(
            "/_emulator/consent",
            format!("client_id={id}&redirect_uri={redirect}&decision=allow"),
        );
        let back = consented.headers()["location"].to_str().unwrap().to_owned();
        let code = back.split_once("code=").unwrap().1;
        let told = form(
            "/oauth/token",
            format!(
                "grant_type=authorization_code&code={code}&redirect_uri={redirect}&client_id={id}&client_secret={secret}"
            ),
        );
        let told: Value = serde_json::from_slice(told.body()).unwrap();
        told["refresh_token"].as_str().unwrap().to_owned()
    }

    /// Everything there is that a probe could leave behind, by its address.
    pub(crate) fn inventory(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for entity in Entity::ALL {
            let emulator = self.wire.emulator();
            let living = emulator.record_ids(entity).filter(|(_, lives)| *lives);
            found.extend(living.map(|(id, _)| format!("{entity:?} {id}")));
        }
        let lists = [
            "/api/v1/webhooks",
            "/api/v1/notes?limit=500",
            "/api/v2/personFields?limit=500",
        ];
        for list in lists {
            for token in [self.token.as_str(), SECOND_TOKEN] {
                found.extend(self.listed(list, token));
            }
        }
        found
    }

    fn listed(&self, list: &str, token: &str) -> Vec<String> {
        let request = Request::get(list).header("x-api-token", token);
        let request = request.body(Bytes::new()).unwrap();
        let answer = self.wire.emulator().answer(&request, self.wire.now());
        assert_eq!(answer.response.status(), 200, "{list}");
        let body: Value = serde_json::from_slice(answer.response.body()).unwrap();
        let rows = body["data"].as_array().cloned().unwrap_or_default();
        let name = |row: &Value| format!("{list} {} {}", row["id"], row["field_code"]);
        rows.iter().map(name).collect()
    }

    /// How often the vendor was called that way.
    pub(crate) fn calls(&self, name: &str) -> u64 {
        let counters = self.wire.emulator().counters();
        counters.requests.get(name).copied().unwrap_or_default()
    }

    /// By the vendor's count.
    pub(crate) fn tokens_counted(&self) -> u64 {
        self.wire.emulator().counters().tokens_total()
    }
}

/// Where a login lies that nobody else uses.
struct Drawer(Mutex<(u64, KeptLogin)>);

impl LoginKeeper for Drawer {
    fn load(&self) -> BoxFuture<'_, Result<Option<(KeptLogin, KeptVersion)>, KeeperError>> {
        let (version, login) = self.0.lock().unwrap().clone();
        let version = KeptVersion(version.to_le_bytes().as_slice().into());
        Box::pin(async { Ok(Some((login, version))) })
    }

    fn replace(
        &self,
        seen: KeptVersion,
        login: KeptLogin,
    ) -> BoxFuture<'_, Result<Option<KeptVersion>, KeeperError>> {
        let mut drawer = self.0.lock().unwrap();
        assert_eq!(*seen.0, drawer.0.to_le_bytes(), "nobody else is here");
        *drawer = (drawer.0 + 1, login);
        let version = KeptVersion(drawer.0.to_le_bytes().as_slice().into());
        Box::pin(async { Ok(Some(version)) })
    }
}

/// Every wait of a probe ends at once.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).as_mut().poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a probe waits for nothing but time"),
    }
}
