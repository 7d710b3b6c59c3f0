//! Views with readable names over the mirror tables: labels as columns, options and records by their names, money and spans of
//! time in two columns. A former name of a field stays as an alias, so that no query breaks when users rename it.
//!
//! In: the known fields. Out: one statement per view. Only text is made here; nothing is read or written.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use model::Entity;

use super::mirror;
use crate::fields::{FieldEntity, StoredField, second_column};

/// The built-in field whose options are the labels of a record.
const LABELS: &str = "label_ids";

/// A view and the statement that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub(super) name: String,
    /// Whose records it shows.
    pub(super) entity: Option<Entity>,
    pub(super) sql: String,
}

/// What the rows of a view are.
#[derive(Debug, Clone, Copy)]
enum Rows {
    /// Of a mirror table, with its typed columns.
    Present,
    /// Of the versions, with the raw record alone.
    Versions,
}

/// A view: whose rows it shows, whose custom fields with them, and the columns before those. `name=from` is a column under another
/// name; from `a>table>b` is column `b` of the record of that table whose id is in column `a`; with `[]` it is the primary one of a
/// list; from `$.…` it is read out of the raw record.
type Shape = (Entity, Option<FieldEntity>, &'static str);

const SHAPES: [Shape; 16] = [
    (
        Entity::Deal,
        Some(FieldEntity::Deal),
        "id title value currency status probability pipeline_id pipeline_name=pipeline_id>pipedrive_pipelines>name \
         stage_id stage_name=stage_id>pipedrive_stages>name owner_id owner_name=owner_id>pipedrive_users>name \
         person_id person_name=person_id>pipedrive_persons>name \
         org_id organization_name=org_id>pipedrive_organizations>name \
         expected_close_date stage_change_time won_time lost_time close_time lost_reason is_archived origin \
         add_time update_time",
    ),
    (
        Entity::Person,
        Some(FieldEntity::Person),
        "id name first_name last_name email=emails[] phone=phones[] \
         org_id organization_name=org_id>pipedrive_organizations>name \
         owner_id owner_name=owner_id>pipedrive_users>name add_time update_time",
    ),
    (
        Entity::Organization,
        Some(FieldEntity::Organization),
        "id name website owner_id owner_name=owner_id>pipedrive_users>name add_time update_time",
    ),
    (
        Entity::Activity,
        Some(FieldEntity::Activity),
        "id subject type done due_date due_time duration marked_as_done_time \
         deal_id deal_title=deal_id>pipedrive_deals>title person_id person_name=person_id>pipedrive_persons>name \
         org_id organization_name=org_id>pipedrive_organizations>name \
         owner_id owner_name=owner_id>pipedrive_users>name note add_time update_time",
    ),
    (
        Entity::Product,
        Some(FieldEntity::Product),
        "id name code description unit tax owner_id owner_name=owner_id>pipedrive_users>name add_time update_time",
    ),
    (
        Entity::Lead,
        None,
        "id title value=$.value.amount currency=$.value.currency \
         owner_id owner_name=owner_id>pipedrive_users>name person_id person_name=person_id>pipedrive_persons>name \
         organization_id organization_name=organization_id>pipedrive_organizations>name \
         expected_close_date source_name is_archived was_seen add_time update_time",
    ),
    (
        Entity::Note,
        None,
        "id content user_id user_name=user_id>pipedrive_users>name \
         deal_id deal_title=deal_id>pipedrive_deals>title person_id person_name=person_id>pipedrive_persons>name \
         org_id organization_name=org_id>pipedrive_organizations>name lead_id add_time update_time",
    ),
    (
        Entity::User,
        None,
        "id name email active_flag default_currency timezone_name",
    ),
    (
        Entity::Pipeline,
        None,
        "id name order_nr is_deal_probability_enabled",
    ),
    (
        Entity::Stage,
        None,
        "id name pipeline_id pipeline_name=pipeline_id>pipedrive_pipelines>name order_nr deal_probability \
         days_to_rotten",
    ),
    (
        Entity::Contact,
        None,
        "id first_name=firstName last_name=lastName email phone strategy tags \
         created_utc=createdUtc updated_utc=updatedUtc",
    ),
    (
        Entity::Company,
        None,
        "id name domain country_code=countryCode created_utc=createdUtc updated_utc=updatedUtc",
    ),
    (
        Entity::Project,
        None,
        "id name status classification exclusivity asset_type=$.asset.type property_count=$.asset.propertyCount \
         price=$.price.value price_scale=$.price.scale currency=$.price.currency \
         price_min=$.priceRange.min price_max=$.priceRange.max teaser_stage=$.teaser.stage \
         published_utc=$.teaser.publishedUtc communicated_utc=$.teaser.communicatedUtc \
         created_utc=createdUtc updated_utc=updatedUtc",
    ),
    (
        Entity::Property,
        None,
        "id name description locality=$.location.locality country=$.location.country \
         latitude=$.location.latitude longitude=$.location.longitude category=$.categories[0].type \
         price=$.price.value price_scale=$.price.scale currency=$.price.currency \
         parcel_area=$.parcelArea.value tenure year_built=yearBuilt avg_contract_length_years=avgContractLengthYears \
         tags created_utc=createdUtc updated_utc=updatedUtc",
    ),
    (
        Entity::Prospect,
        None,
        "id project_id=projectId project_name=projectId>propstreet_projects>name \
         project_status=projectId>propstreet_projects>status name=displayName organization_name=organizationName \
         contact_id=contactId contact_first_name=contactId>propstreet_contacts>firstName \
         contact_last_name=contactId>propstreet_contacts>lastName contact_email=contactId>propstreet_contacts>email \
         company_id=companyId company_name=companyId>propstreet_companies>name classification tags \
         teaser_accepted_utc=$.teaser.acceptedUtc teaser_deadline_utc=$.teaser.deadlineUtc \
         created_utc=createdUtc updated_utc=updatedUtc",
    ),
    (
        Entity::TimelineNote,
        None,
        "id type=$.details.noteType message=$.details.message content_format=$.details.contentFormat \
         contact_id=contactId contact_first_name=contactId>propstreet_contacts>firstName \
         contact_last_name=contactId>propstreet_contacts>lastName \
         company_id=companyId company_name=companyId>propstreet_companies>name \
         project_id=projectId project_name=projectId>propstreet_projects>name \
         author_id=$.user.id author_name=$.user.name written_utc=timestampUtc",
    ),
];

/// What is kept beside records, by name: what is in stages, with money in the currency's unit, and the moves from one to another;
/// who takes part in deals; what the fields are, and what has changed about them.
const BESIDE_RECORDS: [(&str, &str); 5] = [
    (
        "stage_totals",
        "select r.pipeline_id, p.name as pipeline_name, r.stage_id, s.name as stage_name, s.order_nr, r.status, r.currency, \
         r.owner_id, u.name as owner_name, r.deals, r.value_hundredths / 100.0 as value, \
         (r.weighed_hundredths + r.unweighed_hundredths * coalesce(s.deal_probability, 100) / 100.0) / 100.0 as weighted_value \
         from stage_totals_kept as r \
         left join pipedrive_pipelines as p on p.workspace_id = r.workspace_id and p.pipedrive_id = cast(r.pipeline_id as text) \
         left join pipedrive_stages as s on s.workspace_id = r.workspace_id and s.pipedrive_id = cast(r.stage_id as text) \
         left join pipedrive_users as u on u.workspace_id = r.workspace_id and u.pipedrive_id = cast(r.owner_id as text)",
    ),
    (
        "stage_changes",
        "select cast(r.deal_id as integer) as deal_id, d.title as deal_title, f.name as from_stage_name, t.name as to_stage_name, \
         r.from_stage_id, r.to_stage_id, strftime('%Y-%m-%dT%H:%M:%SZ', r.at / 1000, 'unixepoch') as at, \
         r.user_id, u.name as user_name, (r.at - r.since) / 86400000.0 as days_in_stage, r.is_gap \
         from deal_stage_changes as r \
         left join pipedrive_deals as d on d.workspace_id = r.workspace_id and d.pipedrive_id = r.deal_id \
         left join pipedrive_stages as f on f.workspace_id = r.workspace_id and f.pipedrive_id = cast(r.from_stage_id as text) \
         left join pipedrive_stages as t on t.workspace_id = r.workspace_id and t.pipedrive_id = cast(r.to_stage_id as text) \
         left join pipedrive_users as u on u.workspace_id = r.workspace_id and u.pipedrive_id = cast(r.user_id as text)",
    ),
    (
        "deal_participants",
        "select cast(r.deal_id as integer) as deal_id, d.title as deal_title, d.status as deal_status, r.person_id, \
         p.name as person_name, r.person_id is d.person_id as is_primary, \
         strftime('%Y-%m-%dT%H:%M:%SZ', r.added_at / 1000, 'unixepoch') as added_at, r.participant_id \
         from pipedrive_deal_participants as r \
         join pipedrive_deals as d on d.workspace_id = r.workspace_id and d.pipedrive_id = r.deal_id \
         and d.deleted_at is null and r.deleted_at is null \
         left join pipedrive_persons as p on p.workspace_id = r.workspace_id and p.pipedrive_id = cast(r.person_id as text)",
    ),
    (
        "fields",
        "select r.entity, r.name, r.slug as column_name, r.field_type, r.is_custom, r.field_code, \
         (select group_concat(o.value ->> '$.label', ', ') from json_each(r.options) as o) as options, \
         (select group_concat(f.value ->> '$.name', ', ') from json_each(r.former_names) as f) as former_names, \
         strftime('%Y-%m-%dT%H:%M:%SZ', r.first_seen_at / 1000, 'unixepoch') as first_seen_at, \
         strftime('%Y-%m-%dT%H:%M:%SZ', r.last_seen_at / 1000, 'unixepoch') as last_seen_at, \
         strftime('%Y-%m-%dT%H:%M:%SZ', r.deleted_at / 1000, 'unixepoch') as deleted_at from pipedrive_fields as r",
    ),
    (
        "field_changes",
        "select strftime('%Y-%m-%dT%H:%M:%SZ', r.at / 1000, 'unixepoch') as at, r.entity, f.name, r.kind, r.option_id, r.before, \
         r.after, r.field_code from pipedrive_field_changes as r \
         left join pipedrive_fields as f on f.workspace_id = r.workspace_id and f.entity = r.entity and f.field_code = r.field_code",
    ),
];

fn name_in(workspace: i64, name: &str) -> String {
    match workspace {
        1 => name.to_owned(),
        other => format!("{name}_{other}"),
    }
}

/// What the columns of an entity's view are called that are there whatever fields users make.
pub(crate) fn plain_names(entity: FieldEntity) -> impl Iterator<Item = &'static str> {
    let shapes = SHAPES.iter().filter(move |(_, of, _)| *of == Some(entity));
    let columns = shapes.flat_map(|(_, _, plain)| plain.split_whitespace());
    columns
        .map(|column| column.split_once('=').map_or(column, |(name, _)| name))
        .chain(std::iter::once("labels"))
}

