//! The authorization server: consent, codes, tokens, revocation.

use bytes::Bytes;
use emulators::pipedrive::{
    OauthConfig, PipedriveConfig, PipedriveEmulator, Subscription, Switches,
};
use http::{Method, Request};
use serde_json::json;

use super::{Account, Seen};

const REDIRECT: &str = "http://localhost:8421/oauth/callback";
const HOUR_SECONDS: i64 = 3_600;

pub(super) struct App {
    pub(super) account: Account,
}

/// What the token call gave.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    pub(super) access: String,
    refresh: String,
}

impl App {
    fn new() -> Self {
        Self::with(OauthConfig::default())
    }

    pub(super) fn with(oauth: OauthConfig) -> Self {
        Self {
            account: Account::with(PipedriveConfig {
                oauth,
                ..PipedriveConfig::default()
            }),
        }
    }

    fn post(&mut self, path: &str, form: &str, basic: Option<&str>) -> Seen {
        let mut request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        if let Some(basic) = basic {
            request = request.header("authorization", basic);
        }
        let request = request.body(Bytes::from(form.to_owned())).unwrap();
        self.account.send(&request)
    }

    fn asked_for(&self) -> String {
        let id = &self.account.emulator.config().oauth.client_id;
        format!("client_id={id}&redirect_uri={REDIRECT}&state=a%26b")
    }

    /// The user's answer on the page; where the browser is sent.
    fn decide(&mut self, decision: &str) -> String {
        let form = format!("{}&decision={decision}", self.asked_for());
        let seen = self.post("/_emulator/consent", &form, None);
        assert_eq!(seen.status, 302, "{}", seen.text);
        seen.header("location").unwrap().to_owned()
    }

    fn code(&mut self) -> String {
        let to = self.decide("allow");
        let code = to.strip_prefix(&format!("{REDIRECT}?code=")).unwrap();
        code.strip_suffix("&state=a%26b").unwrap().to_owned()
    }

    /// `Basic` with id and secret.
    fn basic(&self) -> String {
        use base64::Engine;
        let config = &self.account.emulator.config().oauth;
        let pair = format!("{}:{}", config.client_id, config.client_secret);
        let coded = base64::engine::general_purpose::STANDARD.encode(pair);
        format!("Basic {coded}")
    }

    fn token(&mut self, form: &str) -> Seen {
        let basic = self.basic();
        self.post("/oauth/token", form, Some(&basic))
    }

    fn exchange(&mut self, code: &str) -> Seen {
        self.token(&format!(
            "grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}"
        ))
    }

    fn refresh(&mut self, token: &str) -> Seen {
        self.token(&format!("grant_type=refresh_token&refresh_token={token}"))
    }

    pub(super) fn log_in(&mut self) -> Tokens {
        let code = self.code();
        tokens(&self.exchange(&code))
    }

    pub(super) fn call(&mut self, method: &Method, path: &str, access: &str) -> Seen {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {access}"))
            .header("content-type", "application/json")
            .body(Bytes::from("{}"))
            .unwrap();
        self.account.send(&request)
    }

    fn me(&mut self, access: &str) -> Seen {
        self.call(&Method::GET, "/v1/users/me", access)
    }
}

fn tokens(seen: &Seen) -> Tokens {
    assert_eq!(seen.status, 200, "{}", seen.text);
    let told = seen.json();
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    Tokens {
        access: text("access_token"),
        refresh: text("refresh_token"),
    }
}

#[test]
fn a_user_sees_what_the_app_asks_for_and_decides() {
    let mut app = App::new();
    let request = Request::get(format!("/oauth/authorize?{}", app.asked_for()))
        .body(Bytes::new())
        .unwrap();
    let page = app.account.send(&request);
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    for part in [
        "/_emulator/consent",
        "contacts:full",
        "Allow and install",
        "value=\"a&amp;b\"",
    ] {
        assert!(page.text.contains(part), "{}", page.text);
    }
    let denied = app.decide("deny");
    assert_eq!(denied, format!("{REDIRECT}?error=user_denied&state=a%26b"));
    app.code();
    let counters = app.account.emulator.counters().oauth;
    assert_eq!((counters.consents, counters.denials), (1, 1));
}

#[test]
fn nobody_is_sent_to_a_callback_that_is_not_registered() {
    let mut app = App::new();
    let right = app.asked_for();
    for wrong in [
        right.replace("callback", "elsewhere"),
        right.replace("client_id=", "client_id=x"),
        String::new(),
    ] {
        let form = format!("{wrong}&decision=allow");
        let seen = app.post("/_emulator/consent", &form, None);
        assert_eq!((seen.status, seen.header("location")), (400, None));
        let request = Request::get(format!("/oauth/authorize?{wrong}"));
        let page = app.account.send(&request.body(Bytes::new()).unwrap());
        assert_eq!((page.status, page.header("location")), (400, None));
    }
}

