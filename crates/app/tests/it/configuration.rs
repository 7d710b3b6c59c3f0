//! What is wrong with a configuration is shown whole, with lines; what is right reaches the engine.

use app::config::{Config, ConfigError, Environment, Subscription, parse_duration};
use model::Field;
use plan::{DeletePolicy, Direction, Winner};

const SMALL: &str = "[pipedrive]\ncompany_domain = \"nordhamn\"\n";

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    variables.collect()
}

fn read(source: &str) -> Config {
    Config::read("pipestreet.toml", source, &Environment::default()).unwrap()
}

fn mistakes(source: &str, variables: &[(&str, &str)]) -> (usize, String) {
    let mistakes = Config::read("pipestreet.toml", source, &environment(variables)).unwrap_err();
    (mistakes.count(), mistakes.render(false))
}

#[track_caller]
fn expect_in(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing from:\n{text}");
    }
}

#[test]
fn every_mistake_is_shown_at_once_with_its_line() {
    let source = "[pipedrive]\ncompany_domain = \"nordhamn\"\nsubscripton = \"growth\"\nseats = \"two\"\nreserved_percent = 99\n\
                  [timing]\ngrace = \"soon\"\n[severs]\nlisten = \"x\"\n[sync.person.email]\nwinner = \"newest\"\n";
    let (count, text) = mistakes(source, &[]);
    assert_eq!(count, 6, "{text}");
    expect_in(
        &text,
        &[
            "pipestreet.toml:3:1",
            "there is no setting `pipedrive.subscripton`",
            "did you mean `subscription`?",
            "pipestreet.toml:4:",
            "`pipedrive.seats` must be a whole number, not a string",
            "pipestreet.toml:5:",
            "must be between 0 and 90, not 99",
            "pipestreet.toml:7:",
            "is not a duration",
            "pipestreet.toml:8:2",
            "there is no section [severs]",
            "did you mean [server]?",
            "pipestreet.toml:11:",
            "one of pipedrive_wins, propstreet_wins, latest, manual",
            "6 mistakes in the configuration pipestreet.toml",
        ],
    );
}

#[test]
fn a_file_that_is_no_toml_is_shown_with_its_line() {
    let (_, text) = mistakes("[pipedrive]\ncompany_domain = nordhamn\n", &[]);
    expect_in(&text, &["this is not TOML", "pipestreet.toml:2:"]);
}

#[test]
fn an_account_that_is_not_named_is_found_out() {
    let config = Config::read("pipestreet.toml", "", &environment(&[])).unwrap();
    assert_eq!(config.pipedrive.base_url, None);
    let oauth = config.pipedrive.oauth_url.to_string();
    assert_eq!(oauth, "https://oauth.pipedrive.com");
    assert_eq!(config.pipedrive.redirect_url.listen.port(), 8421);
}

#[test]
fn an_emulator_is_the_authorization_server_too() {
    let source = "[pipedrive]\nbase_url = \"http://127.0.0.1:9001\"\n";
    let config = Config::read("pipestreet.toml", source, &environment(&[])).unwrap();
    assert_eq!(
        config.pipedrive.oauth_url.to_string(),
        "http://127.0.0.1:9001"
    );
}