/// Every view of a workspace. Those of the first workspace have the plain names; another's end in its number.
pub(super) fn views(workspace: i64, fields: &[StoredField]) -> Vec<View> {
    let beside_records = BESIDE_RECORDS.iter().map(|(name, select)| {
        let name = name_in(workspace, name);
        let sql = format!("create view {name} as {select} where r.workspace_id = {workspace}");
        View {
            name,
            entity: None,
            sql,
        }
    });
    let versions = SHAPES
        .iter()
        .map(|shape| versions(workspace, shape, fields));
    let views = SHAPES.iter();
    views
        .map(|(entity, fields_of, plain)| {
            let name = name_in(workspace, entity.plural());
            let known = fields
                .iter()
                .filter(|field| Some(field.entity) == *fields_of);
            let columns = columns(plain, &known.collect::<Vec<_>>(), Rows::Present);
            let table = mirror::table(*entity);
            let sql = format!(
                "create view {name} as select {columns} from {table} as r \
                 where r.workspace_id = {workspace} and r.deleted_at is null"
            );
            View {
                name,
                entity: Some(*entity),
                sql,
            }
        })
        .chain(beside_records)
        .chain(versions)
        .collect()
}

/// Every version that is kept of an entity's records, with the same columns. Fields are called as they are called now.
fn versions(workspace: i64, (entity, fields_of, plain): &Shape, fields: &[StoredField]) -> View {
    let name = name_in(workspace, &format!("{}_versions", entity.name()));
    let known = fields
        .iter()
        .filter(|field| Some(field.entity) == *fields_of);
    let columns = columns(plain, &known.collect::<Vec<_>>(), Rows::Versions);
    let time =
        |millis: &str| format!("strftime('%Y-%m-%dT%H:%M:%fZ', ({millis}) / 1000.0, 'unixepoch')");
    let next = "select min(n.valid_from) from record_versions as n where n.workspace_id = r.workspace_id \
        and n.entity = r.entity and n.remote_id = r.remote_id and n.valid_from > r.valid_from";
    let sql = format!(
        "create view {name} as select r.remote_id as record_id, {} as valid_from, {} as valid_to, \
         r.raw is null as was_deleted, r.is_gap, r.source, {columns} from record_versions as r \
         where r.workspace_id = {workspace} and r.entity = {}",
        time("r.valid_from"),
        time(next),
        text(entity.name()),
    );
    View {
        name,
        entity: None,
        sql,
    }
}