#[test]
fn a_token_answer_tells_everything_about_the_tokens() {
    let mut app = App::new();
    let code = app.code();
    let told = app.exchange(&code).json();
    assert_eq!(told["token_type"], "Bearer");
    assert_eq!(told["expires_in"], 3_600);
    assert_eq!(told["api_domain"], "https://nordlysbrokers.pipedrive.com");
    let scope = told["scope"].as_str().unwrap();
    assert!(scope.starts_with("base,deals:full,"), "{scope}");
    assert!(told["access_token"].as_str().unwrap().starts_with("v1u:"));
}

#[test]
fn on_this_machine_the_company_is_where_the_server_is() {
    let mut app = App::new();
    let code = app.code();
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}");
    let request = Request::post("/oauth/token")
        .header("host", "127.0.0.1:9001")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", app.basic())
        .body(Bytes::from(form))
        .unwrap();
    let told = app.account.send(&request).json();
    assert_eq!(told["api_domain"], "http://127.0.0.1:9001");
}

#[test]
fn an_access_token_works_for_an_hour() {
    let mut app = App::new();
    let tokens = app.log_in();
    assert_eq!(app.me(&tokens.access).data()["id"], 11);
    app.account.pass_seconds(HOUR_SECONDS - 1);
    assert_eq!(app.me(&tokens.access).status, 200);
    app.account.pass_seconds(1);
    let seen = app.me(&tokens.access);
    assert_eq!(
        (seen.status, seen.header("x-401-by-gw")),
        (401, Some("true"))
    );
    assert_eq!(seen.json()["errorCode"], 401);
}

#[test]
fn a_code_is_good_once_and_for_five_minutes() {
    let mut app = App::new();
    let code = app.code();
    assert_eq!(app.exchange(&code).status, 200);
    assert_eq!(app.exchange(&code).status, 400);
    let late = app.code();
    app.account.pass_seconds(300);
    let seen = app.exchange(&late);
    assert_eq!((seen.status, &seen.json()["success"]), (400, &json!(false)));
    assert_eq!(app.account.emulator.counters().oauth.refused, 2);
}

#[test]
fn a_refresh_hands_the_same_refresh_token_back_and_ends_the_old_access_token() {
    let mut app = App::new();
    let first = app.log_in();
    let second = tokens(&app.refresh(&first.refresh));
    assert_eq!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    assert_eq!(app.me(&first.access).status, 401);
    assert_eq!(app.me(&second.access).status, 200);
    let third = tokens(&app.refresh(&first.refresh));
    assert_eq!(app.me(&third.access).status, 200);
}

#[test]
fn a_rotated_refresh_token_is_good_once() {
    let mut app = App {
        account: Account::with(PipedriveConfig {
            switches: Switches {
                refresh_tokens_rotate: true,
                ..Switches::default()
            },
            oauth: OauthConfig {
                refresh_ends_access_tokens: false,
                ..OauthConfig::default()
            },
            ..PipedriveConfig::default()
        }),
    };
    let first = app.log_in();
    let second = tokens(&app.refresh(&first.refresh));
    assert_ne!(second.refresh, first.refresh);
    assert_eq!(app.refresh(&first.refresh).status, 400);
    assert_eq!(app.me(&first.access).status, 200, "by the other switch");
    assert_eq!(app.refresh(&second.refresh).status, 200);
}

#[test]
fn a_refresh_token_ends_after_sixty_days_without_use() {
    let mut app = App::new();
    let tokens = app.log_in();
    for _ in 0..2 {
        app.account.pass_seconds(59 * 24 * HOUR_SECONDS);
        assert_eq!(app.refresh(&tokens.refresh).status, 200);
    }
    app.account.pass_seconds(60 * 24 * HOUR_SECONDS);
    assert_eq!(app.refresh(&tokens.refresh).status, 400);
}

#[test]
fn the_token_call_asks_for_the_app_and_a_form() {
    let mut app = App::new();
    let code = app.code();
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}");
    for basic in [None, Some("Basic eDp5"), Some("Basic !"), Some("Bearer x")] {
        assert_eq!(
            app.post("/oauth/token", &form, basic).status,
            400,
            "{basic:?}"
        );
    }
    let request = Request::post("/oauth/token")
        .header("content-type", "application/json")
        .header("authorization", app.basic())
        .body(Bytes::from(form.clone()))
        .unwrap();
    assert_eq!(app.account.send(&request).status, 400);
    for wrong in [
        form.replace("authorization_code", "password"),
        form.replace("grant_type=authorization_code&", ""),
        form.replace("callback", "elsewhere"),
        form.replace("code=", "code=x"),
    ] {
        assert_eq!(app.token(&wrong).status, 400, "{wrong}");
    }
    let config = app.account.emulator.config().oauth.clone();
    let (id, secret) = (config.client_id, config.client_secret);
    let in_body = format!("{form}&client_id={id}&client_secret={secret}");
    assert_eq!(app.post("/oauth/token", &in_body, None).status, 200);
}

