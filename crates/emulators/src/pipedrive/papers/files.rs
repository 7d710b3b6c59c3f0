//! Files: older endpoints that list and remove them. Their content is not kept.
//!
//! In: checked parameters; deeds of users who attach one. Out: files in the vendor's shape. They fire no events.

use serde::{Deserialize, Serialize};

use super::super::PipedriveEmulator;
use super::super::ask::Ask;
use super::super::json::{Json, spaced};
use super::super::kinds::Entity;
use super::super::reply::Reply;
use super::super::route::{Row, row};
use super::super::state::UI_USER;
use super::super::verbs::VerbRefused;
use super::{Page, PaperLinks};
use crate::answer::Moment;

pub(in super::super) static ROWS: [Row; 7] = [
    row!("GET" "/v1/files", 20, |emulator, ask| emulator.list_files(ask, None)),
    row!("GET" "/v1/files/{id}", 2, |emulator, ask| emulator.get_file(ask)),
    row!("DELETE" "/v1/files/{id}", 6, |emulator, ask| emulator.delete_file(ask)),
    row!("GET" "/v1/deals/{id}/files", 20, |emulator, ask| emulator.list_files(ask, Some(Entity::Deal))),
    row!("GET" "/v1/products/{id}/files", 20, |emulator, ask| emulator.list_files(ask, Some(Entity::Product))),
    row!("GET" "/v1/persons/{id}/files", 20, |emulator, ask| emulator.list_files(ask, Some(Entity::Person))),
    row!("GET" "/v1/organizations/{id}/files", 20, |emulator, ask| emulator.list_files(ask, Some(Entity::Organization))),
];

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct File {
    id: i64,
    user_id: i64,
    pub(super) links: PaperLinks,
    name: String,
    bytes: u64,
    /// Seconds.
    add_time: i64,
    update_time: i64,
    pub(super) is_active: bool,
}

impl PipedriveEmulator {
    fn list_files(&self, ask: &Ask<'_>, of: Option<Entity>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        ask.query
            .refuse_unknown(&["start", "limit", "sort"], &mut violations);
        let page = Page::of(
            &ask.query,
            self.config.switches.older_paging_is_flat,
            &mut violations,
        );
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let of = match of {
            Some(entity) => {
                let id = ask.id()?;
                self.readable(entity, id, ask.now)
                    .ok_or_else(|| self.missing(entity))?;
                self.demand_sight(ask.actor, entity, id)?;
                Some((entity, id))
            }
            None => None,
        };
        let files = self
            .state
            .papers
            .files
            .values()
            .filter(|file| file.is_active);
        let files: Vec<&File> = files
            .filter(|file| of.is_none_or(|(entity, id)| file.links.is_to(entity, id)))
            .collect();
        Ok(page.of_rows(&files, true, |out, file| self.write_file(out, file)))
    }

    fn get_file(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let file = self
            .state
            .papers
            .files
            .get(&ask.id()?)
            .filter(|file| file.is_active);
        let mut out = Json::with_capacity(1_024);
        out.raw(r#"{"success":true,"data":"#);
        self.write_file(&mut out, file.ok_or_else(not_found)?);
        out.raw("}");
        Ok(Reply::ok(out))
    }

    fn delete_file(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let (id, seconds) = (ask.id()?, self.seconds(ask.now));
        let file = self
            .state
            .papers
            .files
            .get_mut(&id)
            .filter(|file| file.is_active);
        let file = file.ok_or_else(not_found)?;
        (file.is_active, file.update_time) = (false, seconds);
        Ok(Reply::id(id))
    }

    /// A user attaches a file to a record; its id.
    ///
    /// # Errors
    /// When there is no such record.
    pub fn attach_file(
        &mut self,
        (entity, id): (Entity, i64),
        name: &str,
        bytes: u64,
        now: Moment,
    ) -> Result<i64, VerbRefused> {
        let record = self.state.table(entity).live(id);
        record.ok_or_else(|| VerbRefused(format!("there is no {} {id}", entity.name())))?;
        let mut links = PaperLinks::default();
        let link = links.to_mut(entity);
        *link.ok_or_else(|| VerbRefused(format!("a {} has no files", entity.name())))? = Some(id);
        let (files, seconds) = (&self.state.papers.files, self.seconds(now));
        let file_id = files.last_key_value().map_or(1, |(id, _)| id + 1);
        let file = File {
            id: file_id,
            user_id: UI_USER,
            links,
            name: name.to_owned(),
            bytes,
            add_time: seconds,
            update_time: seconds,
            is_active: true,
        };
        self.state.papers.files.insert(file_id, file);
        Ok(file_id)
    }

    fn write_file(&self, out: &mut Json, file: &File) {
        let links = &file.links;
        out.raw("{");
        out.field("id", &file.id);
        out.field("user_id", &file.user_id);
        out.field("deal_id", &links.deal);
        out.field("person_id", &links.person);
        out.field("org_id", &links.organization);
        out.field("product_id", &links.product);
        out.field("activity_id", &links.activity);
        out.field("lead_id", &links.lead);
        out.raw(r#","project_id":null,"log_id":null"#);
        out.field("add_time", &spaced(file.add_time));
        out.field("update_time", &spaced(file.update_time));
        out.field("file_name", &file.name);
        let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending);
        out.field("file_type", ending);
        out.field("file_size", &file.bytes);
        out.field("active_flag", &file.is_active);
        out.raw(r#","inline_flag":false,"remote_location":null,"remote_id":null,"cid":null,"s3_bucket":null"#);
        out.raw(r#","mail_message_id":null,"mail_template_id":null"#);
        let name = |entity: Entity, id: Option<i64>| {
            let record = self.state.table(entity).records.get(&id?)?;
            Some(record.name.as_str())
        };
        out.field(
            "deal_name",
            &links.deal.and_then(|id| self.title_of_deal(id)),
        );
        out.field("person_name", &name(Entity::Person, links.person));
        out.field("org_name", &name(Entity::Organization, links.organization));
        out.raw(r#","product_name":null,"lead_name":null,"project_name":null"#);
        let url = format!(
            "https://{}/api/v1/files/{}/download",
            self.config.host(),
            file.id
        );
        out.field("url", &url);
        out.field("name", &file.name);
        out.raw(r#","description":null}"#);
    }
}

fn not_found() -> Reply {
    Reply::generic(404, "File not found")
}
