//! Field definitions by the older endpoints, which know fields by number and show more about them.
//!
//! In: checked bodies. Out: the same fields and options in the older shape. What the newer endpoints do with fields is done by
//! them; nothing is done twice.

use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::fields::{Field, FieldKind};
use super::kinds::Entity;
use super::papers::Page;
use super::query;
use super::reply::{Reply, Violation};
use super::route::{Row, row};

const FOUNDED: &str = "2024-03-01 09:00:00";

/// The calls on the fields of one kind of record.
macro_rules! older_field_rows {
    ($collection:literal, $entity:expr) => {
        [
            row!("GET" $collection, 20, |emulator, ask| emulator.list_older_fields($entity, ask)),
            row!("POST" $collection, 10, |emulator, ask| emulator.create_older_field($entity, ask)),
            row!("DELETE" $collection, 10, |emulator, ask| emulator.delete_older_fields($entity, ask)),
            Row::new(
                ("GET", concat!($collection, "/{id}"), concat!("GET ", $collection, "/{id}")),
                2,
                |emulator, ask| emulator.get_older_field($entity, ask),
            ),
            Row::new(
                ("PUT", concat!($collection, "/{id}"), concat!("PUT ", $collection, "/{id}")),
                10,
                |emulator, ask| emulator.change_older_field($entity, ask),
            ),
            Row::new(
                ("DELETE", concat!($collection, "/{id}"), concat!("DELETE ", $collection, "/{id}")),
                6,
                |emulator, ask| emulator.delete_older_field($entity, ask),
            ),
        ]
    };
}

pub(super) static PERSON_FIELDS: [Row; 6] = older_field_rows!("/v1/personFields", Entity::Person);
pub(super) static ORGANIZATION_FIELDS: [Row; 6] =
    older_field_rows!("/v1/organizationFields", Entity::Organization);
pub(super) static DEAL_FIELDS: [Row; 6] = older_field_rows!("/v1/dealFields", Entity::Deal);
pub(super) static PRODUCT_FIELDS: [Row; 6] =
    older_field_rows!("/v1/productFields", Entity::Product);
/// Those that can only be read. Leads have the fields of deals.
pub(super) static READ_ONLY_FIELDS: [Row; 3] = [
    row!("GET" "/v1/noteFields", 20, |emulator, ask| emulator.list_note_fields(ask)),
    row!("GET" "/v1/activityFields", 20, |emulator, ask| emulator.list_older_fields(Entity::Activity, ask)),
    row!("GET" "/v1/leadFields", 20, |emulator, ask| emulator.list_older_fields(Entity::Deal, ask)),
];

impl PipedriveEmulator {
    pub(super) fn list_older_fields(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let page = self.older_page(ask)?;
        let numbered: Vec<(usize, &Field)> = self
            .state
            .catalog(entity)
            .fields
            .iter()
            .enumerate()
            .collect();
        Ok(page.of_rows(&numbered, true, |out, (place, field)| {
            out.value(&shown(*place, field))
        }))
    }

    fn older_page(&self, ask: &Ask<'_>) -> Result<Page, Reply> {
        let mut violations = Vec::new();
        ask.query
            .refuse_unknown(&["start", "limit"], &mut violations);
        let flat = self.config.switches.older_paging_is_flat;
        let page = Page::of(&ask.query, flat, &mut violations);
        if violations.is_empty() {
            Ok(page)
        } else {
            Err(Reply::invalid(&violations))
        }
    }

    fn list_note_fields(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let page = self.older_page(ask)?;
        let field = |id: i64, key: &str, name: &str| {
            let is_flag = id > 1;
            let mut field = json!({"id": id, "key": key, "name": name, "field_type": if is_flag { "enum" } else { "text" },
                "active_flag": true, "edit_flag": false, "bulk_edit_allowed": false, "mandatory_flag": !is_flag});
            if is_flag {
                field["options"] = json!([{"id": 1, "label": "Yes"}, {"id": 0, "label": "No"}]);
            }
            field
        };
        let fields = [
            field(1, "content", "Content"),
            field(2, "pinned_to_deal_flag", "Note is pinned to deal"),
            field(3, "pinned_to_person_flag", "Note is pinned to person"),
            field(
                4,
                "pinned_to_organization_flag",
                "Note is pinned to organization",
            ),
            field(5, "pinned_to_lead_flag", "Note is pinned to lead"),
        ];
        Ok(page.of_rows(&fields, true, |out, field| out.value(field)))
    }

    fn get_older_field(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let code = self.code_of(entity, ask.id()?)?;
        self.shown_older(entity, &code)
    }

    fn shown_older(&self, entity: Entity, code: &str) -> Result<Reply, Reply> {
        let fields = &self.state.catalog(entity).fields;
        let place = fields.iter().position(|field| field.code == code);
        let place = place.ok_or_else(gone)?;
        let data = shown(place, &fields[place]);
        Ok(Reply::of(200, &json!({"success": true, "data": data})))
    }