#[test]
fn nobody_is_called_back_on_another_machine() {
    for elsewhere in [
        "http://10.0.0.7:8421/x",
        "https://localhost:8421/x",
        "http://localhost/x",
        "http://localhost:8421/x?y=1",
        "http://localhost.example.org:8421/x",
    ] {
        let source = format!("[pipedrive]\nredirect_url = \"{elsewhere}\"\n");
        let (count, text) = mistakes(&source, &[]);
        assert_eq!(count, 1, "{elsewhere}");
        expect_in(&text, &["is not an address of this machine"]);
    }
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_shown() {
    let source = format!("{SMALL}api_token = \"9f86d081884c7d65\"\n");
    let (count, text) = mistakes(&source, &[]);
    assert_eq!(count, 1);
    expect_in(
        &text,
        &[
            "secrets are not kept",
            "pipestreet secrets set pipedrive_api_token",
            "PIPESTREET_PIPEDRIVE_API_TOKEN_FILE",
        ],
    );
    assert!(!text.contains("9f86d081884c7d65"), "{text}");
}

#[test]
fn a_secret_by_another_name_is_told_its_own() {
    let source = format!("{SMALL}api_key = \"9f86d081884c7d65\"\n");
    expect_in(
        &mistakes(&source, &[]).1,
        &["pipestreet secrets set pipedrive_api_token"],
    );
}

#[test]
fn a_variable_wins_over_the_file() {
    let variables = [
        ("PIPESTREET_PIPEDRIVE__SEATS", "7"),
        ("PIPESTREET_SYNC__PERSON__EMAIL__WINNER", "manual"),
        ("PIPESTREET_SYNC__APPROVE", "true"),
        ("PIPESTREET_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, fd00::1"),
    ];
    let source = "[pipedrive]\ncompany_domain = \"nordhamn\"\nseats = 2\n";
    let config = Config::read("pipestreet.toml", source, &environment(&variables)).unwrap();
    assert_eq!(config.pipedrive.seats, 7);
    assert_eq!(
        config.sync.policies.of(Field::PersonEmail).winner,
        Winner::Manual
    );
    assert!(config.sync.approve);
    assert!(config.server.trusted_proxies[0].contains("10.9.8.7".parse().unwrap()));
    assert!(!config.server.trusted_proxies[1].contains("10.9.8.7".parse().unwrap()));
}

#[test]
fn all_addresses_travel_where_it_is_said_and_the_way_that_the_primary_one_does() {
    let directions = |source: &str| {
        let config = read(source);
        let policies = config.sync.policies;
        [Field::PersonEmails, Field::PersonPhones].map(|all| policies.of(all).direction)
    };
    assert_eq!(directions(""), [Direction::Off, Direction::Off]);
    let source = "[sync]\nemails = \"all\"\nphones = \"primary\"\n[sync.person.email]\ndirection = \"to_propstreet\"\n";
    assert_eq!(
        directions(source),
        [Direction::ToPropstreet, Direction::Off]
    );
    let (_, text) = mistakes("[sync]\nemails = \"some\"\n[sync.person.emails]\n", &[]);
    expect_in(&text, &["`sync.emails`", "[sync.person.emails]"]);
}

#[test]
fn a_mistake_in_a_variable_names_the_variable() {
    let variables = [
        ("PIPESTREET_PIPEDRIVE__SEATS", "many"),
        ("PIPESTREET_SERVER__LISTN", "127.0.0.1:1"),
    ];
    let (count, text) = mistakes(SMALL, &variables);
    assert_eq!(count, 2);
    expect_in(
        &text,
        &["PIPESTREET_PIPEDRIVE__SEATS: `pipedrive.seats` is not a whole number"],
    );
    expect_in(
        &text,
        &[
            "PIPESTREET_SERVER__LISTN: there is no setting `server.listn`",
            "did you mean `listen`?",
        ],
    );
}

#[test]
fn plain_http_is_for_this_machine_alone() {
    let (_, text) = mistakes("[pipedrive]\nbase_url = \"http://crm.example.com\"\n", &[]);
    expect_in(&text, &["https://"]);

    let local = "[pipedrive]\nbase_url = \"http://127.0.0.1:9001\"\n[propstreet]\nbase_url = \"http://localhost:9002\"\n";
    let with_webhooks = format!("{local}[server]\npublic_url = \"http://127.0.0.1:9003/\"\n");
    assert_eq!(
        read(&with_webhooks).server.public_url.as_deref(),
        Some("http://127.0.0.1:9003")
    );

    let (_, text) = mistakes(
        &format!("{SMALL}[server]\npublic_url = \"http://sync.example.com\"\n"),
        &[],
    );
    expect_in(&text, &["must begin with https://"]);
}

#[test]
fn a_country_never_flows_to_pipedrive() {
    let source = format!("{SMALL}[sync.organization]\ncountry = {{ direction = \"both\" }}\n");
    expect_in(
        &mistakes(&source, &[]).1,
        &["can only flow to_propstreet", "pipestreet.toml:4:"],
    );
}

#[test]
fn the_day_s_tokens_follow_from_subscription_and_seats() {
    let source = format!("{SMALL}subscription = \"premium\"\nseats = 4\n");
    let config = read(&source);
    assert_eq!(config.pipedrive.subscription, Subscription::Premium);
    assert_eq!(config.pipedrive.daily_tokens, 600_000);
    assert_eq!(
        config
            .pipedrive_budget(false)
            .limits
            .unwrap()
            .tokens_per_day,
        Some(600_000)
    );
    assert_eq!(
        read(&format!("{SMALL}daily_tokens = 500\n"))
            .pipedrive
            .daily_tokens,
        500
    );
}

#[test]
fn a_person_s_token_may_ask_propstreet_less_than_a_client() {
    let config = read(SMALL);
    let per_minute = |has_client| {
        config
            .propstreet_budget(has_client)
            .limits
            .unwrap()
            .requests
            .unwrap()
            .requests
    };
    assert_eq!((per_minute(true), per_minute(false)), (600, 60));
}

#[test]
fn what_is_set_reaches_the_engine() {
    let source = format!(
        "{SMALL}[workspace]\nname = \"oslo\"\ndefault_country = \"Norge\"\n[sync]\ncreate_on = \"propstreet\"\ndeletes = \"propagate\"\n\
         [timing]\ngrace = \"2m\"\nsweep_interval = \"7d\"\n[fields]\nperson_marker = \"Propstreet contact\"\n"
    );
    let settings = read(&source).engine_settings(None);
    assert_eq!(
        settings.default_country,
        model::canonical::country::country("NO")
    );
    assert_eq!(
        (settings.create_on.pipedrive, settings.create_on.propstreet),
        (false, true)
    );
    assert_eq!(settings.policies.deletes, DeletePolicy::Propagate);
    assert_eq!(
        (settings.timing.grace, settings.timing.sweep_interval),
        (120_000, 7 * 86_400_000)
    );
    assert_eq!(settings.fields.person_marker, "Propstreet contact");
    assert_eq!(settings.webhooks.workspace, "oslo");
}

#[test]
fn durations_are_read_as_people_write_them() {
    assert_eq!(parse_duration("90s"), Ok(90_000));
    assert_eq!(parse_duration("1h 30m"), Ok(5_400_000));
    assert_eq!(parse_duration("14d"), Ok(1_209_600_000));
    assert!(parse_duration("1 month").unwrap_err().contains("use days"));
    assert!(parse_duration("-5m").is_err());
    assert!(parse_duration("5").is_err());
}

#[test]
fn a_missing_file_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let error = Config::load(
        &folder.path().join("pipestreet.toml"),
        &Environment::default(),
    )
    .unwrap_err();
    assert!(matches!(error, ConfigError::Missing { .. }));
    assert!(error.to_string().contains("pipestreet init"));
}