#[test]
fn revoking_the_refresh_token_uninstalls_the_app() {
    let mut app = App::new();
    let basic = app.basic();
    let tokens = app.log_in();
    let revoke = |token: &str| format!("token={token}&token_type_hint=refresh_token");
    let seen = app.post("/oauth/revoke", &revoke(&tokens.access), Some(&basic));
    assert_eq!(seen.status, 200);
    assert_eq!(app.me(&tokens.access).status, 401);
    assert_eq!(app.refresh(&tokens.refresh).status, 200);
    app.post("/oauth/revoke", &revoke(&tokens.refresh), Some(&basic));
    assert_eq!(app.refresh(&tokens.refresh).status, 400);
    assert_eq!(app.account.emulator.installations(), 0);
    assert_eq!(app.account.emulator.counters().oauth.revocations, 2);
}

#[test]
fn an_access_token_encoded_once_more_is_revoked_all_the_same() {
    let mut app = App::new();
    let basic = app.basic();
    let tokens = app.log_in();
    let twice = tokens.access.replace(':', "%253A");
    let form = format!("token={twice}&token_type_hint=access_token");
    let seen = app.post("/oauth/revoke", &form, Some(&basic));
    assert_eq!(seen.status, 200);
    assert_eq!(app.me(&tokens.access).status, 401);
}

#[test]
fn what_a_user_does_to_the_app_can_be_asked_for() {
    let mut app = App::new();
    let deed = |app: &mut App, verb: &str| {
        let done = app
            .account
            .post("/_emulator/oauth", &json!({ "verb": verb }));
        assert_eq!(done.status, 200, "{}", done.text);
    };
    let tokens = app.log_in();
    deed(&mut app, "expire_access_tokens");
    assert_eq!(app.me(&tokens.access).status, 401);
    assert_eq!(app.refresh(&tokens.refresh).status, 200);
    deed(&mut app, "expire_refresh_tokens");
    assert_eq!(app.refresh(&tokens.refresh).status, 400);
    app.log_in();
    deed(&mut app, "uninstall");
    assert_eq!(app.account.emulator.installations(), 0);
    let unknown = json!({"verb": "forget"});
    assert_eq!(app.account.post("/_emulator/oauth", &unknown).status, 400);
}

#[test]
fn an_app_may_call_four_times_as_often_and_is_never_blocked() {
    let mut app = App {
        account: Account::with(PipedriveConfig {
            subscription: Subscription::Lite,
            ..PipedriveConfig::default()
        }),
    };
    let tokens = app.log_in();
    for left in (0..80).rev() {
        let seen = app.me(&tokens.access);
        assert_eq!(
            (seen.status, seen.header("x-ratelimit-remaining")),
            (200, Some(left.to_string().as_str()))
        );
        assert_eq!(seen.header("x-ratelimit-limit"), Some("80"));
    }
    for _ in 0..70 {
        assert_eq!(app.me(&tokens.access).status, 429);
    }
    // The API token has a window of its own.
    assert_eq!(app.account.get("/v1/users/me").status, 200);
    let spent = app.account.emulator.counters().tokens_total();
    assert_eq!(spent, 81 * 2, "consent and tokens cost nothing");
}

#[test]
fn credentials_that_are_none_are_told_apart() {
    let mut app = App::new();
    let mut status = |authorization: &str| {
        let request = Request::get("/v1/users/me")
            .header("authorization", authorization)
            .body(Bytes::new())
            .unwrap();
        app.account.send(&request).status
    };
    assert_eq!(status("Bearer v1u:made-up"), 401);
    for malformed in ["Bearer", "Bearer ", "Token x", "x"] {
        assert_eq!(status(malformed), 400, "{malformed}");
    }
}

#[test]
fn consents_are_saved_with_the_account() {
    let mut app = App::new();
    let tokens = app.log_in();
    let saved = app.account.emulator.save_text();
    let config = PipedriveConfig::default();
    app.account.emulator = PipedriveEmulator::load_text(config, &saved).unwrap();
    assert_eq!(app.me(&tokens.access).status, 200);
}