/// The columns of a view: its own, then custom fields by their names, then by those that they had before.
fn columns(plain: &str, fields: &[&StoredField], rows: Rows) -> String {
    let mut columns = Columns::default();
    for column in plain.split_whitespace() {
        let (name, from) = column.split_once('=').unwrap_or((column, column));
        columns.add(name, &plain_sql(from, rows));
    }
    for field in fields {
        if field.code == LABELS {
            let (kept_in, path) = list(LABELS, rows);
            columns.add("labels", &chosen_sql(field, &kept_in, &path));
        }
    }
    // A field that is gone stands back behind one that has its name now.
    let mut custom: Vec<_> = fields.iter().filter(|field| field.is_custom).collect();
    custom.sort_by_key(|field| !field.is_live());
    for field in custom.iter().filter(|field| field.is_live()) {
        add_custom(&mut columns, field, &field.slug, rows);
    }
    for field in &custom {
        let former = field.former.iter().map(|former| &former.slug);
        let gone = (!field.is_live()).then_some(&field.slug);
        for slug in gone.into_iter().chain(former) {
            if !columns.names.contains(slug) {
                add_custom(&mut columns, field, slug, rows);
            }
        }
    }
    columns.sql
}

#[derive(Default)]
struct Columns {
    names: BTreeSet<String>,
    sql: String,
}