#[test]
fn paths_begin_at_the_folder_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipestreet.toml");
    std::fs::write(
        &path,
        format!("{SMALL}[storage]\npath = \"data/sync.db\"\n"),
    )
    .unwrap();
    let config = Config::load(&path, &Environment::default()).unwrap();
    assert_eq!(config.storage.path, folder.path().join("data/sync.db"));
    assert_eq!(config.storage.key_file, folder.path().join("data/sync.key"));
}

#[test]
fn the_table_of_stages_is_read_row_by_row_and_a_wrong_word_is_named() {
    let source = "[scope]\npipelines = [\"Mandates\"]\n[deals]\nstages = [\"Pitch: open draft\", \"Bidding: open active communicated\"]\n\
                  lost = \"close\"\n";
    let config = read(source);
    let deals = config.deals.expect("a pipeline is chosen");
    let rows: Vec<_> = deals.stages.iter().map(|row| row.stage.as_str()).collect();
    assert_eq!(rows, ["Pitch", "Bidding"]);
    assert_eq!(deals.stages[0].teaser, None);
    assert_eq!(deals.stages[1].teaser.as_deref(), Some("communicated"));
    assert!(config.fields.of_deals);
    assert_eq!(config.sync.policies.deals.lost, plan::LostPolicy::Close);

    let wrong = "[scope]\npipelines = [\"Mandates\"]\n[mirror]\nwithout = [\"projects\"]\n[deals]\n\
                 stages = [\"Pitch: open drafts\", \"Bidding\"]\n";
    let (count, text) = mistakes(wrong, &[]);
    assert_eq!(count, 3, "{text}");
    let parts = [
        "needs projects",
        "\"drafts\" is nothing that a project can be",
        "does not say what the stage means",
    ];
    expect_in(&text, &parts);
    assert_eq!(read(SMALL).deals, None);
}