    fn code_of(&self, entity: Entity, id: i64) -> Result<String, Reply> {
        let mut fields = self.state.catalog(entity).fields.iter();
        let field = fields.find(|field| i64::from(field.id) == id);
        field.map(|field| field.code.clone()).ok_or_else(gone)
    }

    fn create_older_field(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let body = ask.body()?;
        refuse_unknown(
            &body,
            &["name", "field_type", "options", "add_visible_flag"],
        )?;
        let renamed = [
            ("name", "field_name"),
            ("field_type", "field_type"),
            ("options", "options"),
        ];
        let newer: Map<String, Value> = renamed
            .into_iter()
            .filter_map(|(older, newer)| Some((newer.to_owned(), body.get(older)?.clone())))
            .collect();
        self.create_field(entity, &newer, ask.now)?;
        let made = self
            .state
            .catalog(entity)
            .fields
            .last()
            .map(|field| field.code.clone());
        self.shown_older(entity, &made.ok_or_else(gone)?)
    }

    fn change_older_field(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let (code, body) = (self.code_of(entity, ask.id()?)?, ask.body()?);
        refuse_unknown(&body, &["name", "options", "add_visible_flag"])?;
        if let Some(name) = body.get("name") {
            let newer = Map::from_iter([("field_name".to_owned(), name.clone())]);
            self.change_field(entity, &code, &newer)?;
        }
        if let Some(options) = body.get("options") {
            let options = options.as_array().filter(|options| !options.is_empty());
            let options = options
                .ok_or_else(|| Reply::bad("options", "must be a list with at least one option"))?;
            self.replace_options(entity, &code, options, ask)?;
        }
        self.shown_older(entity, &code)
    }

    /// Options that are named by id stay, those without id are new, the others go.
    fn replace_options(
        &mut self,
        entity: Entity,
        code: &str,
        options: &[Value],
        ask: &Ask<'_>,
    ) -> Result<(), Reply> {
        let field = self.state.catalog(entity).by_code(code).ok_or_else(gone)?;
        let kept = |id: i64| options.iter().any(|option| option["id"] == id);
        let gone: Vec<Value> = field
            .options
            .iter()
            .filter(|option| !kept(option.id))
            .map(|option| json!({"id": option.id}))
            .collect();
        let (named, new): (Vec<Value>, Vec<Value>) = options
            .iter()
            .cloned()
            .partition(|option| option.get("id").is_some());
        if !named.is_empty() {
            self.rename_options(entity, code, &named, ask.now)?;
        }
        if !new.is_empty() {
            self.add_options(entity, code, &new, ask.now)?;
        }
        if !gone.is_empty() {
            self.delete_options(entity, code, &gone)?;
        }
        Ok(())
    }

    fn delete_older_field(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = ask.id()?;
        let code = self.code_of(entity, id)?;
        self.delete_field(entity, &code)?;
        Ok(Reply::id(id))
    }

    fn delete_older_fields(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        ask.query.refuse_unknown(&["ids"], &mut violations);
        let ids = query::ids(ask.query.get("ids").unwrap_or(""), &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let mut deleted = Vec::new();
        for id in ids {
            if let Ok(code) = self.code_of(entity, id) {
                self.delete_field(entity, &code)?;
                deleted.push(id);
            }
        }
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": {"id": deleted}}),
        ))
    }
}

fn refuse_unknown(body: &Map<String, Value>, known: &[&str]) -> Result<(), Reply> {
    let unknown = body.keys().filter(|key| !known.contains(&key.as_str()));
    let violations: Vec<Violation> = unknown.map(|key| Violation::not_allowed(key)).collect();
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Reply::invalid(&violations))
    }
}

fn gone() -> Reply {
    Reply::of(
        410,
        &json!({"success": false, "error": "The field is not found"}),
    )
}

/// The older name of a built-in field.
fn key_of(field: &Field) -> &str {
    match field.code.as_str() {
        "label_ids" => "label",
        "emails" => "email",
        "phones" => "phone",
        code => code,
    }
}

fn shown(place: usize, field: &Field) -> Value {
    let options: Option<Vec<Value>> = field.kind.has_options().then(|| {
        let options = field.options.iter();
        options
            .map(|option| json!({"id": option.id, "label": option.label, "color": option.color}))
            .collect()
    });
    let searchable = matches!(
        field.kind,
        FieldKind::Varchar
            | FieldKind::VarcharAuto
            | FieldKind::Text
            | FieldKind::Double
            | FieldKind::Monetary
            | FieldKind::Phone
            | FieldKind::Address
    );
    json!({
        "id": field.id, "key": key_of(field), "name": field.name, "order_nr": place + 1, "field_type": field.kind.name(),
        "add_time": FOUNDED, "update_time": FOUNDED, "last_updated_by_user_id": null,
        "created_by_user_id": null, "active_flag": true, "edit_flag": field.is_custom, "index_visible_flag": true,
        "details_visible_flag": true, "add_visible_flag": false, "important_flag": false,
        "bulk_edit_allowed": field.is_custom, "filtering_allowed": true, "sortable_flag": true,
        "mandatory_flag": field.code == "name", "searchable_flag": searchable, "options": options,
        "is_subfield": false,
    })
}