impl Columns {
    fn add(&mut self, name: &str, from: &str) {
        let mut free = name.to_owned();
        let mut number = 2_u32;
        while !self.names.insert(free.clone()) {
            free = format!("{name}_{number}");
            number += 1;
        }
        if !self.sql.is_empty() {
            self.sql.push_str(", ");
        }
        // Writing to a text cannot fail.
        let _ = write!(self.sql, "{from} as {}", quoted(&free));
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Where a list is kept that has a column of its own: the column or the raw record, and its place in there.
fn list(name: &str, rows: Rows) -> (String, String) {
    match rows {
        Rows::Present => (format!("r.{}", quoted(name)), "$".to_owned()),
        Rows::Versions => ("r.raw".to_owned(), format!("$.{name}")),
    }
}

fn plain_sql(from: &str, rows: Rows) -> String {
    let of_record = |name: &str| match rows {
        Rows::Present => format!("r.{}", quoted(name)),
        Rows::Versions => format!("json_extract(r.raw, {})", text(&format!("$.{name}"))),
    };
    if let Some(name) = from.strip_suffix("[]") {
        let (kept_in, path) = list(name, rows);
        return format!(
            "(select e.value ->> '$.value' from json_each({kept_in}, {}) as e order by e.value ->> '$.primary' desc, e.key limit 1)",
            text(&path)
        );
    }
    if from.starts_with('$') {
        return format!("json_extract(r.raw, {})", text(from));
    }
    let mut parts = from.split('>');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(id), Some(table), Some(column)) => {
            let side = table.split('_').next().unwrap_or(table);
            format!(
                "(select o.{column} from {table} as o where o.workspace_id = r.workspace_id and o.{side}_id = cast({} as text))",
                of_record(id)
            )
        }
        _ => of_record(from),
    }
}

fn add_custom(columns: &mut Columns, field: &StoredField, name: &str, rows: Rows) {
    // Codes of Pipedrive are hexadecimal; nothing else gets into a statement.
    if !field
        .code
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    {
        return;
    }
    let (kept_in, path) = match rows {
        Rows::Present => ("r.custom_fields", format!("$.\"{}\"", field.code)),
        Rows::Versions => ("r.raw", format!("$.custom_fields.\"{}\"", field.code)),
    };
    let part = |key: &str| format!("json_extract({kept_in}, {})", text(&format!("{path}{key}")));
    match field.field_type.as_str() {
        "monetary" | "daterange" | "timerange" | "time" | "address" => {
            columns.add(name, &part(".value"))
        }
        "enum" => columns.add(name, &option_sql(field, &part(""))),
        "set" => columns.add(name, &chosen_sql(field, kept_in, &path)),
        _ => columns.add(name, &part("")),
    }
    if let Some(second) = second_column(&field.field_type) {
        columns.add(&format!("{name}_{second}"), &part(&format!(".{second}")));
    }
}

/// The label of an option; its id while the label is not known.
fn option_sql(field: &StoredField, value: &str) -> String {
    if field.options.is_empty() {
        return value.to_owned();
    }
    let mut sql = format!("case {value}");
    for option in &field.options {
        // Writing to a text cannot fail.
        let _ = write!(sql, " when {} then {}", option.id, text(&option.label));
    }
    let _ = write!(sql, " else {value} end");
    sql
}

/// The labels of the options in a list, with commas between.
fn chosen_sql(field: &StoredField, kept_in: &str, path: &str) -> String {
    format!(
        "(select group_concat({}, ', ') from json_each({kept_in}, {}) as e where e.value is not null)",
        option_sql(field, "e.value"),
        text(path)
    )
}