#[test]
fn prospects_that_were_matched_need_who_takes_part_to_be_mirrored() {
    let source = "[scope]\npipelines = [\"Mandates\"]\n[deals]\nmatched_prospects = true\n[mirror]\nwithout = [\"prospects\"]\n";
    let (count, text) = mistakes(source, &[]);
    assert_eq!(count, 1, "{text}");
    expect_in(
        &text,
        &[
            "`deals.matched_prospects` needs participants and prospects",
            "take prospects out of `mirror.without`",
        ],
    );
    let source = "[scope]\npipelines = [\"Mandates\"]\n[deals]\nmatched_prospects = true\n[fields]\ndeal_classification = \"thinks\"\n";
    let config = Config::read("pipestreet.toml", source, &environment(&[])).unwrap();
    let settings = config.deals.expect("a pipeline is chosen");
    assert!(settings.matched_prospects);
    assert_eq!(config.fields.deal_classification, "thinks");
}

#[test]
fn whose_notes_travel_and_which_way_is_told_in_one_section() {
    let notes = read(SMALL).notes.expect("notes travel without a word");
    assert_eq!(notes.of.len(), 3);
    let config =
        read("[notes]\ndirection = \"to_propstreet\"\nwinner = \"manual\"\nof = [\"persons\"]\n");
    let notes = config.notes.expect("notes of persons travel");
    assert_eq!(
        notes.of.into_iter().collect::<Vec<_>>(),
        [model::Kind::Person]
    );
    let policy = config.sync.policies.of(Field::NoteText);
    assert_eq!(policy.direction, plan::Direction::ToPropstreet);
    assert_eq!(policy.winner, Winner::Manual);
    assert_eq!(read("[notes]\ndirection = \"off\"\n").notes, None);
    // Who mirrors no notes has none to keep in step.
    assert_eq!(read("[mirror]\nwithout = [\"notes\"]\n").notes, None);

    let wrong = "[notes]\ndirection = \"both\"\nof = [\"person\", \"leads\"]\n[mirror]\nwithout = [\"timeline_notes\"]\n";
    let (count, text) = mistakes(wrong, &[]);
    assert_eq!(count, 3, "{text}");
    let parts = [
        "`notes.direction` needs timeline_notes, which `mirror.without` leaves out",
        "\"person\" has no notes that travel",
        "did you mean \"persons\"?",
        "\"leads\" has no notes that travel",
    ];
    expect_in(&text, &parts);
    let (_, text) = mistakes("[sync.note.text]\nwinner = \"latest\"\n", &[]);
    expect_in(&text, &["sync.note"]);
}
